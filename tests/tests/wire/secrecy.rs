//! R13: no output contains the key, in any form, however calls fail.

use std::error::Error;
use std::time::Duration;

use project_deployer_client::{
    AutomationNode as _, HttpNode, Identity, NodeAccounts as _, NodeError,
};
use project_deployer_core::Login;
use project_deployer_testkit::{ClosedPort, Fault, MockNode, Quirk, TestTls};
use project_deployer_tests::{
    Canary, RawServer, Reply, connector, json_answer, quick, settings, settings_at, single_attempts,
};

use crate::asking::{activate, bundle, create_from, create_project};

/// Everything that can be read of an error, its causes included.
pub(crate) fn texts(error: &NodeError) -> String {
    let mut texts = format!("{error}\n{error:?}\n{error:#?}\n{:?}", error.kind);
    let mut cause = error.source();
    while let Some(error) = cause {
        texts.push_str(&format!("\n{error}\n{error:?}"));
        cause = error.source();
    }
    texts
}

pub(crate) fn assert_secret(error: &NodeError) {
    assert!(!Canary::is_in(&texts(error)), "{}", texts(error));
}

pub(crate) fn node_at(address: &str) -> HttpNode {
    connector().node(&settings_at(address, Canary::KEY), &Identity::ApiKey).unwrap()
}

async fn mock() -> MockNode {
    MockNode::builder("auto").admin_api_key(Canary::KEY).start().await
}

/// Asks in each way in which a node is asked. At least the first has to fail; no failure may give away
/// the secret.
pub(crate) async fn assert_all_keep_it(node: &HttpNode) {
    let errors = [
        node.instance_info().await.err(),
        create_project(node).await.err(),
        create_from(node, bundle()).await.err(),
        activate(node).await.err(),
        node.users().await.err(),
    ];
    assert!(errors[0].is_some());
    errors.iter().flatten().for_each(assert_secret);
}

#[tokio::test]
async fn no_fault_of_a_node_gives_away_the_key() {
    for fault in [
        Fault::html_page(200),
        Fault::html_page(502),
        Fault::half_json(),
        Fault::error_inside("no space left"),
        Fault::connection_reset(),
        Fault::reply_lost(),
        Fault::redirect("https://elsewhere.example.test/"),
        Fault::busy(7),
        Fault::status(401),
        Fault::status(403),
        Fault::status(404),
        Fault::status(409),
        Fault::status(500),
        Fault::status(503),
        Fault::truncated(),
    ] {
        let mock = mock().await;
        mock.fault(fault);
        let node = connector().node(&settings(&mock), &Identity::ApiKey).unwrap();
        assert_all_keep_it(&node).await;
    }
}

#[tokio::test]
async fn no_broken_connection_gives_away_the_key() {
    assert_all_keep_it(&node_at(&ClosedPort::hold().url())).await;
    assert_all_keep_it(&node_at(&RawServer::hanging_up().await.url())).await;
    for reply in [
        Reply::Nothing,
        Reply::Reset,
        Reply::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
        Reply::Bytes(b"HTTP/1.1 200 OK\r\ncontent-ty".to_vec()),
        Reply::BytesAndReset(json_answer("200 OK", "{")),
    ] {
        assert_all_keep_it(&node_at(&RawServer::saying(reply).await.url())).await;
    }
}

#[tokio::test]
async fn no_deadline_gives_away_the_key() {
    let short = Duration::from_millis(50);
    let timeouts = quick().with_call(short).with_task(short);
    let connector = single_attempts().timeouts(timeouts).build().unwrap();
    let server = RawServer::saying(Reply::Silence).await;
    let settings = settings_at(&server.url(), Canary::KEY);
    assert_all_keep_it(&connector.node(&settings, &Identity::ApiKey).unwrap()).await;
}

#[tokio::test]
async fn no_certificate_gives_away_the_key() {
    for tls in [TestTls::UnknownRoot, TestTls::WrongHost, TestTls::Expired] {
        let builder = MockNode::builder("auto").admin_api_key(Canary::KEY);
        let mock = builder.tls(tls).start().await;
        let trusting = single_attempts().certificate_authority(mock.ca_pem().unwrap());
        let node = trusting.build().unwrap().node(&settings(&mock), &Identity::ApiKey).unwrap();
        assert_all_keep_it(&node).await;
        assert_all_keep_it(&node_at(&mock.url().replace("https:", "http:"))).await;
    }
}

#[tokio::test]
async fn no_refused_login_gives_away_the_key() {
    let mock = mock().await;
    let ghost = Identity::Impersonate(Login::parse("ghost").unwrap());
    assert_all_keep_it(&connector().node(&settings(&mock), &ghost).unwrap()).await;
}

#[tokio::test]
async fn no_task_gives_away_the_key() {
    let builder = MockNode::builder("auto").admin_api_key(Canary::KEY);
    let mock = builder.quirk(Quirk::TasksAnswerFutures).start().await;
    let node = connector().node(&settings(&mock), &Identity::ApiKey).unwrap();
    for fault in [Fault::status(400), Fault::half_json(), Fault::html_page(200)] {
        mock.fault(fault.on("GET", "/futures/*").once());
        assert_secret(&create_from(&node, bundle()).await.unwrap_err());
    }
}

#[test]
fn no_debug_or_display_of_settings_connectors_and_nodes_has_the_key() {
    let settings = settings_at("https://auto.example.test:11200", Canary::KEY);
    let lax = settings.clone().with_trust_all_certificates(true);
    let builder = single_attempts();
    let connector = connector();
    for text in [
        format!("{settings} {settings:?} {lax:#?}"),
        format!("{builder:?}"),
        format!("{:#?}", connector.node(&settings, &Identity::ApiKey).unwrap()),
        format!("{:#?}", connector.node(&lax, &Identity::ApiKey).unwrap()),
        format!("{connector:#?}"),
    ] {
        assert!(!Canary::is_in(&text), "{text}");
    }
}
