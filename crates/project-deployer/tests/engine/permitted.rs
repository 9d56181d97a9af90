//! Permission checks: what the acting logins may do on a node, action by action.

use std::collections::BTreeMap;
use std::time::Duration;

use project_deployer::parity::{ParityScope, infra_permissions};
use project_deployer::readiness::{
    ActingLoginFacts, Action, Check, Needs, NodeFacts, PermissionCheck, PermissionResult,
};
use project_deployer_client::prelude::*;
use project_deployer_client::{Failure, NodeErrorKind, Operation};
use project_deployer_core::Timestamp;
use project_deployer_core::accounts::User;
use project_deployer_core::document::Document as _;
use project_deployer_core::infra::Target;
use project_deployer_core::messages::Severity;

use crate::installation::{Installation, entry, parsed};

/// A installation in which `dana` deploys `churn-dev` to `dev`, with a profile of the licence.
async fn installation() -> Installation {
    let installation = Installation::new().await.with_deployment().await;
    give(&installation, "deployers", true);
    with_profiles(&installation, &["DESIGNER"]);
    installation
}

fn with_profiles(installation: &Installation, profiles: &[&str]) {
    let profiles = profiles.iter().map(|&profile| profile.to_owned()).collect();
    let _ = installation.dev.clone().with_account_rules(|rules| rules.profiles = Ok(profiles));
}

fn give(installation: &Installation, group: &str, enabled: bool) {
    let dana = User::new(parsed("dana"), Default::default()).in_groups([parsed(group)]);
    let dana = dana.with_user_profile(Some("DESIGNER".to_owned())).with_enabled(enabled);
    let _ = installation.dev.clone().with_user(dana);
}

/// The permission checks of `dana` on `dev` as text: action and result.
async fn permission_checks(installation: &Installation) -> BTreeMap<String, String> {
    let permission_checks = installation.admin().permission_checks(&parsed("dev")).await.unwrap();
    let dana = permission_checks
        .into_iter()
        .filter(|permission_check: &PermissionCheck| permission_check.login == parsed("dana"));
    dana.map(|permission_check| {
        (permission_check.action.to_string(), permission_check.result.to_string())
    })
    .collect()
}

#[tokio::test]
async fn every_deed_is_named_where_it_is_permitted() {
    let found = permission_checks(&installation().await).await;
    let actions: Vec<&str> = found.keys().map(String::as_str).collect();
    let wanted = [
        "be impersonated",
        "create projects",
        "have a profile",
        "log in",
        "use connection `sql-prod`",
        "write in the root folder",
    ];
    assert_eq!(actions, wanted);
    assert!(found.values().all(|verdict| verdict == "yes"), "{found:?}");
}

#[tokio::test]
async fn what_groups_do_not_give_is_refused_deed_by_deed_and_a_finding() {
    let installation = installation().await;
    give(&installation, "tenants", true);
    let found = permission_checks(&installation).await;
    assert_eq!(found["create projects"], "yes");
    let root = &found["write in the root folder"];
    assert!(root.contains("`dana` may not write in the root folder, which churn-dev needs"));
    let readiness = installation.admin().readiness(&parsed("dev")).await.unwrap();
    let finding = readiness.findings.iter().find(|finding| finding.what.contains("root folder"));
    assert_eq!(finding.unwrap().check, Check::ActingLogin);
    assert_eq!(finding.unwrap().severity, Severity::Warning);
}

#[tokio::test]
async fn a_profile_that_the_licence_does_not_have_and_a_trial_that_is_over_stand_in_the_way() {
    let installation = installation().await;
    with_profiles(&installation, &["READER", "EXPLORER"]);
    let found = permission_checks(&installation).await;
    assert!(found["have a profile"].contains("give the user one of EXPLORER, READER"), "{found:?}");
    let document = serde_json::json!({"login": "dana", "groups": ["deployers"],
        "userProfile": "READER", "trialStatus": {"exists": true, "expired": true}});
    let _ = installation.dev.clone().with_user(User::from_document(document).unwrap());
    assert!(
        permission_checks(&installation).await["have a profile"]
            .contains("the trial of `dana` has expired")
    );
}

#[tokio::test]
async fn what_a_node_does_not_tell_could_not_be_told() {
    // D7
    let installation = installation().await;
    let busy = || Failure::Before(NodeErrorKind::Forbidden("not for you".to_owned()));
    for (operation, action) in [
        (Operation::Groups, "create projects"),
        (Operation::Groups, "write in the root folder"),
        (Operation::AccountRules, "have a profile"),
        (Operation::Resources, "use connection `sql-prod`"),
        (Operation::Users, "log in"),
    ] {
        installation.dev.fail_next(operation, busy());
        let found = permission_checks(&installation).await;
        assert!(found[action].starts_with("unknown: "), "{action}: {found:?}");
    }
}

#[test]
fn only_a_refusal_says_that_the_key_may_not_act_as_somebody() {
    // D7
    let message = || "from the node".to_owned();
    let no = "no: the key may not act as `dana`";
    let unknown = "unknown: whether the key may act as `dana` is unknown";
    for (kind, wanted) in [
        (NodeErrorKind::Unauthorized(message()), no),
        (NodeErrorKind::Forbidden(message()), no),
        (NodeErrorKind::NotFound(message()), no),
        (NodeErrorKind::Refused { status: 400, message: message() }, no),
        (NodeErrorKind::TimedOut(Duration::from_secs(30)), unknown),
        (NodeErrorKind::Interrupted, unknown),
        (NodeErrorKind::Busy(None), unknown),
        (NodeErrorKind::Failed { status: 503, message: message() }, unknown),
        (NodeErrorKind::UnexpectedServer(message()), unknown),
        (NodeErrorKind::Malformed(message()), unknown),
    ] {
        let mut facts = NodeFacts::silent(entry("dev"), &kind);
        facts.users = Ok(vec![User::new(parsed("dana"), Default::default())]);
        let acting = ActingLoginFacts::new(Err(kind));
        facts.acting.insert(parsed("dana"), acting);
        let mut needs = Needs::default();
        needs.acting = [parsed("dana")].into();
        let found = project_deployer::readiness::permission_checks(&facts, &needs);
        let permission_check = found
            .iter()
            .find(|permission_check| permission_check.action == Action::BeImpersonated)
            .unwrap();
        assert!(permission_check.result.to_string().starts_with(wanted), "{permission_check}");
    }
}

#[tokio::test]
async fn of_whoever_is_not_let_in_nothing_more_is_said() {
    let installation = installation().await;
    give(&installation, "deployers", false);
    let found = permission_checks(&installation).await;
    assert_eq!(found.len(), 1);
    assert!(found["log in"].contains("user `dana` is disabled; enable the user there"));
}

#[tokio::test]
async fn a_key_that_ends_is_told_with_its_end() {
    let installation = installation().await;
    let _ = installation.dev.clone().with_account_rules(|rules| {
        let end = Timestamp::from_millis(1_767_225_600_000);
        rules.ending_keys = Ok(vec![("admin-key".to_owned(), end)]);
    });
    let readiness = installation.admin().readiness(&parsed("dev")).await.unwrap();
    let finding =
        readiness.findings.iter().find(|finding| finding.check == Check::AdminKey).unwrap();
    assert_eq!(finding.severity, Severity::Info);
    assert_eq!(finding.what, "the key expires at 2026-01-01T00:00:00Z");
}

#[tokio::test]
async fn a_landscape_tells_it_for_all_who_act_there() {
    let installation = installation().await;
    let scope = ParityScope::of_deployer(&installation.admin()).await.unwrap();
    let found = infra_permissions(&scope, Needs::of_infra, &installation.fleet).await;
    let dev = found.iter().find(|found| found.infra == parsed("dev")).unwrap();
    assert!(
        dev.permission_checks
            .iter()
            .all(|permission_check| permission_check.login == parsed("dana"))
    );
    assert_eq!(dev.permission_checks.len(), 4, "{:?}", dev.permission_checks);
    let prod = found.iter().find(|found| found.infra == parsed("prod")).unwrap();
    assert!(prod.permission_checks.is_empty(), "no login acts there");

    let withheld = entry("dev").with_admin_api_key(None);
    let mut settings = installation.admin().infra_settings(&parsed("dev")).await.unwrap();
    settings.target = Target::SingleNode(withheld);
    let mut scope = scope;
    scope.infras = vec![(parsed("dev"), Ok(settings))];
    let found = infra_permissions(&scope, Needs::of_infra, &installation.fleet).await;
    let [only] = &found[0].permission_checks[..] else { panic!("{found:?}") };
    assert!(matches!(only.result, PermissionResult::Unknown { .. }), "{only}");
}
