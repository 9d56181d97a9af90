//! Fleets, groups and users of a file, applied to the engine.

use project_deployer::estate::{
    EstateAccess, EstateError, EstateKind, ExportOptions, ObservedEstate, PlanOptions,
};
use project_deployer::{DeployerError, DeployerSession};
use project_deployer_client::FakeFleetService;
use project_deployer_client::prelude::*;
use project_deployer_store::{Collection, Commit, Expected, Store as _};

use super::{apply, brought, changes, estate, plan};
use crate::fleets::{cloud, nodes};
use crate::installation::{Installation, KEY, parsed};

const FLEET: &str = "\
version: 1
fleets:
  - id: cloud
    source: {kind: fleet-manager, url: 'https://fleet.example', keyId: k, keySecret: {env: KEY}}
    newInfras: {stage: Production, permissions: [{group: deployers, read: true, deploy: true}]}
infrastructures:
  - id: auto-a
    fleet: cloud
    rights: {deployers: deploy, qa: view}
";

const ACCOUNTS: &str = "\
version: 1
groups:
  - {name: chiefs, admin: true}
  - {name: qa, description: They test, mayCreatePublishedProjects: true}
users:
  - {login: chief, groups: [chiefs]}
  - {login: amy, sourceType: LDAP, profile: DESIGNER, email: amy@x.example, groups: [qa]}
";

fn usual() -> PlanOptions {
    PlanOptions::default()
}

fn pruning(kind: EstateKind) -> PlanOptions {
    PlanOptions::default().with_prune([kind].into())
}

async fn blockers(session: &DeployerSession, text: &str, options: &PlanOptions) -> Vec<String> {
    let made = plan(session, &estate(text), options).await.unwrap();
    made.blockers().map(|note| format!("{}: {}", note.id, note.what)).collect()
}

async fn exported(session: &DeployerSession) -> String {
    let observed = ObservedEstate::read_all(EstateAccess::Engine(session)).await.unwrap();
    let exported = observed.export(&ExportOptions::default().with_users(true));
    exported.estate.to_text(project_deployer::estate::EstateFormat::Yaml).unwrap()
}

#[tokio::test]
async fn a_fleet_of_a_file_registers_its_nodes_and_the_file_goes_on_with_their_rights() {
    // I1, I2, J6
    let service = FakeFleetService::new();
    service.lists(nodes(&["auto-a", "auto-b"]));
    let installation = Installation::set_up(|builder| builder.fleets(service.clone())).await;
    let admin = installation.admin();
    let first = brought(&admin, FLEET, &usual()).await;
    assert_eq!(first.changes, 1);
    let kept = admin.fleet(&cloud()).await.unwrap().value;
    assert!(!format!("{kept:?}").contains(KEY), "R13");
    assert_eq!(brought(&admin, FLEET, &usual()).await.changes, 0, "it waits for its fleet");
    admin.sync_fleet(&cloud()).await.unwrap();
    assert_eq!(brought(&admin, FLEET, &usual()).await.changes, 1);
    assert_eq!(brought(&admin, FLEET, &usual()).await.changes, 0);
    let infra = admin.infra_settings(&parsed("auto-a")).await.unwrap();
    assert_eq!(infra.permissions.len(), 2);

    let text = exported(&admin).await;
    assert!(text.contains("fleet: cloud") && !text.contains(KEY), "{text}");
    assert!(!text.contains("auto-a.example"), "the address is the fleet's: {text}");
    let again = plan(&admin, &estate(&text), &usual()).await.unwrap();
    assert!(again.is_empty() && again.blockers().next().is_none(), "{:?}", again.notes());
    let nothing = "version: 1\nfleets: []";
    let refused = blockers(&admin, nothing, &pruning(EstateKind::Fleets)).await;
    assert_eq!(refused, ["cloud: it is to be deleted, and manages `auto-a`, `auto-b`"]);
    for infra in ["auto-a", "auto-b"] {
        admin.release_infra(&cloud(), &parsed(infra)).await.unwrap();
    }
    assert_eq!(brought(&admin, nothing, &pruning(EstateKind::Fleets)).await.changes, 1);
    assert!(admin.fleets().await.unwrap().is_empty());
    assert!(blockers(&admin, FLEET, &usual()).await[0].contains("does not manage it"));
}

#[tokio::test]
async fn one_fleet_marker_that_cannot_be_read_hides_no_other_infrastructure() {
    // I2, R-I9
    let service = FakeFleetService::new();
    service.lists(nodes(&["auto-a", "auto-b"]));
    let installation = Installation::set_up(|builder| builder.fleets(service.clone())).await;
    let admin = installation.admin();
    brought(&admin, FLEET, &usual()).await;
    admin.sync_fleet(&cloud()).await.unwrap();
    let key = Collection::new("managed-infrastructure").key("auto-a");
    let broken = Commit::new().put(key, Expected::Any, serde_json::json!({"format": 9}));
    installation.store.commit(broken).await.unwrap();

    let grants = |infras: &[&str]| {
        let line = |infra: &&str| format!("  - {{id: {infra}, rights: {{deployers: view}}}}\n");
        format!("version: 1\ninfrastructures:\n{}", infras.iter().map(line).collect::<String>())
    };
    let found = blockers(&admin, &grants(&["auto-a", "auto-b"]), &usual()).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("auto-a: whether a fleet manages it cannot be read"), "{found:?}");
    assert_eq!(brought(&admin, &grants(&["auto-b"]), &usual()).await.changes, 1);
    let text = exported(&admin).await;
    assert!(text.contains("auto-a") && text.contains("auto-b"), "{text}");
    let again = plan(&admin, &estate(&text), &usual()).await.unwrap();
    assert!(again.is_empty() && again.blockers().next().is_none(), "{:?}", again.notes());
}

#[tokio::test]
async fn a_fleet_that_changed_since_the_plan_is_left_alone() {
    // F8
    let service = FakeFleetService::new();
    let installation = Installation::set_up(|builder| builder.fleets(service.clone())).await;
    let admin = installation.admin();
    brought(&admin, FLEET, &usual()).await;
    let wanted = estate(&FLEET.replace("Production", "Test"));
    let made = plan(&admin, &wanted, &usual()).await.unwrap();
    assert_eq!(changes(&made), ["change cloud"]);
    let mut settings = admin.fleet(&cloud()).await.unwrap().value.settings;
    settings.enabled = false;
    admin.save_fleet(&settings).await.unwrap();
    let refused = apply(&admin, &wanted, &made).await.unwrap_err();
    assert!(
        matches!(&refused, EstateError::Outdated { moved } if moved == "fleet cloud"),
        "{refused}"
    );
}

#[tokio::test]
async fn accounts_of_a_file_are_created_once_and_the_engine_keeps_an_administrator() {
    // J6, R13
    let installation = Installation::new().await;
    let root = installation.admin();
    assert_eq!(brought(&root, ACCOUNTS, &usual()).await.changes, 4);
    assert_eq!(brought(&root, ACCOUNTS, &usual()).await.changes, 0);
    let chief = installation.deployer.acting_as_user(parsed("chief"));
    let users = chief.users().await.unwrap();
    let amy = users.iter().find(|user| user.login.as_str() == "amy").unwrap();
    assert_eq!(amy.user_profile.as_deref(), Some("DESIGNER"));
    assert_eq!(amy.source_type.as_str(), "LDAP");

    let text = exported(&chief).await;
    let again = plan(&chief, &estate(&text), &usual()).await.unwrap();
    assert!(again.is_empty() && again.blockers().next().is_none(), "{:?}", again.notes());
    for fallen in ["admin: true", "groups: [chiefs]"] {
        let fallen =
            ACCOUNTS.replace(fallen, &fallen.replace("true", "false").replace("chiefs", ""));
        let last = blockers(&chief, &fallen, &usual()).await;
        assert_eq!(last, [": this would leave the Deployer without an administrator"]);
    }
    // The engine says the same where a plan was made of other accounts.
    let refused = chief.delete_user(&parsed("chief")).await.unwrap_err();
    assert!(refused.to_string().contains("without an administrator"), "{refused}");

    let fewer = "version: 1\ngroups: [{name: chiefs}]\nusers: [{login: chief}]";
    assert_eq!(brought(&chief, fewer, &pruning(EstateKind::Users)).await.changes, 1);
    assert_eq!(brought(&chief, fewer, &pruning(EstateKind::Groups)).await.changes, 1);
    assert_eq!(chief.groups().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_account_that_changed_since_the_plan_is_left_alone() {
    // F8
    let installation = Installation::new().await;
    brought(&installation.admin(), ACCOUNTS, &usual()).await;
    let chief = installation.deployer.acting_as_user(parsed("chief"));
    let wanted = estate(&ACCOUNTS.replace("DESIGNER", "READER"));
    let made = plan(&chief, &wanted, &usual()).await.unwrap();
    let users = chief.users().await.unwrap();
    let amy = users.iter().find(|user| user.login.as_str() == "amy").unwrap();
    chief.edit_user(&amy.clone().with_enabled(false)).await.unwrap();
    let refused = apply(&chief, &wanted, &made).await.unwrap_err();
    assert!(
        matches!(&refused, EstateError::Outdated { moved } if moved == "user amy"),
        "{refused}"
    );
}

#[tokio::test]
async fn whoever_is_no_administrator_neither_sees_nor_changes_accounts_and_fleets() {
    // R-P2, R-P9
    let installation = Installation::new().await;
    let admin = installation.admin();
    brought(&admin, ACCOUNTS, &usual()).await;
    brought(&admin, FLEET, &usual()).await;
    let amy = installation.deployer.acting_as_user(parsed("amy"));
    let there = blockers(&amy, ACCOUNTS, &usual()).await;
    let elsewhere = ACCOUNTS.replace("chief", "nobody").replace("qa", "none");
    assert_eq!(
        there,
        blockers(&amy, &elsewhere, &usual()).await,
        "it shows nothing of what is there"
    );
    assert_eq!(
        there,
        [": `groups` are for global administrators", ": `users` are for global administrators"]
    );
    let fleets = FLEET.split("infrastructures:").next().unwrap();
    let expected = [": `fleets` are for global administrators"];
    assert_eq!(blockers(&amy, fleets, &usual()).await, expected);
    assert_eq!(blockers(&amy, &fleets.replace("cloud", "other"), &usual()).await, expected);
    let text = exported(&amy).await;
    for hidden in ["groups", "users", "fleets", "chief", "cloud"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    // A plan of an administrator gives nobody else its rights.
    let wanted = estate(ACCOUNTS);
    let made = plan(&admin, &wanted, &usual()).await.unwrap();
    let refused = apply(&amy, &wanted, &made).await.unwrap_err();
    assert!(matches!(refused, EstateError::Outdated { .. }), "{refused}");
    let denied = amy.edit_group(&project_deployer_core::accounts::Group::new(parsed("qa"))).await;
    assert!(matches!(denied, Err(DeployerError::Forbidden(_) | DeployerError::Denied(_))));
}
