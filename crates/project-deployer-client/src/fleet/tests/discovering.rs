use project_deployer_core::{ApiKeySecret, NodeAddress, NodeId};
use serde_json::{Value, json};

use super::dev_service::{Asked, DevService, ok};
use crate::error::NodeErrorKind;
use crate::fleet::{
    AdminKeys, Completeness, FleetAdminKey, FleetNodeState, FleetUrl, Gap, NewInstance,
    Registration, Unknown,
};

fn instances() -> Value {
    json!([
        {"id": "i-1", "label": "auto-1", "dssNodeType": "automation", "virtualNetworkId": "vn-1"},
        {"id": "i-2", "label": "auto-2", "dssNodeType": "automation", "virtualNetworkId": "vn-2"},
        {"id": "i-3", "label": "design-1", "dssNodeType": "design", "virtualNetworkId": "vn-1"}
    ])
}

/// Two provisioned nodes and one, `auto-2`, that is not.
fn healthy(asked: &Asked) -> (u16, String) {
    let up = |url: &str| json!({"hasPhysicalInstance": true, "cloudMachineIsUp": true, "publicURL": url});
    match asked.line.as_str() {
        "GET /instances" => ok(&instances()),
        "GET /virtual-networks" => ok(&json!([
            {"id": "vn-1", "managedNodesDirectory": true, "nodesDirectoryDeployerMode": "CENTRAL_DEPLOYER"},
            {"id": "vn-2", "managedNodesDirectory": false, "nodesDirectoryDeployerMode": "NO_MANAGED_DEPLOYER"}
        ])),
        "GET /instances/i-1/status" => ok(&up("https://auto-1.example:11200")),
        "GET /instances/i-2/status" => ok(&json!({"hasPhysicalInstance": false})),
        "GET /instances/i-3/status" => ok(&up("https://design-1.example")),
        "GET /instances/i-1/admin-api-key" => ok(&json!({"adminAPIKey": "canary-admin"})),
        line => (404, format!(r#"{{"errorType": "NotFoundException", "message": "no {line}"}}"#)),
    }
}

/// The same, where one call is answered in another way.
async fn sick(line: &'static str, status: u16, body: &'static str) -> DevService {
    let answer = move |asked: &Asked| match asked.line == line {
        true => (status, body.to_owned()),
        false => healthy(asked),
    };
    DevService::answering(answer).await
}

#[tokio::test]
async fn a_discovery_tells_where_nodes_are_and_whether_they_are_up() {
    // I1, wire-facts 6.1
    let service = DevService::answering(healthy).await;
    let found = service.fleet().discover(AdminKeys::Ask).await.unwrap();
    assert_eq!(found.completeness, Completeness::Whole);
    let [auto_1, auto_2, design] = found.nodes.as_slice() else { panic!("{found:?}") };

    let address = NodeAddress::parse("https://auto-1.example:11200").unwrap();
    let key = ApiKeySecret::new("canary-admin").unwrap();
    assert_eq!(auto_1.url, FleetUrl::Known(address.clone()));
    assert_eq!(auto_1.admin_key, FleetAdminKey::Known(key.clone()));
    assert_eq!(auto_1.state, FleetNodeState::MachineUp);
    assert_eq!(auto_1.registration, Registration::Automatic);
    let entry = auto_1.to_entry();
    assert_eq!(entry.node_id, Some(NodeId::parse("auto-1").unwrap()));
    assert_eq!((entry.address, entry.admin_api_key), (Some(address), Some(key)));

    assert_eq!(auto_2.url, FleetUrl::NotPublished(Unknown::NotProvisioned));
    assert_eq!(auto_2.admin_key, FleetAdminKey::Unknown(Unknown::NotProvisioned));
    assert_eq!(auto_2.registration, Registration::Off);
    assert!(!design.is_automation_node());
}

#[tokio::test]
async fn admin_keys_are_asked_for_only_if_wanted_and_only_where_they_are_of_use() {
    let service = DevService::answering(healthy).await;
    let found = service.fleet().discover(AdminKeys::Leave).await.unwrap();
    assert!(!service.lines().iter().any(|line| line.contains("admin-api-key")));
    assert_eq!(found.nodes[0].admin_key, FleetAdminKey::Unknown(Unknown::NotAsked));
    service.fleet().discover(AdminKeys::Ask).await.unwrap();
    let keys: Vec<_> =
        service.lines().into_iter().filter(|line| line.contains("admin-api-key")).collect();
    assert_eq!(keys, ["GET /instances/i-1/admin-api-key"]);
}

#[tokio::test]
async fn an_answer_that_is_no_list_is_an_error_and_never_no_nodes() {
    // I4, R6
    for (status, body) in [
        (503, "{}"),
        (401, "{}"),
        (200, ""),
        (204, ""),
        (200, "null"),
        (200, "{}"),
        (200, "[{\"id\": \"i-1\""),
        (200, "<html>Log in</html>"),
        (200, r#"{"errorType": "IllegalStateException", "message": "no database"}"#),
        (302, "Location: https://elsewhere.example/login"),
    ] {
        let service = sick("GET /instances", status, body).await;
        let found = service.fleet().discover(AdminKeys::Ask).await;
        assert!(found.is_err(), "{status} {body}: {found:?}");
    }
}

#[tokio::test]
async fn an_empty_list_is_doubted() {
    // I4
    let service = sick("GET /instances", 200, "[]").await;
    let found = service.fleet().discover(AdminKeys::Ask).await.unwrap();
    assert_eq!(found.completeness, Completeness::Partial(vec![Gap::NothingListed]));
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_is_a_gap_and_hides_no_other() {
    let list = r#"[{"label": "lost"}, 7, {"id": "i-9", "label": "a/b"},
        {"id": "i-1", "label": "auto-1", "dssNodeType": "automation"}]"#;
    let service = sick("GET /instances", 200, list).await;
    let found = service.fleet().discover(AdminKeys::Ask).await.unwrap();
    assert_eq!(found.nodes.len(), 1);
    let Completeness::Partial(gaps) = &found.completeness else { panic!("{found:?}") };
    let [
        Gap::Unreadable { position: 0, label: Some(first), .. },
        Gap::Unreadable { position: 1, label: None, .. },
        Gap::Unreadable { position: 2, label: Some(third), reason },
    ] = gaps.as_slice()
    else {
        panic!("{gaps:?}")
    };
    assert_eq!((first.as_str(), third.as_str()), ("lost", "a/b"));
    assert!(reason.contains("node id `a/b`"), "{reason}");
    assert!(service.fleet().instances().await.is_err(), "a plain list does not hide it");
}

#[tokio::test]
async fn two_nodes_of_one_name_are_a_gap() {
    let list = r#"[{"id": "i-1", "label": "auto-1"}, {"id": "i-2", "label": "auto-1"}]"#;
    let service = sick("GET /instances", 200, list).await;
    let found = service.fleet().discover(AdminKeys::Ask).await.unwrap();
    let twice = Gap::SameId(NodeId::parse("auto-1").unwrap());
    assert_eq!(found.completeness, Completeness::Partial(vec![twice]));
}

#[tokio::test]
async fn one_status_that_fails_leaves_the_node_and_all_others_there() {
    // R-I9
    let service = sick("GET /instances/i-1/status", 500, r#"{"message": "cloud is away"}"#).await;
    let found = service.fleet().discover(AdminKeys::Ask).await.unwrap();
    assert_eq!((found.nodes.len(), found.completeness.is_whole()), (3, true));
    let failed = NodeErrorKind::Failed { status: 500, message: "cloud is away".to_owned() };
    let reason = Unknown::AskFailed(failed);
    assert_eq!(found.nodes[0].url, FleetUrl::NotPublished(reason.clone()));
    assert_eq!(found.nodes[0].state, FleetNodeState::Unknown(reason.clone()));
    assert_eq!(
        reason.to_string(),
        "the service did not answer: the server failed (500): cloud is away"
    );
    assert!(found.nodes[2].url.known().is_some());
}

#[tokio::test]
async fn networks_and_keys_that_are_not_told_are_said_at_each_node() {
    let service = sick("GET /virtual-networks", 403, "{}").await;
    let found = service.fleet().discover(AdminKeys::Ask).await.unwrap();
    for node in &found.nodes {
        let Registration::Unknown(Unknown::AskFailed(kind)) = &node.registration else {
            panic!("{node:?}")
        };
        assert!(matches!(kind, NodeErrorKind::Forbidden(_)));
    }
    let service = sick("GET /instances/i-1/admin-api-key", 403, "{}").await;
    let found = service.fleet().discover(AdminKeys::Ask).await.unwrap();
    assert!(matches!(
        found.nodes[0].admin_key,
        FleetAdminKey::Unknown(Unknown::AskFailed(NodeErrorKind::Forbidden(_)))
    ));
    assert!(found.nodes[0].url.known().is_some());
}

#[tokio::test]
async fn a_creation_is_sent_as_json_under_the_key() {
    let service = DevService::answering(|asked| match asked.line.as_str() {
        "POST /instances" => {
            ok(&json!({"id": "i-9", "label": "auto-9", "dssNodeType": "automation"}))
        }
        line => (404, line.to_owned()),
    })
    .await;
    let wanted = NewInstance::automation("auto-9", "ist-2", "vn-1", "dss-15.2.0");
    let created = service.fleet().create(&wanted).await.unwrap();
    assert_eq!(created.id.as_str(), "i-9");
    let asked = service.asked();
    assert_eq!(asked[0].json()["dssNodeType"], "automation");
    assert_eq!(asked[0].header("content-type"), "application/json");
    // wire-facts 1.4: `key-1:canary-secret`.
    assert_eq!(asked[0].header("authorization"), "Basic a2V5LTE6Y2FuYXJ5LXNlY3JldA==");
}
