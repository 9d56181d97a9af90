//! B5: windows of a file, applied to the engine.

use std::sync::atomic::{AtomicUsize, Ordering};

use project_deployer::estate::{
    EstateAccess, EstateError, EstateKind, EstatePlan, ExportOptions, ObservedEstate, PlanOptions,
};
use project_deployer::windows::{Recurrence, WindowEffect, WindowRequest, WindowSet};
use project_deployer::{Deployer, DeployerSession};
use project_deployer_client::DeployerError;
use project_deployer_core::rights::{Caller, InfraGrant, InfraRight};
use project_deployer_store::{Collection, Commit, Expected, Store as _};

use super::{apply, brought, changes, estate, plan};
use crate::installation::{Installation, dana, parsed};
use crate::windows::{Hand, NIGHT, NOON, on};

const FILE: &str = "\
version: 1
windows:
  - {scope: stage/Development, name: nights, effect: allow, cron: 0 22 * * *, minutes: 480, reason: few users}
  - {scope: infrastructure/dev, name: freeze, effect: deny, cron: 0 0 24 12 *, minutes: 4320, zone: Europe/Berlin, reason: feast}
";

fn usual() -> PlanOptions {
    PlanOptions::default()
}

fn pruning() -> PlanOptions {
    usual().with_prune([EstateKind::Windows].into())
}

async fn blockers(session: &DeployerSession, text: &str, options: &PlanOptions) -> Vec<String> {
    let made = plan(session, &estate(text), options).await.unwrap();
    made.blockers().map(|note| format!("{}: {}", note.id, note.what)).collect()
}

/// Each window as `scope name`, with who added it.
async fn listed(session: &DeployerSession) -> Vec<String> {
    let sets = session.windows().await.unwrap();
    let of = |set: &WindowSet| {
        let line = |window: &project_deployer::windows::Window| {
            format!("{} {} by {}", set.scope, window.name, window.owner)
        };
        set.windows.iter().map(line).collect::<Vec<_>>()
    };
    sets.iter().flat_map(of).collect()
}

async fn with_owners(installation: &Installation) {
    let owners = InfraGrant::new(parsed("owners"), InfraRight::Admin);
    installation.change_infra("dev", |infra| infra.permissions.push(owners)).await;
}

#[tokio::test]
async fn windows_of_a_file_are_applied_once_and_an_export_shows_no_difference() {
    // B5, J6
    let installation = Installation::new().await.with_infras().await;
    let admin = installation.admin();
    assert_eq!(brought(&admin, FILE, &usual()).await.changes, 2);
    let expected = ["stage/Development nights by root", "infrastructure/dev freeze by root"]
        .map(str::to_owned);
    assert_eq!(listed(&admin).await, expected);
    let revision = async || installation.store.status().await.unwrap().revision;
    let before = revision().await;
    assert_eq!(brought(&admin, FILE, &usual()).await.changes, 0);
    assert_eq!(revision().await, before, "a second run writes nothing");

    let access = EstateAccess::Engine(&admin);
    let exported =
        ObservedEstate::read_all(access).await.unwrap().export(&ExportOptions::default());
    let text = exported.estate.to_text(project_deployer::estate::EstateFormat::Yaml).unwrap();
    assert!(text.contains("Europe/Berlin") && text.contains("feast"), "{text}");
    for options in [usual(), pruning()] {
        let again = plan(&admin, &estate(&text), &options).await.unwrap();
        assert!(again.is_empty() && again.blockers().next().is_none(), "{:?}", again.notes());
    }
    let fewer = FILE.replace("  - {scope: infra", "  # - {scope: infra");
    assert_eq!(brought(&admin, &fewer, &usual()).await.changes, 0);
    assert_eq!(brought(&admin, &fewer, &pruning()).await.changes, 1);
    assert_eq!(listed(&admin).await, expected[..1]);
}

#[tokio::test]
async fn windows_of_a_file_take_the_right_that_windows_take() {
    // B5, R-P2
    let installation = Installation::new().await.with_infras().await;
    with_owners(&installation).await;
    let (dana, olga) = (installation.dana(), installation.member("olga", &["owners"]));
    let own = "version: 1\nwindows: [{scope: infrastructure/dev, name: w, effect: deny, cron: 0 0 * * *, minutes: 5, reason: x}]";
    let of = |scope: &str| own.replace("infrastructure/dev", scope);
    for scope in ["everything", "stage/Development"] {
        let found = blockers(&olga, &of(scope), &usual()).await;
        assert_eq!(found, [format!("{scope}: you may not change them")]);
    }
    let found = blockers(&dana, own, &usual()).await;
    assert_eq!(found, ["infrastructure/dev: you may not change them"]);
    // What it does not see is not there, whether it is or not.
    for hidden in ["infrastructure/prod", "infrastructure/none"] {
        let found = blockers(&olga, &of(hidden), &usual()).await;
        assert_eq!(found, [format!("{hidden}: there is no such infrastructure")]);
    }
    assert_eq!(brought(&olga, own, &usual()).await.changes, 1);
    assert_eq!(listed(&olga).await, ["infrastructure/dev w by olga"]);
    // Nobody has more rights by the plan of somebody else.
    let everything = estate(&of("everything"));
    let made = plan(&installation.admin(), &everything, &usual()).await.unwrap();
    let refused = apply(&olga, &everything, &made).await.unwrap_err();
    assert!(matches!(refused, EstateError::Stopped { done: 0, .. }), "{refused}");
    assert_eq!(listed(&installation.admin()).await.len(), 1);
}

#[tokio::test]
async fn windows_that_changed_since_the_plan_are_left_alone() {
    // B5, F8
    let installation = Installation::new().await.with_infras().await;
    let admin = installation.admin();
    brought(&admin, FILE, &usual()).await;
    let other = estate(&FILE.replace("minutes: 480", "minutes: 60"));
    let made = plan(&admin, &other, &usual()).await.unwrap();
    assert_eq!(changes(&made), ["change stage/Development"]);
    let recurrence = Recurrence::new("0 9 * * *", 60, "UTC").unwrap();
    let days = WindowRequest::new(parsed("stage/Development"), parsed("days"), recurrence, "tests");
    admin.add_window(days).await.unwrap();
    let refused = apply(&admin, &other, &made).await.unwrap_err();
    let expected = "windows of stage/Development";
    assert!(matches!(&refused, EstateError::Outdated { moved } if moved == expected), "{refused}");
    // Between the check of the plan and its write, the store notices it.
    let made = plan(&admin, &other, &usual()).await.unwrap();
    let meanwhile = admin.clone();
    let report = move |_: &project_deployer::estate::PlannedChange| {
        let (scope, days) = (parsed("stage/Development"), parsed("days"));
        futures::executor::block_on(meanwhile.remove_window(&scope, &days)).unwrap();
    };
    let access = EstateAccess::Engine(&admin);
    let stopped = made.apply(access, &other, &super::secrets(&other), &report).await.unwrap_err();
    assert!(
        matches!(&stopped, EstateError::Stopped { object, done: 0, .. } if object == "windows of `stage/Development`"),
        "{stopped}"
    );
    assert_eq!(listed(&admin).await.len(), 2, "nights and freeze");
}

#[tokio::test]
async fn a_window_that_changes_between_two_changes_of_its_scope_is_left_alone() {
    // B5, F8
    let installation = Installation::new().await.with_infras().await;
    let admin = installation.admin();
    brought(&admin, FILE, &usual()).await;
    let other = estate(&FILE.replace("name: freeze", "name: other"));
    let made = plan(&admin, &other, &pruning()).await.unwrap();
    assert_eq!(changes(&made), ["change infrastructure/dev", "change infrastructure/dev"]);
    let (meanwhile, calls) = (admin.clone(), AtomicUsize::new(0));
    let report = move |_: &project_deployer::estate::PlannedChange| {
        if calls.fetch_add(1, Ordering::SeqCst) == 1 {
            let recurrence = Recurrence::new("0 0 1 1 *", 60, "UTC").unwrap();
            let (scope, name) = (parsed("infrastructure/dev"), parsed("freeze"));
            let freeze = WindowRequest::new(scope, name, recurrence, "audit week");
            let freeze = freeze.with_effect(WindowEffect::Deny);
            futures::executor::block_on(meanwhile.add_window(freeze)).unwrap();
        }
    };
    let access = EstateAccess::Engine(&admin);
    let stopped = made.apply(access, &other, &super::secrets(&other), &report).await.unwrap_err();
    let EstateError::Stopped { done: 1, source, .. } = &stopped else { panic!("{stopped}") };
    assert!(matches!(**source, DeployerError::ChangedMeanwhile(_)), "{source}");
    let left = admin.windows().await.unwrap().into_iter().flat_map(|set| set.windows);
    let reasons: Vec<_> = left.map(|it| format!("{}: {}", it.name, it.reason)).collect();
    assert_eq!(reasons, ["nights: few users", "freeze: audit week", "other: feast"]);
}

const DEPLOYED: &str = "\
deployments: [{id: churn-dev, project: CHURN, infrastructure: dev, bundle: v2}]
";

/// What windows say of the updates of a plan.
fn refusals(plan: &EstatePlan) -> Vec<&str> {
    plan.blockers().map(|note| note.what.as_str()).collect()
}

#[tokio::test]
async fn updates_of_a_file_are_decided_by_the_windows_that_the_file_leaves() {
    // B5: they start after its windows have changed.
    let installation = Installation::new().await.with_deployment().await;
    installation.publish("v2").await;
    let clock = Hand::at(NOON);
    let deployer: Deployer = on(&installation, &clock);
    let chief = dana();
    let chief = Caller::administrator(chief.login.clone()).in_groups([parsed("deployers")]);
    let chief = deployer.acting_as(chief);
    let deploying = usual().with_deploy(true);
    let closing = format!("{FILE}{DEPLOYED}");
    let made = plan(&chief, &estate(&closing), &deploying).await.unwrap();
    assert!(matches!(refusals(&made)[..], [one] if one.contains("`nights`")), "{:?}", made.notes());
    clock.set(NIGHT);
    let made = plan(&chief, &estate(&closing), &deploying).await.unwrap();
    assert_eq!(refusals(&made), [""; 0]);
    clock.set(NOON);
    let always = Recurrence::new("0 0 * * *", 1440, "UTC").unwrap();
    let freeze = WindowRequest::new(parsed("everything"), parsed("freeze"), always, "audit week");
    chief.add_window(freeze.with_effect(WindowEffect::Deny)).await.unwrap();
    let shut = plan(&chief, &estate(&format!("version: 1\n{DEPLOYED}")), &deploying).await.unwrap();
    assert!(refusals(&shut)[0].contains("`freeze`"), "{:?}", shut.notes());
    let opening = format!("version: 1\nwindows: []\n{DEPLOYED}");
    let applied =
        brought(&chief, &opening, &deploying.with_prune([EstateKind::Windows].into())).await;
    assert_eq!((applied.changes, applied.updates.len()), (2, 1));
    assert!(applied.is_success(), "{:?}", applied.updates);
}

#[tokio::test]
async fn windows_that_cannot_be_read_refuse_the_updates_of_their_scope_alone() {
    // B5, M3
    let installation = Installation::new().await.with_deployment().await;
    installation.publish("v2").await;
    installation.deploy("churn-prod", "prod", "v1").await;
    let key = Collection::new("windows").key("infrastructure/prod");
    let broken = Commit::new().put(key, Expected::Any, serde_json::json!({"format": 9}));
    installation.store.commit(broken).await.unwrap();
    let file = "version: 1\ndeployments:\n  - {id: churn-dev, project: CHURN, infrastructure: dev, bundle: v2}\n  \
                - {id: churn-prod, project: CHURN, infrastructure: prod, bundle: v2}\n";
    let dana = installation.dana();
    let found = blockers(&dana, file, &usual().with_deploy(true)).await;
    assert!(
        matches!(&found[..], [one] if one.starts_with("churn-prod: ") && one.contains("windows of infrastructure `prod`")),
        "{found:?}"
    );
    // Why is for those who may remove them.
    assert!(!found[0].contains("windows/infrastructure"), "{found:?}");
    let mentioned = "version: 1\nwindows: [{scope: infrastructure/prod, name: a}]";
    for (session, sees_why) in [(installation.admin(), true), (dana, false)] {
        let found = blockers(&session, mentioned, &usual()).await;
        assert!(found[0].starts_with("infrastructure/prod: they cannot be read"), "{found:?}");
        assert_eq!(found[0].contains("windows/infrastructure/prod"), sees_why, "{found:?}");
    }
}

#[tokio::test]
async fn rules_that_were_not_seen_are_named_as_unknown() {
    // R-G1, R-P5
    let installation = Installation::new().await.with_deployment().await;
    installation.publish("v2").await;
    let policy = project_deployer_core::infra::GovernCheckPolicy::Prevent;
    installation.change_infra("dev", |infra| infra.govern_check_policy = policy).await;
    let file = estate(&format!("version: 1\n{DEPLOYED}"));
    let what = |plan: &EstatePlan| {
        let notes = plan.notes().iter().map(|note| format!("{} {}", note.id, note.what));
        notes.collect::<Vec<_>>().join("\n")
    };
    let seen = what(&plan(&installation.admin(), &file, &usual()).await.unwrap());
    assert!(!seen.contains("its rules were not seen"), "{seen}");
    let unseen = what(&plan(&installation.dana(), &file, &usual()).await.unwrap());
    assert!(unseen.contains("dev its rules were not seen"), "{unseen}");
    assert!(unseen.contains("dev whether its nodes are ready is unknown"), "{unseen}");
}
