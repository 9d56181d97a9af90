//! Hooks with secrets on infrastructures that a file changes elsewhere.

use project_deployer::DeployerSession;
use project_deployer::estate::{
    EstateAccess, EstatePlan, EstateSecrets, ExportOptions, ObservedEstate, PlanOptions,
};
use project_deployer_client::FakeFleetService;
use project_deployer_client::prelude::*;
use secrecy::SecretString;

use super::{TEXT, brought, changes, estate, plan};
use crate::fleets::{cloud, nodes};
use crate::installation::{Installation, KEY, parsed};

const FLEET: &str = "\
version: 1
fleets:
  - id: cloud
    source: {kind: fleet-manager, url: 'https://fleet.example', keyId: k, keySecret: {env: KEY}}
    newInfras: {stage: Production}
";

const HOOKS: &str = "\
version: 1
infrastructures:
  - {id: dev, hooks: {pre: [{name: freeze, type: http, url: 'https://h.example', secret: {env: KEY}}]}}
  - {id: auto-a, hooks: {pre: [{name: freeze, type: http, url: 'https://h.example', secret: {env: KEY}}]}}
";

fn usual() -> PlanOptions {
    PlanOptions::default()
}

/// `dev` with its node, and `auto-a` of a fleet, each with an HTTP hook.
async fn with_hooks() -> Installation {
    let service = FakeFleetService::new();
    service.lists(nodes(&["auto-a"]));
    let installation = Installation::set_up(|builder| builder.fleets(service.clone())).await;
    let admin = installation.admin();
    brought(&admin, TEXT, &usual()).await;
    brought(&admin, FLEET, &usual()).await;
    admin.sync_fleet(&cloud()).await.unwrap();
    assert_eq!(brought(&admin, HOOKS, &usual()).await.changes, 2);
    installation
}

async fn secret_of(session: &DeployerSession, infra: &str) -> Option<String> {
    let settings = session.infra_settings(&parsed(infra)).await.unwrap();
    settings.hooks.pre[0].secret.as_ref().map(|secret| secret.expose().to_owned())
}

#[tokio::test]
async fn a_change_beside_a_hook_is_no_blocker_and_its_secret_stays() {
    // J6: what the file does not mention is left alone.
    let installation = with_hooks().await;
    let admin = installation.admin();
    let node = "nodes: [{id: auto-dev, url: 'https://dev.example:11200'}]";
    for (infra, fields) in [
        ("dev", "deployAsUser: robot".to_owned()),
        ("dev", format!("deployAsUser: other, {node}")),
        ("dev", "rights: {qa: view}".to_owned()),
        ("auto-a", "deployAsUser: robot".to_owned()),
        ("auto-a", "fleet: cloud, rights: {qa: view}".to_owned()),
        (
            "auto-a",
            "hooks: {pre: [{name: freeze, type: http, url: 'https://other.example'}]}".to_owned(),
        ),
    ] {
        let text = format!("{{version: 1, infrastructures: [{{id: {infra}, {fields}}}]}}");
        assert_eq!(brought(&admin, &text, &usual()).await.changes, 1, "{text}");
        assert_eq!(secret_of(&admin, infra).await.as_deref(), Some(KEY), "{text}");
    }
}

#[tokio::test]
async fn an_export_of_hooks_is_changed_elsewhere_and_applied() {
    // F9, J6, R13
    let installation = with_hooks().await;
    let admin = installation.admin();
    let observed = ObservedEstate::read_all(EstateAccess::Engine(&admin)).await.unwrap();
    let exported = observed.export(&ExportOptions::default().with_hooks(true)).estate;
    let same = plan(&admin, &exported, &usual()).await.unwrap();
    assert!(same.is_empty() && same.blockers().next().is_none(), "{:?}", same.notes());
    let mut changed = exported;
    for entry in changed.infrastructures.iter_mut().flatten() {
        entry.deploy_as_user = Some(Some(parsed("robot")).into());
    }
    let made = plan(&admin, &changed, &usual()).await.unwrap();
    assert_eq!(made.blockers().count(), 0, "{:?}", made.notes());
    super::apply(&admin, &changed, &made).await.unwrap();
    for infra in ["dev", "auto-a"] {
        assert_eq!(secret_of(&admin, infra).await.as_deref(), Some(KEY), "{infra}");
    }
}

#[tokio::test]
async fn another_secret_of_a_hook_is_a_change_also_without_nodes() {
    // J6, R13
    let installation = with_hooks().await;
    let admin = installation.admin();
    let wanted = estate(HOOKS);
    let access = EstateAccess::Engine(&admin);
    let observed = ObservedEstate::read(access, &wanted, &usual()).await.unwrap();
    let renewed = EstateSecrets::resolve(&wanted, |_| Ok(SecretString::from("another"))).unwrap();
    let made = EstatePlan::of(&wanted, &observed, &renewed, &usual());
    assert_eq!(changes(&made), ["change dev", "change auto-a"]);
    made.apply(access, &wanted, &renewed, &|_| {}).await.unwrap();
    assert_eq!(secret_of(&admin, "auto-a").await.as_deref(), Some("another"));
}
