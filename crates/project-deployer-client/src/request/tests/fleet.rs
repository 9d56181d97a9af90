use project_deployer_core::node::NodeType;
use serde_json::{Map, json};

use super::super::*;
use crate::fleet::{InstanceId, NewInstance};

fn asked<T>(call: &Call<T>) -> NodeRequest {
    NodeRequest::clone(call)
}

fn id() -> InstanceId {
    InstanceId::parse("i-31").unwrap()
}

#[test]
fn requests_stand_below_the_tenant() {
    // wire-facts 6.1
    for (request, expected) in [
        (asked(&fleet_manager::instances("main")), "GET /api/public/tenants/main/instances"),
        (asked(&fleet_manager::instance("t2", &id())), "GET /api/public/tenants/t2/instances/i-31"),
        (
            asked(&fleet_manager::status("main", &id())),
            "GET /api/public/tenants/main/instances/i-31/status",
        ),
        (
            asked(&fleet_manager::admin_api_key("main", &id())),
            "GET /api/public/tenants/main/instances/i-31/admin-api-key",
        ),
        (
            asked(&fleet_manager::virtual_networks("main")),
            "GET /api/public/tenants/main/virtual-networks",
        ),
        (
            asked(&fleet_manager::future("main", "fut_7")),
            "GET /api/public/tenants/main/futures/fut_7?peek=false",
        ),
    ] {
        assert_eq!(request.to_string(), expected);
        assert!(request.safe_to_repeat, "{request}");
    }
}

#[test]
fn actions_are_gets_that_are_not_safe_to_repeat() {
    // wire-facts 6.1: GET changes state.
    let provision = fleet_manager::provision("main", &id());
    let start = fleet_manager::start("main", &id());
    assert_eq!(
        provision.to_string(),
        "GET /api/public/tenants/main/instances/i-31/actions/reprovision"
    );
    assert_eq!(start.to_string(), "GET /api/public/tenants/main/instances/i-31/actions/start");
    assert!(!provision.safe_to_repeat && !start.safe_to_repeat);
}

#[test]
fn a_creation_has_the_fields_of_the_wire_and_the_options_beside_them() {
    // wire-facts 6.1
    let mut options = Map::new();
    options.insert("cloudInstanceType".to_owned(), json!("m5.xlarge"));
    options.insert("label".to_owned(), json!("another name"));
    let instance =
        NewInstance { options, ..NewInstance::automation("auto-9", "ist-2", "vn-1", "dss-15.2.0") };
    let request = fleet_manager::create("main", &instance);
    assert_eq!(
        request.body.as_ref().unwrap(),
        &json!({
            "label": "auto-9", "instanceSettingsTemplateId": "ist-2", "virtualNetworkId": "vn-1",
            "imageId": "dss-15.2.0", "dssNodeType": "automation", "cloudInstanceType": "m5.xlarge"
        })
    );
    assert_eq!((request.method, request.safe_to_repeat), (Method::Post, false));
    let deployer = NewInstance { node_type: NodeType::Deployer, ..instance };
    assert_eq!(
        fleet_manager::create("main", &deployer).body.as_ref().unwrap()["dssNodeType"],
        "deployer"
    );
}

#[test]
fn a_search_on_the_launchpad_names_its_type_or_null() {
    // wire-facts 6.2
    let all = launchpad::nodes("space-1", None);
    assert_eq!(all.to_string(), "POST /spaces/space-1/nodes/search");
    assert_eq!(all.body, Some(json!({"type": null})));
    assert!(all.safe_to_repeat);
    let some = launchpad::nodes("space-1", Some("automation"));
    assert_eq!(some.body, Some(json!({"type": "automation"})));
}

#[test]
fn ids_are_encoded_and_a_path_prefix_stays() {
    let base = Url::parse("https://fleet.example/proxy").unwrap();
    let id = InstanceId::parse("a/../b?c#d%2e").unwrap();
    let url = fleet_manager::start("main", &id).url(&base);
    assert_eq!(
        url.as_str(),
        "https://fleet.example/proxy/api/public/tenants/main/instances/a%2F..%2Fb%3Fc%23d%252e/actions/start"
    );
}

#[test]
fn an_id_that_a_path_reads_as_its_own_is_none() {
    for text in ["", " ", ".", "..", "a\nb"] {
        assert!(InstanceId::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn debug_leaves_the_body_out() {
    // R13
    let request = launchpad::nodes("space-1", Some("canary"));
    assert!(!format!("{request:?}").contains("canary"));
}
