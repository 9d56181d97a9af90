use project_deployer_core::NodeId;
use project_deployer_core::node::NodeType;
use serde_json::json;

use super::dev_service::{DevService, ok};
use crate::error::NodeErrorKind;
use crate::fleet::{Completeness, FleetAdminKey, FleetUrl, Gap, Registration, Unknown};

async fn kind(status: u16, body: &'static str) -> NodeErrorKind {
    let service = DevService::answering(move |_| (status, body.to_owned())).await;
    service.launchpad().discover().await.unwrap_err().kind
}

#[tokio::test]
async fn the_launchpad_tells_names_and_types_and_says_what_it_never_tells() {
    // wire-facts 6.2
    let nodes = json!([{"name": "design-0", "type": "design"},
        {"name": "automation-0", "type": "automation"}, {"name": "govern-0", "type": "govern"}]);
    let service = DevService::answering(move |_| ok(&nodes)).await;
    let found = service.launchpad().discover().await.unwrap();
    assert_eq!(service.lines(), ["POST /v1/spaces/space-1/nodes/search"]);
    assert_eq!(service.asked()[0].json(), json!({"type": null}));
    assert!(found.completeness.is_whole());
    let node = &found.nodes[1];
    assert_eq!(node.node_id, NodeId::parse("automation-0").unwrap());
    assert_eq!(node.node_type, NodeType::Automation);
    assert_eq!(node.url, FleetUrl::NotPublished(Unknown::NeverReported));
    assert_eq!(node.admin_key, FleetAdminKey::Unknown(Unknown::NeverReported));
    assert_eq!(node.registration, Registration::Automatic);
    assert_eq!(found.nodes[2].node_type, NodeType::Other("govern".to_owned()));
}

#[tokio::test]
async fn an_entry_without_name_or_type_is_a_gap() {
    let nodes = json!([{"type": "design"}, {"name": "automation-0"}]);
    let service = DevService::answering(move |_| ok(&nodes)).await;
    let found = service.launchpad().discover().await.unwrap();
    let gap = |position, label: Option<&str>, reason: &str| Gap::Unreadable {
        position,
        label: label.map(str::to_owned),
        reason: reason.to_owned(),
    };
    let gaps =
        vec![gap(0, None, "it has no `name`"), gap(1, Some("automation-0"), "it has no `type`")];
    assert_eq!(found.completeness, Completeness::Partial(gaps));
}

#[tokio::test]
async fn an_empty_answer_is_an_error_and_an_empty_list_is_doubted() {
    // I4: 204 means empty.
    assert_eq!(kind(204, "").await, NodeErrorKind::Empty);
    let service = DevService::answering(|_| ok(&json!([]))).await;
    let found = service.launchpad().discover().await.unwrap();
    assert_eq!(found.completeness, Completeness::Partial(vec![Gap::NothingListed]));
}

#[tokio::test]
async fn refusals_have_the_meaning_that_the_launchpad_gives_them() {
    // wire-facts 6.2
    assert!(matches!(kind(401, r#"{"message": "bad key"}"#).await, NodeErrorKind::Unauthorized(_)));
    assert!(matches!(kind(403, r#"{"message": "no scope"}"#).await, NodeErrorKind::Forbidden(_)));
    assert!(matches!(kind(404, r#"{"message": "no space"}"#).await, NodeErrorKind::NotFound(_)));
    let invalid = r#"{"message": "Invalid", "errors": {"json": {"type": ["Not a text."]}}}"#;
    let message = r#"{"type":["Not a text."]}"#.to_owned();
    assert_eq!(kind(422, invalid).await, NodeErrorKind::Refused { status: 422, message });
}
