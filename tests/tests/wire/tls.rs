//! Certificates are verified, unless the settings of the node turn that off (R15).

mod old_versions;

use project_deployer_client::{
    AutomationNode as _, HttpNode, Identity, NodeError, NodeErrorKind, Retry, SideEffect,
    TlsProblem,
};
use project_deployer_testkit::{MockNode, TestTls};
use project_deployer_tests::{settings, settings_at, single_attempts};

use crate::asking::{KEY, node};
use crate::secrecy::texts;

async fn mock(tls: TestTls) -> MockNode {
    MockNode::builder("auto").tls(tls).start().await
}

/// A node whose authority is trusted.
fn trusting(mock: &MockNode) -> HttpNode {
    trusting_at(mock, mock.url())
}

/// The same at another spelling of its address.
fn trusting_at(mock: &MockNode, address: &str) -> HttpNode {
    let connector = single_attempts().certificate_authority(mock.ca_pem().unwrap());
    let settings = settings_at(address, &mock.admin_api_key());
    connector.build().unwrap().node(&settings, &Identity::ApiKey).unwrap()
}

fn by_name(mock: &MockNode) -> String {
    mock.url().replace("127.0.0.1", "localhost")
}

/// What an error of a connection without trust has to be: a reason and a hint of its own, the node by
/// its name, and no secret.
fn assert_refusal(error: &NodeError, problem: TlsProblem, address: &str) {
    assert_eq!(error.kind, NodeErrorKind::Tls(problem), "{}", texts(error));
    assert_eq!((error.kind.retry(), error.kind.side_effect()), (Retry::Never, SideEffect::None));
    let whole = format!("read the instance info on node {address}: {problem}; {}", problem.hint());
    assert_eq!(error.to_string(), whole);
}

/// Asks a node with a bad certificate whose authority is trusted.
async fn assert_refused(tls: TestTls, problem: TlsProblem) {
    let mock = mock(tls).await;
    assert_refused_at(&mock, mock.url(), problem).await;
}

async fn assert_refused_at(mock: &MockNode, address: &str, problem: TlsProblem) {
    let before = mock.journal().len();
    let error = trusting_at(mock, address).instance_info().await.unwrap_err();
    assert_refusal(&error, problem, address);
    assert!(!texts(&error).contains(&mock.admin_api_key()), "{}", texts(&error));
    assert_eq!(mock.journal().len(), before, "the key stays here");
}

#[tokio::test]
async fn a_certificate_of_a_trusted_authority_is_accepted() {
    let mock = mock(TestTls::Valid).await;
    trusting(&mock).instance_info().await.unwrap();
    trusting_at(&mock, &by_name(&mock)).instance_info().await.unwrap();
    assert!(mock.journal().iter().all(|call| call.succeeded()));
}

#[tokio::test]
async fn the_authority_is_not_trusted_unless_somebody_says_so() {
    for tls in [TestTls::Valid, TestTls::SelfSigned] {
        let mock = mock(tls).await;
        let error = node(&mock).instance_info().await.unwrap_err();
        assert_refusal(&error, TlsProblem::UnknownAuthority, mock.url());
    }
}

#[tokio::test]
async fn an_unknown_root_is_refused() {
    assert_refused(TestTls::UnknownRoot, TlsProblem::UnknownAuthority).await;
}

#[tokio::test]
async fn a_certificate_that_vouches_for_itself_is_refused() {
    assert_refused(TestTls::SelfSigned, TlsProblem::UnknownAuthority).await;
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    assert_refused(TestTls::WrongHost, TlsProblem::OtherHost).await;
}

#[tokio::test]
async fn a_certificate_for_a_name_is_none_for_its_address() {
    let mock = mock(TestTls::OnlyForName).await;
    trusting_at(&mock, &by_name(&mock)).instance_info().await.unwrap();
    assert_refused_at(&mock, mock.url(), TlsProblem::OtherHost).await;
}

#[tokio::test]
async fn a_certificate_for_an_address_is_none_for_its_name() {
    let mock = mock(TestTls::OnlyForAddress).await;
    trusting(&mock).instance_info().await.unwrap();
    assert_refused_at(&mock, &by_name(&mock), TlsProblem::OtherHost).await;
}

#[tokio::test]
async fn an_address_that_stands_among_the_names_of_a_certificate_is_no_address() {
    assert_refused(TestTls::AddressAsName, TlsProblem::OtherHost).await;
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    assert_refused(TestTls::Expired, TlsProblem::Expired).await;
}

#[tokio::test]
async fn a_certificate_of_the_future_is_refused() {
    assert_refused(TestTls::NotYetValid, TlsProblem::NotYetValid).await;
}

#[tokio::test]
async fn a_certificate_for_clients_is_refused() {
    assert_refused(TestTls::ForClients, TlsProblem::OtherPurpose).await;
}

#[tokio::test]
async fn a_certificate_that_is_signed_with_sha_1_is_refused() {
    assert_refused(TestTls::Sha1, TlsProblem::WeakSignature).await;
}

#[tokio::test]
async fn a_node_of_which_any_certificate_will_do_is_reached() {
    for tls in [
        TestTls::Valid,
        TestTls::UnknownRoot,
        TestTls::SelfSigned,
        TestTls::WrongHost,
        TestTls::OnlyForName,
        TestTls::Expired,
        TestTls::NotYetValid,
        TestTls::ForClients,
        TestTls::Sha1,
    ] {
        let mock = mock(tls).await;
        let settings = settings(&mock).with_trust_all_certificates(true);
        let node = single_attempts().build().unwrap().node(&settings, &Identity::ApiKey).unwrap();
        let reported = node.instance_info().await;
        assert!(reported.is_ok(), "{tls:?}: {reported:?}");
    }
}

#[tokio::test]
async fn trust_in_one_node_is_none_in_another() {
    // One connector speaks to all nodes: each keeps its own trust.
    let (trusted, other) = (mock(TestTls::Expired).await, mock(TestTls::Expired).await);
    let connector = single_attempts().build().unwrap();
    let lax = settings(&trusted).with_trust_all_certificates(true);
    connector.node(&lax, &Identity::ApiKey).unwrap().instance_info().await.unwrap();
    for strict in [settings(&trusted), settings(&other)] {
        let refused = connector.node(&strict, &Identity::ApiKey).unwrap().instance_info().await;
        assert!(matches!(refused.unwrap_err().kind, NodeErrorKind::Tls(_)));
    }
}

/// Asks a node under another protocol than its own.
async fn ask_in(protocol: &str, mock: &MockNode) -> NodeError {
    let (_, place) = mock.url().split_once(':').unwrap();
    let settings = settings_at(&format!("{protocol}:{place}"), KEY);
    let connector = single_attempts().build().unwrap();
    connector.node(&settings, &Identity::ApiKey).unwrap().instance_info().await.unwrap_err()
}

#[tokio::test]
async fn a_port_with_tls_answers_nothing_to_who_comes_without() {
    let mock = mock(TestTls::Valid).await;
    let error = ask_in("http", &mock).await;
    assert!(error.to_string().starts_with("read the instance info on node http://"), "{error}");
    assert!(mock.journal().is_empty());
}

#[tokio::test]
async fn a_port_without_tls_answers_nothing_to_who_comes_with_it() {
    let mock = MockNode::builder("auto").start().await;
    let error = ask_in("https", &mock).await;
    assert_eq!(error.kind, NodeErrorKind::Tls(TlsProblem::NoTls), "{}", texts(&error));
    assert_eq!(error.kind.side_effect(), SideEffect::None);
    assert!(mock.journal().is_empty(), "the key does not travel in clear");
}

#[test]
fn an_authority_that_is_none_is_refused_at_once() {
    let error = single_attempts().certificate_authority("not PEM").build().unwrap_err();
    assert!(error.to_string().contains("pass the text from `-----BEGIN CERTIFICATE"), "{error}");
}

#[test]
fn an_authority_whose_bytes_are_no_certificate_is_refused_at_once() {
    let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(single_attempts().certificate_authority(pem).build().is_err());
}
