use project_deployer_core::node::{FutureOutcome, FutureState, NodeType};
use project_deployer_core::{ApiKeySecret, NodeAddress};
use serde_json::{Value, json};

use crate::error::NodeErrorKind;
use crate::fleet::{
    FleetAdminKey, FleetInstance, FleetNodeState, FleetUrl, InstanceStatus, Registration, Unknown,
    VirtualNetwork,
};
use crate::request::fleet_documents::admin_key;
use crate::response::decode;

/// An instance (wire-facts 6.1).
fn instance() -> Value {
    json!({"id": "i-31", "label": "auto-eu-1", "dssNodeType": "automation",
        "virtualNetworkId": "vn-1", "virtualNetworkLabel": "main",
        "instanceSettingsTemplateId": "ist-2", "imageId": "dss-15.2.0",
        "cloudInstanceType": "m5.xlarge", "fmTags": [], "cloudTags": {}})
}

fn instance_of(document: Value) -> Result<FleetInstance, NodeErrorKind> {
    decode(document)
}

fn status(document: Value) -> InstanceStatus {
    serde_json::from_value(document).unwrap()
}

fn registration(document: Value) -> Registration {
    serde_json::from_value::<VirtualNetwork>(document).unwrap().registration()
}

#[test]
fn an_instance_is_read_and_what_it_has_more_is_no_harm() {
    let found = instance_of(instance()).unwrap();
    assert_eq!((found.id.as_str(), found.label.as_str()), ("i-31", "auto-eu-1"));
    assert_eq!(found.node_type, NodeType::Automation);
    assert_eq!(found.virtual_network.as_deref(), Some("vn-1"));
    assert_eq!(found.image.as_deref(), Some("dss-15.2.0"));
}

#[test]
fn types_of_nodes_are_read_in_any_case_and_stay_open() {
    for (word, expected) in [
        ("AUTOMATION", NodeType::Automation),
        ("deployer", NodeType::Deployer),
        ("design", NodeType::Design),
        ("govern", NodeType::Other("govern".to_owned())),
    ] {
        let mut document = instance();
        document["dssNodeType"] = json!(word);
        assert_eq!(instance_of(document).unwrap().node_type, expected);
    }
}

#[test]
fn an_instance_without_id_or_with_one_that_leaves_its_path_is_none() {
    for id in [Value::Null, json!(""), json!(".."), json!(7)] {
        let mut document = instance();
        document["id"] = id;
        assert!(matches!(instance_of(document), Err(NodeErrorKind::Malformed(_))));
    }
}

#[test]
fn a_status_tells_address_and_machine() {
    let up = status(json!({"hasPhysicalInstance": true, "cloudMachineIsUp": true,
        "publicURL": "https://auto-eu.example", "publicIP": "198.51.100.7"}));
    assert_eq!(up.url(), FleetUrl::Known(NodeAddress::parse("https://auto-eu.example").unwrap()));
    assert_eq!(up.state(), FleetNodeState::MachineUp);
    let down = status(json!({"hasPhysicalInstance": true, "cloudMachineIsUp": false}));
    assert_eq!(down.url(), FleetUrl::NotPublished(Unknown::Absent));
    assert_eq!(down.state(), FleetNodeState::MachineDown);
}

#[test]
fn a_missing_url_means_not_provisioned() {
    // wire-facts 6.1
    for document in [json!({}), json!({"hasPhysicalInstance": false, "publicURL": ""})] {
        let url = status(document).url();
        assert_eq!(url, FleetUrl::NotPublished(Unknown::NotProvisioned));
    }
    assert_eq!(status(json!({})).state(), FleetNodeState::Unknown(Unknown::Absent));
}

#[test]
fn a_url_that_is_none_is_told_with_what_is_wrong() {
    let url = status(json!({"publicURL": "auto-eu.example"})).url();
    let FleetUrl::NotPublished(reason @ Unknown::Unusable(_)) = url else { panic!("{url:?}") };
    assert!(reason.to_string().contains("has no protocol"), "{reason}");
}

#[test]
fn registration_takes_fleet_management_and_a_managed_deployer() {
    // wire-facts 6.1
    let network = |managed: Value, mode: Value| {
        registration(json!({"id": "vn-1", "managedNodesDirectory": managed,
            "nodesDirectoryDeployerMode": mode}))
    };
    let on = json!(true);
    assert_eq!(network(on.clone(), json!("CENTRAL_DEPLOYER")), Registration::Automatic);
    assert_eq!(network(on.clone(), json!("EACH_DESIGN_NODE")), Registration::Automatic);
    assert_eq!(network(on.clone(), json!("NO_MANAGED_DEPLOYER")), Registration::Off);
    assert_eq!(network(json!(false), json!("CENTRAL_DEPLOYER")), Registration::Off);
    let unknown = Registration::Unknown(Unknown::Absent);
    assert_eq!(network(on.clone(), Value::Null), unknown);
    assert_eq!(network(Value::Null, json!("CENTRAL_DEPLOYER")), unknown);
    assert!(matches!(
        network(on, json!("TWO_DEPLOYERS")),
        Registration::Unknown(Unknown::Unusable(_))
    ));
}

#[test]
fn an_admin_key_is_there_absent_or_unusable() {
    let key = |document: Value| admin_key(&document);
    let known = FleetAdminKey::Known(ApiKeySecret::new("canary").unwrap());
    assert_eq!(key(json!({"adminAPIKey": "canary"})), known);
    for document in [json!({}), json!({"adminAPIKey": null}), json!({"adminAPIKey": ""})] {
        assert_eq!(key(document), FleetAdminKey::Unknown(Unknown::Absent));
    }
    let masked = key(json!({"adminAPIKey": "********"}));
    assert!(matches!(masked, FleetAdminKey::Unknown(Unknown::Unusable(_))));
}

#[test]
fn a_task_that_does_not_say_that_it_runs_is_not_over() {
    let state = |document: Value| decode::<FutureState>(document).unwrap().outcome();
    assert_eq!(state(json!({"jobId": "f1"})), FutureOutcome::Running("f1".to_owned()));
    assert_eq!(state(json!({"jobId": "f1", "alive": false})), FutureOutcome::Lost);
    assert_eq!(state(json!({"hasResult": true, "result": 7})), FutureOutcome::Done(json!(7)));
}
