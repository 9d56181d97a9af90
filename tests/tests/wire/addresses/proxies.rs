//! Proxies: none by default, and the checks that a proxy prevents are reported.

use std::io;

use project_deployer_client::{
    AutomationNode as _, HttpConnectorBuilder, HttpProxy, Identity, NodeErrorKind, ProxyServer,
};
use project_deployer_core::{AddressPolicy, AddressRange, NodeAddress};
use project_deployer_tests::{Canary, RawServer, Reply, json_answer, settings_at, single_attempts};
use tokio::process::Command;

use crate::asking::KEY;

const INFO: &str = r#"{"nodeId": "auto", "nodeName": "auto", "nodeType": "AUTOMATION"}"#;
/// Names the node for the child process, and how to connect.
const NODE: &str = "PROJECT_DEPLOYER_TEST_NODE";
const MANNER: &str = "PROJECT_DEPLOYER_TEST_PROXY";

async fn server() -> RawServer {
    RawServer::saying(Reply::Bytes(json_answer("200 OK", INFO))).await
}

fn through(proxy: &RawServer) -> ProxyServer {
    ProxyServer::new(NodeAddress::parse(&proxy.url()).unwrap())
}

fn knowing_no_name(proxy: HttpProxy) -> HttpConnectorBuilder {
    single_attempts().proxy(proxy).dns_resolver(|_| Err(io::ErrorKind::NotFound.into()))
}

/// The first lines of what a server was asked.
fn lines(server: &RawServer) -> Vec<String> {
    let first =
        |request: Vec<u8>| String::from_utf8_lossy(&request).lines().next().map(str::to_owned);
    server.requests().into_iter().filter_map(first).collect()
}

#[tokio::test]
async fn behind_a_proxy_names_are_not_ours_to_check_and_the_connector_says_so() {
    // R17: nothing is claimed that does not hold.
    let proxy = server().await;
    let connector = knowing_no_name(HttpProxy::Server(through(&proxy)));
    let connector = connector.addresses(AddressPolicy::public_only()).build().unwrap();
    assert!(!connector.checks_names());
    assert!(single_attempts().build().unwrap().checks_names());
    let at = |address: &str| connector.node(&settings_at(address, KEY), &Identity::ApiKey);
    at("http://auto.example.test:1").unwrap().instance_info().await.unwrap();
    let asked = ["GET http://auto.example.test:1/dip/publicapi/instance-info HTTP/1.1"];
    assert_eq!(lines(&proxy), asked);
    // What is written as an address is refused as ever.
    let kind = at("http://10.0.0.7:1").unwrap_err().kind;
    assert_eq!(kind, NodeErrorKind::AddressRefused(AddressRange::Private));
}

#[tokio::test]
async fn exceptions_of_a_proxy_are_spoken_to_directly() {
    let (proxy, node) = (server().await, server().await);
    let excepting = HttpProxy::Server(through(&proxy).except("example.test,127.0.0.0/8"));
    let connector = knowing_no_name(excepting).build().unwrap();
    let node_here = connector.node(&settings_at(&node.url(), KEY), &Identity::ApiKey).unwrap();
    node_here.instance_info().await.unwrap();
    assert_eq!((proxy.requests().len(), node.requests().len()), (0, 1));
}

#[tokio::test]
async fn the_proxy_itself_is_not_held_against_the_policy_for_nodes() {
    let proxy = server().await;
    let address = proxy.url().replace("127.0.0.1", "proxy.example.test");
    let named = ProxyServer::new(NodeAddress::parse(&address).unwrap());
    let connector = single_attempts()
        .addresses(AddressPolicy::public_only())
        .proxy(HttpProxy::Server(named))
        .dns_resolver(|_| Ok(vec![[127, 0, 0, 1].into()]));
    let settings = settings_at("http://auto.example.test:1", KEY);
    let node = connector.build().unwrap().node(&settings, &Identity::ApiKey).unwrap();
    node.instance_info().await.unwrap();
    assert_eq!(proxy.requests().len(), 1);
}

#[tokio::test]
async fn the_password_of_a_proxy_goes_to_the_proxy_and_into_no_text() {
    // R13
    let proxy = server().await;
    let secured = HttpProxy::Server(through(&proxy).credentials("deployer", Canary::KEY));
    let builder = knowing_no_name(secured.clone());
    let connector = builder.clone().build().unwrap();
    let settings = settings_at("http://auto.example.test:1", KEY);
    connector.node(&settings, &Identity::ApiKey).unwrap().instance_info().await.unwrap();
    let asked = String::from_utf8(proxy.requests().remove(0)).unwrap();
    let sent = asked.lines().find(|line| line.to_lowercase().starts_with("proxy-authorization:"));
    assert!(Canary::is_in(sent.unwrap()), "{asked}");
    for text in [format!("{secured:#?}"), format!("{builder:#?}"), format!("{connector:#?}")] {
        assert!(text.contains("deployer") && !Canary::is_in(&text), "{text}");
    }
}

/// Calls a node in a process of its own, whose environment names a proxy; returns how many calls the proxy
/// and the node had.
async fn asked_in(manner: &str, no_proxy: &str) -> (usize, usize) {
    let (proxy, node) = (server().await, server().await);
    let ended = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "addresses::proxies::proxies_of_the_environment_count_if_they_are_to"])
        .envs([("http_proxy", proxy.url()), ("all_proxy", proxy.url()), (NODE, node.url())])
        .envs([("no_proxy", no_proxy), (MANNER, manner)])
        .output()
        .await
        .unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    (proxy.requests().len(), node.requests().len())
}

#[expect(clippy::disallowed_methods, reason = "the environment configures the child")]
fn env_value(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}

#[tokio::test]
async fn proxies_of_the_environment_count_if_they_are_to() {
    if let (Some(node), Some(manner)) = (env_value(NODE), env_value(MANNER)) {
        let proxy = match manner.as_str() {
            "environment" => HttpProxy::Environment,
            _ => HttpProxy::default(),
        };
        let connector = single_attempts().proxy(proxy).build().unwrap();
        let node = connector.node(&settings_at(&node, KEY), &Identity::ApiKey).unwrap();
        node.instance_info().await.unwrap();
        return;
    }
    assert_eq!(asked_in("usual", "").await, (0, 1));
    assert_eq!(asked_in("environment", "").await, (1, 0));
    assert_eq!(asked_in("environment", "127.0.0.1").await, (0, 1));
}
