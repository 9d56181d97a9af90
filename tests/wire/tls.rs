//! Certificates are verified, unless somebody has said for this node that they are not (R15).

use std::error::Error as _;

use project_deployer_client::{
    Acting, AutomationNode as _, Effect, HttpConnector, HttpNode, NodeErrorKind, Repeat,
};
use project_deployer_core::infra::NodeSettings;
use project_deployer_testkit::{MockNode, TestTls};
use project_deployer_tests::{settings, settings_at};

use crate::asking::{KEY, node};

async fn mock(tls: TestTls) -> MockNode {
    MockNode::builder("auto").tls(tls).start().await
}

/// A node whose authority is trusted.
fn trusting(mock: &MockNode) -> HttpNode {
    let connector = HttpConnector::builder().certificate_authority(mock.ca_pem().unwrap());
    connector.build().unwrap().node(&settings(mock), &Acting::Key).unwrap()
}

/// Asks a node with a bad certificate whose authority is trusted; tells the reason of the refusal.
async fn refusal(tls: TestTls) -> String {
    let mock = mock(tls).await;
    let error = trusting(&mock).instance_info().await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::Tls);
    assert_eq!((error.kind.repeat(), error.kind.effect()), (Repeat::Never, Effect::None));
    assert!(error.to_string().contains("install the CA of the node's certificate"), "{error}");
    assert!(mock.journal().is_empty(), "the key stays here");
    format!("{:?}", error.source().unwrap())
}

#[tokio::test]
async fn a_certificate_of_a_trusted_authority_is_accepted() {
    let mock = mock(TestTls::Valid).await;
    trusting(&mock).instance_info().await.unwrap();
    assert!(mock.journal()[0].succeeded());
}

#[tokio::test]
async fn the_authority_is_not_trusted_unless_somebody_says_so() {
    let mock = mock(TestTls::Valid).await;
    assert_eq!(node(&mock).instance_info().await.unwrap_err().kind, NodeErrorKind::Tls);
}

#[tokio::test]
async fn an_unknown_root_is_refused() {
    let reason = refusal(TestTls::UnknownRoot).await;
    assert!(reason.contains("UnknownIssuer"), "{reason}");
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let reason = refusal(TestTls::WrongHost).await;
    assert!(reason.contains("NotValidForName"), "{reason}");
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let reason = refusal(TestTls::Expired).await;
    assert!(reason.contains("Expired"), "{reason}");
}

#[tokio::test]
async fn a_node_of_which_any_certificate_will_do_is_reached() {
    for tls in [TestTls::Valid, TestTls::UnknownRoot, TestTls::WrongHost, TestTls::Expired] {
        let mock = mock(tls).await;
        let settings = NodeSettings { trust_all_certificates: true, ..settings(&mock) };
        let node = HttpConnector::builder().build().unwrap().node(&settings, &Acting::Key).unwrap();
        node.instance_info().await.unwrap();
    }
}

#[tokio::test]
async fn trust_in_one_node_is_none_in_another() {
    // One connector speaks to all nodes: each keeps its own trust.
    let (trusted, other) = (mock(TestTls::Expired).await, mock(TestTls::Expired).await);
    let connector = HttpConnector::builder().build().unwrap();
    let lax = NodeSettings { trust_all_certificates: true, ..settings(&trusted) };
    connector.node(&lax, &Acting::Key).unwrap().instance_info().await.unwrap();
    for strict in [settings(&trusted), settings(&other)] {
        let refused = connector.node(&strict, &Acting::Key).unwrap().instance_info().await;
        assert_eq!(refused.unwrap_err().kind, NodeErrorKind::Tls);
    }
}

#[tokio::test]
async fn a_plain_address_of_a_port_with_tls_fails_and_says_so() {
    let mock = mock(TestTls::Valid).await;
    let plain = mock.url().replace("https:", "http:");
    let connector = HttpConnector::builder().build().unwrap();
    let node = connector.node(&settings_at(&plain, KEY), &Acting::Key).unwrap();
    let error = node.instance_info().await.unwrap_err();
    panic_with(&error);
}

#[tokio::test]
async fn a_tls_address_of_a_plain_port_fails_and_says_so() {
    let mock = MockNode::builder("auto").start().await;
    let tls = mock.url().replace("http:", "https:");
    let connector = HttpConnector::builder().build().unwrap();
    let node = connector.node(&settings_at(&tls, KEY), &Acting::Key).unwrap();
    let error = node.instance_info().await.unwrap_err();
    panic_with(&error);
}

fn panic_with(error: &project_deployer_client::NodeError) {
    panic!("{error} {error:?}");
}

#[test]
fn an_authority_that_is_none_is_refused_at_once() {
    for (pem, reason) in [
        ("not a certificate", "has no certificate"),
        ("-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n", "not a PEM certificate"),
    ] {
        let error = HttpConnector::builder().certificate_authority(pem).build().unwrap_err();
        assert!(error.to_string().contains(reason), "{pem}: {error}");
    }
}
