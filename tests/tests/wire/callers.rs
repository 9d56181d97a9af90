//! Who is asking, and where: credentials, impersonation, prefixes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use project_deployer_client::{AutomationNode as _, Identity, NodeErrorKind};
use project_deployer_core::Login;
use project_deployer_testkit::{MockGroup, MockNode, MockUser};
use project_deployer_tests::{RawServer, Reply, connector, json_answer, settings, settings_at};

use crate::asking::{KEY, ask, create_project, mock, node, node_as, node_at};

async fn with_people() -> MockNode {
    MockNode::builder("auto")
        .group(MockGroup::creators("deployers"))
        .user(MockUser::new("dana").in_group("deployers"))
        .user(MockUser::new("gone").in_group("deployers").disabled())
        .start()
        .await
}

/// The heads of what a server was sent.
fn heads(server: &RawServer) -> Vec<String> {
    let requests = server.requests();
    requests.iter().map(|request| String::from_utf8_lossy(request).into_owned()).collect()
}

async fn listening() -> RawServer {
    RawServer::saying(Reply::Bytes(json_answer("200 OK", "{}"))).await
}

#[tokio::test]
async fn the_key_goes_as_the_user_name_of_basic_credentials() {
    // wire-facts 1.4: the official client's way; a node has to take it.
    let server = listening().await;
    let _ = ask(&server).await;
    let credentials = STANDARD.encode(format!("{KEY}:"));
    let head = heads(&server).remove(0);
    assert!(head.contains(&format!("authorization: Basic {credentials}\r\n")), "{head}");
}

#[tokio::test]
async fn a_node_takes_the_key_as_the_client_sends_it() {
    let mock = mock().await;
    node(&mock).auth_info().await.unwrap();
    assert_eq!(mock.journal()[0].key_id.as_deref(), Some("admin-key"));
}

#[tokio::test]
async fn the_mock_node_takes_every_way_to_send_a_key_under_both_prefixes() {
    // wire-facts 1.1, 1.4: sources disagree, so the mock node accepts all forms.
    let mock = mock().await;
    let (key, http) = (mock.admin_api_key(), reqwest::Client::builder().no_proxy());
    let http = http.build().unwrap();
    for prefix in ["public/api", "dip/publicapi"] {
        let ask = || http.get(format!("{}/{prefix}/auth/info", mock.url()));
        for (way, request) in [
            ("user name", ask().basic_auth(&key, Some(""))),
            ("password", ask().basic_auth("", Some(&key))),
            ("bearer", ask().bearer_auth(&key)),
        ] {
            assert_eq!(request.send().await.unwrap().status(), 200, "{prefix}: {way}");
        }
        assert_eq!(ask().send().await.unwrap().status(), 401, "{prefix}: no key");
    }
}

#[tokio::test]
async fn a_key_beyond_ascii_arrives() {
    let mock = MockNode::builder("auto").admin_api_key("clé ß / +=%").start().await;
    node(&mock).auth_info().await.unwrap();
}

#[tokio::test]
async fn an_unknown_key_is_told_with_its_mend() {
    let mock = mock().await;
    let error = node_at(mock.url()).auth_info().await.unwrap_err();
    assert!(matches!(error.kind, NodeErrorKind::Unauthorized(_)), "{error}");
    assert!(error.to_string().contains("admin global API key"), "{error}");
}

#[tokio::test]
async fn the_acting_login_reaches_the_node() {
    // R-S7
    let mock = with_people().await;
    create_project(&node_as(&mock, "dana")).await.unwrap();
    assert_eq!(mock.journal()[0].acting_as.as_deref(), Some("dana"));
    assert_eq!(mock.project("CHURN").unwrap().owner, "admin");
}

#[tokio::test]
async fn the_key_itself_acts_as_nobody() {
    let mock = mock().await;
    node(&mock).auth_info().await.unwrap();
    assert_eq!(mock.journal()[0].acting_as, None);
}

#[tokio::test]
async fn an_unknown_acting_login_is_not_allowed() {
    // R-S9
    let mock = with_people().await;
    let error = node_as(&mock, "ghost").auth_info().await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::Forbidden("Unknown user: ghost".to_owned()));
    assert!(error.to_string().contains("give the login the right on the node"), "{error}");
}

#[tokio::test]
async fn a_disabled_acting_login_is_not_allowed() {
    // R-S9
    let mock = with_people().await;
    let error = create_project(&node_as(&mock, "gone")).await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::Forbidden("User is disabled: gone".to_owned()));
    assert_eq!(mock.project("CHURN"), None);
}

#[tokio::test]
async fn logins_differ_by_case() {
    let mock = with_people().await;
    let error = node_as(&mock, "Dana").auth_info().await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::Forbidden("Unknown user: Dana".to_owned()));
}

#[tokio::test]
async fn two_callers_of_one_connector_are_kept_apart() {
    // They share connections, and nothing else.
    let mock = with_people().await;
    let (connector, settings) = (connector(), settings(&mock));
    let seen_by = |acting| connector.node(&settings, &acting).unwrap();
    let dana = seen_by(Identity::Impersonate(Login::parse("dana").unwrap()));
    let key = seen_by(Identity::ApiKey);
    for _ in 0..2 {
        assert_eq!(dana.auth_info().await.unwrap().auth_identifier, "dana");
        assert_eq!(key.auth_info().await.unwrap().auth_identifier, "admin-key");
    }
}

#[tokio::test]
async fn requests_go_below_the_api_prefix() {
    // wire-facts 1.1
    let server = listening().await;
    let _ = ask(&server).await;
    let head = heads(&server).remove(0);
    assert!(head.starts_with("GET /dip/publicapi/instance-info HTTP/1.1\r\n"), "{head}");
}

#[tokio::test]
async fn a_path_of_the_address_stays_before_the_prefix() {
    // wire-facts 1.1
    let server = listening().await;
    let settings = settings_at(&format!("{}/team/dss/", server.url()), KEY);
    let _ = connector().node(&settings, &Identity::ApiKey).unwrap().instance_info().await;
    let head = heads(&server).remove(0);
    assert!(head.starts_with("GET /team/dss/dip/publicapi/instance-info HTTP/1.1\r\n"), "{head}");
}

#[tokio::test]
async fn an_address_beside_the_node_is_not_the_product() {
    let mock = mock().await;
    let error = node_at(&format!("{}/elsewhere", mock.url())).instance_info().await.unwrap_err();
    assert!(matches!(error.kind, NodeErrorKind::UnexpectedServer(_)), "{error}");
}
