use project_deployer_core::infra::NodeSettings;
use project_deployer_core::{ApiKeySecret, Login, NodeAddress};

use crate::conformance::NodeSeed;
use crate::connector::{Identity, NodeConnector};
use crate::error::NodeErrorKind;
use crate::fake::{FakeFleet, FakeNode};

fn settings(address: &str, key: &str) -> NodeSettings {
    NodeSettings::new(NodeAddress::parse(address).unwrap(), ApiKeySecret::new(key).unwrap())
}

fn fleet() -> (FakeFleet, FakeNode) {
    let node = FakeNode::seeded(NodeSeed::usual());
    let known = settings("https://auto-1.example:11200", "right");
    let fleet = FakeFleet::new().with_node(known.address, known.admin_api_key, node.clone());
    (fleet, node)
}

#[tokio::test]
async fn an_address_leads_to_its_node_as_the_caller_sees_it() {
    let (fleet, node) = fleet();
    let dana = Identity::Impersonate(Login::parse("dana").unwrap());
    let settings = settings("https://auto-1.example:11200", "right");
    let connected = fleet.connect(&settings, dana.clone()).unwrap();
    assert_eq!(connected.auth_info().await.unwrap().auth_identifier, "dana");
    assert!(!fleet.accounts(&settings).unwrap().users().await.unwrap().is_empty());
    let callers: Vec<_> = node.calls().into_iter().map(|call| call.acting).collect();
    assert_eq!(callers, [dana, Identity::ApiKey]);
}

#[tokio::test]
async fn nobody_answers_at_an_unknown_address() {
    let (fleet, node) = fleet();
    let settings = settings("https://auto-2.example:11200", "right");
    let connected = fleet.connect(&settings, Identity::ApiKey).unwrap();
    let error = connected.instance_info().await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::Unreachable);
    assert_eq!(error.node, "https://auto-2.example:11200");
    let error = fleet.accounts(&settings).unwrap().groups().await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::Unreachable);
    assert!(node.calls().is_empty());
}

#[tokio::test]
async fn a_wrong_admin_key_is_not_accepted() {
    let (fleet, _) = fleet();
    let settings = settings("https://auto-1.example:11200", "canary");
    for acting in [Identity::ApiKey, Identity::Impersonate(Login::parse("dana").unwrap())] {
        let connected = fleet.connect(&settings, acting).unwrap();
        let error = connected.resources().await.unwrap_err();
        assert!(matches!(error.kind, NodeErrorKind::Unauthorized(_)), "{error}");
    }
    // R13
    assert!(!format!("{fleet:?}").contains("right"));
}
