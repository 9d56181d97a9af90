use serde_json::{Value, json};

use super::*;
use crate::document::Document as _;
use crate::identifier::{InfraId, ProjectKey, StageId};
use crate::node::ImportedBundle;

fn settings(change: impl FnOnce(&mut Value)) -> DesiredState {
    let mut document = json!({
        "id": "d", "infraId": "i", "publishedProjectKey": "CHURN", "bundleId": "v2",
        "bundleContainerSettings": {"remapping": {"connections": [
            {"source": "a", "target": "b"}, {"source": "c", "target": "d"}]}},
        "localVariables": {"token": "canary"}, "scenariosToActivate": {"NIGHTLY": true}
    });
    change(&mut document);
    let deployment = DeploymentSettings::from_document(document).unwrap();
    let infra = InfraSettings::new(InfraId::parse("i").unwrap(), StageId::parse("Test").unwrap());
    DesiredState::of(&deployment, &infra)
}

fn node() -> ObservedState {
    let bundle = |id: &str| BundleId::parse(id).unwrap();
    ObservedState {
        project: Some(NodeProject {
            key: ProjectKey::parse("CHURN").unwrap(),
            imported: vec![ImportedBundle::new(bundle("v1")), ImportedBundle::new(bundle("v2"))],
            active_bundle: Some(bundle("v2")),
        }),
        container_settings: serde_json::from_value(json!({"remapping": {"connections": [
            {"source": "c", "target": "d"}, {"source": "a", "target": "b"}]}}))
        .unwrap(),
        variables: serde_json::from_value(json!({"local": {"token": "canary", "other": 1}}))
            .unwrap(),
        scenarios: vec![Scenario { id: "NIGHTLY".to_owned(), active: true, ..Scenario::default() }],
        webapps: vec![Webapp::new("board", "Board").with_run_as_user(Some("mina".to_owned()))],
        authorized_objects: None,
        authorized_objects_unreadable: false,
    }
}

fn fields(desired: &DesiredState, observed: &ObservedState) -> Vec<String> {
    match compare(desired, observed) {
        SyncState::OutOfSync(differences) => differences.into_iter().map(|d| d.field).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_order_of_remappings_and_other_variables_mean_nothing() {
    assert_eq!(compare(&settings(|_| {}), &node()), SyncState::InSync);
}

#[test]
fn every_difference_is_named() {
    // G2: at least one field, or it is not out of sync.
    let mut observed = node();
    observed.project.as_mut().unwrap().active_bundle = Some(BundleId::parse("v1").unwrap());
    observed.container_settings = BundleContainerSettings::default();
    observed.variables = ProjectVariables::default();
    observed.scenarios[0].active = false;
    assert_eq!(
        fields(&settings(|_| {}), &observed),
        [
            "bundleId",
            "bundleContainerSettings.remapping.connections",
            "localVariables.token",
            "scenarios.NIGHTLY.triggers",
        ]
    );
}

#[test]
fn values_of_variables_are_never_shown() {
    // R13
    let mut observed = node();
    observed.variables = serde_json::from_value(json!({"local": {"token": "canary-2"}})).unwrap();
    let state = compare(&settings(|_| {}), &observed);
    assert!(matches!(state, SyncState::OutOfSync(_)) && !format!("{state:?}").contains("canary"));
}

#[test]
fn all_triggers_off_outweighs_a_scenario_that_is_on() {
    let desired = settings(|document| document["disableAutomaticTriggers"] = json!(true));
    assert_eq!(fields(&desired, &node()), ["scenarios.NIGHTLY.triggers"]);
}

#[test]
fn a_scenario_that_is_not_named_is_left_alone() {
    // R-D8
    let mut observed = node();
    observed.scenarios.push(Scenario {
        id: "LOCAL".to_owned(),
        active: true,
        ..Scenario::default()
    });
    assert_eq!(compare(&settings(|_| {}), &observed), SyncState::InSync);
}

#[test]
fn an_imposed_run_as_user_is_compared() {
    // R-S8
    let mut desired = settings(|_| {});
    desired.scenarios_run_as = Some(Login::parse("svc").unwrap());
    assert_eq!(fields(&desired, &node()), ["scenarios.NIGHTLY.runAsUser"]);
}

#[test]
fn a_node_that_does_not_tell_its_active_bundle_is_not_called_out_of_sync() {
    let mut observed = node();
    observed.project.as_mut().unwrap().active_bundle = None;
    assert!(matches!(compare(&settings(|_| {}), &observed), SyncState::Unknown(_)));
    observed.project.as_mut().unwrap().imported.clear();
    assert_eq!(fields(&settings(|_| {}), &observed), ["bundleId"]);
    observed.project = None;
    assert_eq!(fields(&settings(|_| {}), &observed), ["project"]);
}

#[test]
fn the_modes_for_code_environments_are_compared_as_they_are_written() {
    let field = |name: &str| format!("bundleContainerSettings.codeEnvsBehavior.{name}");
    let desired = |mode: &str, value: &str| {
        settings(|document| {
            document["bundleContainerSettings"]["codeEnvsBehavior"] = json!({mode: value});
        })
    };
    for (name, value, usual) in [
        ("importTimeMode", "FAIL_IF_MISS", "INSTALL_IF_MISS"),
        ("envImportSpecificationMode", "ACTUAL", "SPECIFIED"),
    ] {
        let desired = desired(name, value);
        let expected =
            FieldDifference::new(field(name), format!("`{value}`"), format!("`{usual}`"));
        assert_eq!(compare(&desired, &node()), SyncState::OutOfSync(vec![expected]));
        let mut observed = node();
        observed.container_settings.code_envs_behavior =
            desired.container_settings.code_envs_behavior.clone();
        assert_eq!(compare(&desired, &observed), SyncState::InSync);
    }
    let usual = desired("importTimeMode", "INSTALL_IF_MISS");
    assert_eq!(compare(&usual, &node()), SyncState::InSync);
    let mut later = node();
    later.container_settings.code_envs_behavior =
        serde_json::from_value(json!({"importTimeMode": "ADDED_LATER"})).unwrap();
    assert_eq!(fields(&usual, &later), [field("importTimeMode")]);
}

#[test]
fn every_field_of_the_desired_state_is_compared() {
    let full = settings(|document| {
        document["bundleContainerSettings"]["remapping"] = json!({
            "connections": [{"source": "a", "target": "b"}],
            "codeEnvs": [{"source": "a", "target": "b"}],
            "containerExecs": [{"source": "a", "target": "b"}],
        });
        document["bundleContainerSettings"]["codeEnvsBehavior"] =
            json!({"importTimeMode": "DO_NOTHING", "envImportSpecificationMode": "ACTUAL"});
        document["disableAutomaticTriggers"] = json!(true);
    });
    let full = DesiredState { scenarios_run_as: Some(Login::parse("svc").unwrap()), ..full };
    let mut observed = node();
    observed.project.as_mut().unwrap().active_bundle = Some(BundleId::parse("v1").unwrap());
    observed.container_settings = BundleContainerSettings::default();
    observed.variables = ProjectVariables::default();
    let found = fields(&full, &observed).join(" ");
    // The names of all fields that hold something, as the plan of an update stores them.
    let Value::Object(written) = serde_json::to_value(&full).unwrap() else { panic!() };
    assert_eq!(
        written.keys().collect::<Vec<_>>(),
        [
            "allTriggersOff",
            "bundleId",
            "containerSettings",
            "localVariables",
            "scenarios",
            "scenariosRunAs"
        ]
    );
    for field in [
        "triggers",
        "bundleId",
        "localVariables.token",
        "runAsUser",
        "remapping.connections",
        "remapping.codeEnvs",
        "remapping.containerExecs",
        "importTimeMode",
        "envImportSpecificationMode",
    ] {
        assert!(found.contains(field), "{field}: {found}");
    }
}

#[test]
fn the_user_of_webapps_is_compared_where_the_settings_impose_one() {
    // C7, R-S8
    let mut desired = settings(|_| {});
    assert_eq!(compare(&desired, &node()), SyncState::InSync, "left alone");
    desired.webapps_run_as = Some(Login::parse("svc").unwrap());
    assert_eq!(fields(&desired, &node()), ["webapps.board.runAsUser"]);
    let mut observed = node();
    observed.webapps[0].run_as_user = None;
    let SyncState::OutOfSync(differences) = compare(&desired, &observed) else { panic!() };
    assert_eq!(
        (&*differences[0].expected, &*differences[0].observed),
        ("`svc`", "the last editor")
    );
    observed.webapps[0].run_as_user = Some("svc".to_owned());
    assert_eq!(compare(&desired, &observed), SyncState::InSync);
}

#[test]
fn authorized_objects_of_a_bundle_have_to_be_on_the_node_among_others() {
    // wire-facts 9.4
    let object = |id: &str| json!({"objectRef": {"objectType": "DATASET", "objectId": id}, "modes": ["READ"]});
    let mut desired = settings(|_| {});
    desired.authorized_objects = Some(AuthorizedObjects::new(vec![object("a")]));
    assert_eq!(fields(&desired, &node()), ["authorizedObjects"]);
    let mut observed = node();
    let odd = ObservedState { authorized_objects_unreadable: true, ..node() };
    let SyncState::Unknown(why) = compare(&desired, &odd) else { panic!() };
    assert!(why.contains("`dashboardAuthorizations`"), "{why}");
    observed.authorized_objects = Some(AuthorizedObjects::new(vec![object("b"), object("a")]));
    assert_eq!(compare(&desired, &observed), SyncState::InSync);
}
