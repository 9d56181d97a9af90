use project_deployer::client::fleet::{FleetUrl, Unknown};
use project_deployer::fleets::ManagedField;
use project_deployer_core::infra::{InfraSettings, NodeEntry, Target};
use project_deployer_core::rights::{InfraGrant, InfraRight};
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{Collection, Listing};

use super::*;
use crate::installation::{creation, entry};

/// The installation whose `dev` is adopted by a fleet that lists it under the name of its node.
async fn with_dev_adopted() -> (Installation, FakeFleetService) {
    let service = FakeFleetService::new();
    let mut dev = node("auto-dev");
    dev.url = FleetUrl::Known(address("dev"));
    dev.admin_key = FleetAdminKey::Known(ApiKeySecret::new(KEY).unwrap());
    service.lists(vec![dev]);
    let installation = Installation::set_up(|builder| builder.fleets(service.clone())).await;
    let installation = installation.with_deployment().await;
    let admin = installation.admin();
    admin.create_fleet(&settings()).await.unwrap();
    admin.adopt_infra(&cloud(), &parsed("dev"), None).await.unwrap();
    (installation, service)
}

#[tokio::test]
async fn nodes_register_with_their_stage_their_rights_and_their_keys() {
    // I1
    let (installation, service) = with_fleet(&["auto-1", "auto-2"]).await;
    let admin = installation.admin();
    let plan = admin.plan_fleet(&cloud()).await.unwrap();
    assert_eq!(
        (plan.actions.len(), infras_of(&admin).await.len()),
        (2, 0),
        "a plan writes nothing"
    );
    let sync = admin.sync_fleet(&cloud()).await.unwrap();
    let register = |id: &str| (FleetActionKind::Register, id.to_owned());
    assert_eq!(done(&sync), [register("auto-1"), register("auto-2")]);
    let infra = admin.infra_settings(&parsed("auto-1")).await.unwrap();
    assert_eq!(infra.stage.as_str(), "Production");
    assert_eq!(infra.permissions[0].group.as_str(), "deployers");
    let [entry] = infra.target.entries() else { panic!("{infra:?}") };
    assert!(entry.settings().is_some(), "it can be called");
    let overview = admin.fleet(&cloud()).await.unwrap().value;
    assert_eq!(overview.infras.len(), 2);
    assert_eq!(overview.state.last_change.unwrap().changes.len(), 2);
    assert_eq!(service.asked(), 2);
    let text = format!("{sync:?} {plan:?} {}", serde_json::to_string(&sync).unwrap());
    assert!(!text.contains(KEY), "R13: {text}");
}

#[tokio::test]
async fn managed_fields_are_refused_and_the_rest_is_edited_as_usual() {
    // I2
    let (installation, _) = with_fleet(&["auto-1"]).await;
    let admin = installation.admin();
    admin.sync_fleet(&cloud()).await.unwrap();
    let infra = admin.infra_settings(&parsed("auto-1")).await.unwrap();
    let mut edited = infra.clone();
    edited.permissions = vec![InfraGrant::new(parsed("ops"), InfraRight::Admin)];
    edited.stage = parsed("Test");
    admin.save_infra_settings(&edited).await.unwrap();
    let moved = infra.target.entries()[0].clone().with_address(Some(address("evil")));
    let moved = edited.clone().with_target(Target::Fleet(moved));
    let by_hand = edited.clone().with_target(Target::SingleNode(infra.target.entries()[0].clone()));
    for settings in [moved, by_hand] {
        let error = admin.save_infra_settings(&settings).await.unwrap_err();
        assert_eq!(error.code(), "managed-by-fleet");
        assert!(error.to_string().contains("fleet `cloud`"), "{error}");
    }
    assert_eq!(admin.infra_settings(&parsed("auto-1")).await.unwrap(), edited);
    let deleted = admin.delete_infra(&parsed("auto-1")).await.unwrap_err();
    assert_eq!(deleted.code(), "managed-by-fleet");
    let rotated = admin.rotate_node_keys(&parsed("auto-1")).await.unwrap_err();
    assert_eq!(rotated.code(), "managed-by-fleet", "the next synchronization would undo it");
    let managed = admin.managed_infra(&parsed("auto-1")).await.unwrap().unwrap();
    assert!(managed.fields.contains(&ManagedField::Address), "{managed:?}");
    assert_eq!(admin.sync_fleet(&cloud()).await.unwrap().changes, [], "edits are kept");
}

#[tokio::test]
async fn an_update_is_refused_while_the_node_is_in_quarantine_and_works_again_after_it() {
    // I3
    let (installation, service) = with_dev_adopted().await;
    let (admin, dana) = (installation.admin(), installation.dana());
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
    service.lists(Vec::new());
    let held = admin.sync_fleet(&cloud()).await.unwrap();
    assert!(held.shrunken.is_some() && held.changes.is_empty(), "I4: {held:?}");
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
    let wrong = admin.confirm_fleet(&cloud(), "another").await.unwrap_err();
    assert_eq!(wrong.code(), "not-possible");
    let confirmed = admin.confirm_fleet(&cloud(), &held.answer).await.unwrap();
    assert_eq!(done(&confirmed), [(FleetActionKind::Quarantine, "dev".to_owned())]);
    let refused = dana.start_update(&parsed("churn-dev")).await.unwrap_err();
    assert_eq!(refused.code(), "quarantined");
    assert!(refused.to_string().contains("no longer lists node `auto-dev`"), "{refused}");
    let planned = dana.plan_deployment(&parsed("churn-dev"), None).await.unwrap_err();
    assert_eq!(planned.code(), "quarantined");
    let marker = dana.managed_infra(&parsed("dev")).await.unwrap().unwrap();
    assert!(marker.quarantine.is_some(), "whoever sees the infrastructure sees why");
    assert_eq!(dana.deployments().await.unwrap().len(), 1, "nothing cascades");
    let overview = admin.fleet(&cloud()).await.unwrap().value;
    assert_eq!((overview.state.pending, overview.state.confirmed), (None, None));

    let mut back = node("auto-dev");
    back.url = FleetUrl::Known(address("dev"));
    back.admin_key = FleetAdminKey::Unknown(Unknown::Absent);
    service.lists(vec![back]);
    let lifted = admin.sync_fleet(&cloud()).await.unwrap();
    assert_eq!(done(&lifted), [(FleetActionKind::Lift, "dev".to_owned())]);
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
    // The same answer as the confirmed one waits again.
    service.lists(Vec::new());
    assert!(admin.sync_fleet(&cloud()).await.unwrap().shrunken.is_some());
}

#[tokio::test]
async fn a_confirmation_counts_for_its_answer_only() {
    // I4
    let (installation, service) = with_fleet(&["a", "b", "c"]).await;
    let admin = installation.admin();
    admin.sync_fleet(&cloud()).await.unwrap();
    service.lists(nodes(&["a"]));
    let held = admin.sync_fleet(&cloud()).await.unwrap();
    service.lists(Vec::new());
    let other = admin.confirm_fleet(&cloud(), &held.answer).await.unwrap();
    assert!(other.shrunken.is_some() && other.changes.is_empty(), "{other:?}");
    let state = admin.fleet(&cloud()).await.unwrap().value.state;
    assert_eq!(state.confirmed, None);
    assert_eq!(state.pending.unwrap().answer, other.answer);
}

#[tokio::test]
async fn an_infrastructure_is_adopted_only_on_request_and_released_as_it_is() {
    // I2
    let (installation, service) = with_fleet(&["auto-dev"]).await;
    let admin = installation.admin();
    admin.create_infra(&creation("auto-dev", "Development")).await.unwrap();
    let sync = admin.sync_fleet(&cloud()).await.unwrap();
    assert_eq!(sync.changes, [], "the id is taken: never silently");
    assert_eq!(sync.notes.len(), 1);
    let unnamed = admin.adopt_infra(&cloud(), &parsed("auto-dev"), None).await.unwrap_err();
    assert_eq!(unnamed.code(), "not-possible", "it does not say which node it is");
    let absent = parsed("absent");
    let unknown = admin.adopt_infra(&cloud(), &parsed("auto-dev"), Some(&absent)).await;
    assert_eq!(unknown.unwrap_err().code(), "not-possible", "the fleet does not report that node");
    let name = parsed("auto-dev");
    admin.adopt_infra(&cloud(), &parsed("auto-dev"), Some(&name)).await.unwrap();
    let adopted = admin.infra_settings(&parsed("auto-dev")).await.unwrap();
    assert_eq!(adopted.stage.as_str(), "Development", "it keeps what the fleet does not manage");
    assert_eq!(adopted.target.entries()[0].address, Some(address("auto-dev")));
    let twice = admin.adopt_infra(&cloud(), &parsed("auto-dev"), Some(&name)).await.unwrap_err();
    assert_eq!(twice.code(), "managed-by-fleet");
    let in_use = admin.delete_fleet(&cloud()).await.unwrap_err();
    assert!(in_use.to_string().contains("auto-dev"), "{in_use}");

    admin.release_infra(&cloud(), &parsed("auto-dev")).await.unwrap();
    let released = admin.infra_settings(&parsed("auto-dev")).await.unwrap();
    assert!(matches!(released.target, Target::SingleNode(_)));
    assert_eq!(released.target.entries(), adopted.target.entries(), "with its key");
    assert_eq!(admin.sync_fleet(&cloud()).await.unwrap().changes, [], "not registered again");
    admin.delete_fleet(&cloud()).await.unwrap();
    assert_eq!(admin.fleets().await.unwrap(), []);
    assert_eq!(infras_of(&admin).await, ["auto-dev"]);
    assert!(service.asked() > 0);
}

#[tokio::test]
async fn a_node_moves_though_its_address_for_people_is_that_of_another_infrastructure() {
    // I1, I4: a proxy may lead to both.
    let (installation, service) = with_fleet(&["a"]).await;
    let admin = installation.admin();
    admin.sync_fleet(&cloud()).await.unwrap();
    let at_proxy = |mut entry: NodeEntry| {
        entry.external_address = Some(address("proxy"));
        entry
    };
    let infra = admin.infra_settings(&parsed("a")).await.unwrap();
    let shared = Target::Fleet(at_proxy(infra.target.entries()[0].clone()));
    admin.save_infra_settings(&infra.with_target(shared)).await.unwrap();
    let by_hand = Target::SingleNode(at_proxy(entry("by-hand")));
    installation.register("by-hand", "Production", by_hand).await;
    let mut moved = node("a");
    moved.url = FleetUrl::Known(address("elsewhere"));
    service.lists(vec![moved]);
    let sync = admin.sync_fleet(&cloud()).await.unwrap();
    assert!(!sync.has_failed() && sync.changes.len() == 1, "{sync:?}");
    let infra = admin.infra_settings(&parsed("a")).await.unwrap();
    assert_eq!(infra.target.entries()[0].address, Some(address("elsewhere")));
    assert_eq!(infra.target.entries()[0].external_address, Some(address("proxy")));
    assert_eq!(guards(&installation).await, ["by-hand", "elsewhere", "proxy"], "none of `a`");
}

/// The names of the nodes whose addresses have a guard.
async fn guards(installation: &Installation) -> Vec<String> {
    let listing = Listing::of(Collection::new("reference-guard"), 1000);
    let listed = installation.store.list(&listing).await.unwrap();
    let name = |id: &str| {
        let host = id.strip_prefix("address https://")?;
        Some(host.split('.').next()?.to_owned())
    };
    listed.iter().filter_map(|found| name(&found.id)).collect()
}

#[tokio::test]
async fn the_last_infrastructure_that_leaves_an_address_takes_its_guard_away() {
    // I1
    let installation = Installation::new().await;
    let admin = installation.admin();
    let before = guards(&installation).await;
    let with = |name: &str| [before.as_slice(), &[name.to_owned()]].concat();
    let of = |id: &str| creation(id, "Production").with_node(address("z"), a_key());
    admin.create_infra(&of("one")).await.unwrap();
    admin.create_infra(&of("two")).await.unwrap();
    assert_eq!(guards(&installation).await, with("z"));
    admin.delete_infra(&parsed("one")).await.unwrap();
    assert_eq!(guards(&installation).await, with("z"), "another one has it");
    let two = admin.infra_settings(&parsed("two")).await.unwrap();
    let moved = two.target.entries()[0].clone().with_address(Some(address("zz")));
    let moved = moved.with_admin_api_key(Some(a_key()));
    admin.save_infra_settings(&two.with_target(Target::SingleNode(moved))).await.unwrap();
    assert_eq!(guards(&installation).await, with("zz"));
    admin.delete_infra(&parsed("two")).await.unwrap();
    assert_eq!(guards(&installation).await, before);
}

fn a_key() -> ApiKeySecret {
    ApiKeySecret::new(KEY).unwrap()
}

#[tokio::test]
async fn an_infrastructure_of_several_nodes_or_with_a_doubled_address_is_not_adopted() {
    // I2
    let (installation, service) = with_fleet(&["auto-dev"]).await;
    let installation = installation.with_infras().await;
    let admin = installation.admin();
    let both = Target::MultiNode(vec![entry("dev"), entry("prod")]);
    installation.register("both", "Development", both).await;
    let name = parsed("auto-dev");
    let several = admin.adopt_infra(&cloud(), &parsed("both"), Some(&name)).await.unwrap_err();
    assert!(several.to_string().contains("several nodes"), "{several}");
    let mut at_dev = node("auto-dev");
    at_dev.url = FleetUrl::Known(address("dev"));
    service.lists(vec![at_dev]);
    let doubled = admin.adopt_infra(&cloud(), &parsed("prod"), Some(&name)).await.unwrap_err();
    assert!(doubled.to_string().contains("has the address of this node"), "{doubled}");
}

#[tokio::test]
async fn fleets_are_for_administrators_and_their_secrets_for_nobody() {
    // R-P9, R13
    let (installation, service) = with_fleet(&["auto-1"]).await;
    let (admin, dana) = (installation.admin(), installation.dana());
    let refused = [
        dana.fleets().await.unwrap_err(),
        dana.fleet(&cloud()).await.unwrap_err(),
        dana.create_fleet(&settings()).await.unwrap_err(),
        dana.save_fleet(&settings()).await.unwrap_err(),
        dana.delete_fleet(&cloud()).await.unwrap_err(),
        dana.plan_fleet(&cloud()).await.unwrap_err(),
        dana.sync_fleet(&cloud()).await.unwrap_err(),
        dana.confirm_fleet(&cloud(), "x").await.unwrap_err(),
        dana.adopt_infra(&cloud(), &parsed("dev"), None).await.unwrap_err(),
        dana.release_infra(&cloud(), &parsed("dev")).await.unwrap_err(),
    ];
    for error in refused {
        assert_eq!(error.code(), "forbidden", "{error}");
    }
    assert_eq!(service.asked(), 0, "nobody asked the fleet for them");
    let overview = admin.fleet(&cloud()).await.unwrap().value;
    let text = format!("{overview:?} {}", serde_json::to_string(&overview).unwrap());
    assert!(!text.contains(KEY), "{text}");
    let twice = admin.create_fleet(&settings()).await.unwrap_err();
    assert_eq!(twice.code(), "already-exists");
    let mut nowhere = document();
    nowhere["newInfras"]["stage"] = json!("Nowhere");
    let nowhere = FleetSettings::from_document(nowhere).unwrap();
    assert_eq!(admin.save_fleet(&nowhere).await.unwrap_err().code(), "document-invalid");
}

#[tokio::test]
async fn an_edit_without_the_secret_keeps_it_for_the_same_address_only() {
    // R13
    let (installation, service) = with_fleet(&["auto-1"]).await;
    let admin = installation.admin();
    let mut edited = document();
    edited["source"]["keySecret"] = Value::Null;
    edited["intervalSeconds"] = json!(60);
    admin.save_fleet(&FleetSettings::from_document(edited.clone()).unwrap()).await.unwrap();
    admin.sync_fleet(&cloud()).await.unwrap();
    edited["source"]["url"] = json!("https://evil.example");
    admin.save_fleet(&FleetSettings::from_document(edited).unwrap()).await.unwrap();
    let error = admin.sync_fleet(&cloud()).await.unwrap_err();
    assert!(error.to_string().contains("has no secret"), "{error}");
    assert_eq!(service.connected().len(), 1, "the secret went nowhere else");
}

#[tokio::test]
async fn a_list_of_nodes_needs_no_service() {
    // I1
    let installation = Installation::new().await;
    let admin = installation.admin();
    let listed = json!({
        "id": "cloud", "infraId": "from-file-{node}", "newInfras": {"stage": "Test"},
        "source": {"kind": "list", "nodes": [
            {"nodeId": "auto-dev", "url": "https://dev.example:11200", "adminKey": KEY},
            {"nodeId": "later"},
        ]},
    });
    admin.create_fleet(&FleetSettings::from_document(listed).unwrap()).await.unwrap();
    let sync = admin.sync_fleet(&cloud()).await.unwrap();
    assert_eq!(done(&sync).len(), 2, "{sync:?}");
    let infra: InfraSettings = admin.infra_settings(&parsed("from-file-auto-dev")).await.unwrap();
    assert_eq!(infra.target.entries()[0].admin_api_key, Some(ApiKeySecret::new(KEY).unwrap()));
    // The address of the other one is set by hand, since nobody else does.
    let later = admin.infra_settings(&parsed("from-file-later")).await.unwrap();
    let mut node = later.target.entries()[0].clone().with_address(Some(address("later")));
    node.admin_api_key = Some(ApiKeySecret::new("k").unwrap());
    admin.save_infra_settings(&later.with_target(Target::Fleet(node))).await.unwrap();
    assert_eq!(admin.sync_fleet(&cloud()).await.unwrap().changes, []);
}
