//! Certificates are verified, unless somebody has said for this node that they are not (R15).

use std::error::Error as _;

use project_deployer_client::{
    Acting, AutomationNode as _, Effect, HttpNode, NodeError, NodeErrorKind, Repeat,
};
use project_deployer_core::infra::NodeSettings;
use project_deployer_testkit::{MockNode, TestTls};
use project_deployer_tests::{settings, settings_at, single_attempts};

use crate::asking::{KEY, node};

async fn mock(tls: TestTls) -> MockNode {
    MockNode::builder("auto").tls(tls).start().await
}

/// A node whose authority is trusted.
fn trusting(mock: &MockNode) -> HttpNode {
    let connector = single_attempts().certificate_authority(mock.ca_pem().unwrap());
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
        let node = single_attempts().build().unwrap().node(&settings, &Acting::Key).unwrap();
        node.instance_info().await.unwrap();
    }
}

#[tokio::test]
async fn trust_in_one_node_is_none_in_another() {
    // One connector speaks to all nodes: each keeps its own trust.
    let (trusted, other) = (mock(TestTls::Expired).await, mock(TestTls::Expired).await);
    let connector = single_attempts().build().unwrap();
    let lax = NodeSettings { trust_all_certificates: true, ..settings(&trusted) };
    connector.node(&lax, &Acting::Key).unwrap().instance_info().await.unwrap();
    for strict in [settings(&trusted), settings(&other)] {
        let refused = connector.node(&strict, &Acting::Key).unwrap().instance_info().await;
        assert_eq!(refused.unwrap_err().kind, NodeErrorKind::Tls);
    }
}

/// Asks a node under another protocol than its own.
async fn ask_in(protocol: &str, mock: &MockNode) -> NodeError {
    let (_, place) = mock.url().split_once(':').unwrap();
    let settings = settings_at(&format!("{protocol}:{place}"), KEY);
    let connector = single_attempts().build().unwrap();
    connector.node(&settings, &Acting::Key).unwrap().instance_info().await.unwrap_err()
}

#[tokio::test]
async fn a_port_with_tls_answers_nothing_to_who_comes_without() {
    let mock = mock(TestTls::Valid).await;
    let error = ask_in("http", &mock).await;
    assert!(error.to_string().starts_with("ask what the node is on node http://"), "{error}");
    assert!(mock.journal().is_empty());
}

#[tokio::test]
async fn a_port_without_tls_answers_nothing_to_who_comes_with_it() {
    let mock = MockNode::builder("auto").start().await;
    let error = ask_in("https", &mock).await;
    assert!(matches!(error.kind, NodeErrorKind::Tls | NodeErrorKind::Unreachable), "{error}");
    assert_eq!(error.kind.effect(), Effect::None);
    assert!(mock.journal().is_empty(), "the key does not travel in clear");
}

#[test]
fn an_authority_that_is_none_is_refused_at_once() {
    let error = single_attempts().certificate_authority("not PEM").build().unwrap_err();
    assert!(error.to_string().contains("hand in the text from `-----BEGIN CERTIFICATE"), "{error}");
}

#[test]
fn an_authority_whose_bytes_are_no_certificate_is_refused_at_once() {
    let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(single_attempts().certificate_authority(pem).build().is_err());
}
