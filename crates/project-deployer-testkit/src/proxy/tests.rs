use std::error::Error as _;
use std::io::ErrorKind;
use std::time::Duration;

use reqwest::Response;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::fault::{Fault, FaultScript, FaultSeed, Gate};
use crate::node::MockNode;

const INFO: &str = "/public/api/instance-info";
const PROJECTS: &str = "/public/api/projects";

async fn node_and_proxy() -> (MockNode, FaultProxy) {
    let node = MockNode::builder("auto").start().await;
    let proxy = FaultProxy::start(node.url()).await;
    (node, proxy)
}

fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy().retry(reqwest::retry::never());
    builder.build().unwrap()
}

async fn info(node: &MockNode, proxy: &FaultProxy) -> reqwest::Result<Response> {
    let request = client().get(format!("{}{INFO}", proxy.url()));
    request.bearer_auth(node.admin_api_key()).send().await
}

async fn create(node: &MockNode, proxy: &FaultProxy, key: &str) -> reqwest::Result<Response> {
    let request = client().post(format!("{}{PROJECTS}", proxy.url()));
    let body = json!({"projectKey": key, "name": key}).to_string();
    request.bearer_auth(node.admin_api_key()).body(body).send().await
}

/// The kind of the innermost error of the system.
fn kind(error: &reqwest::Error) -> Option<ErrorKind> {
    let mut source = error.source();
    while let Some(found) = source {
        if let Some(found) = found.downcast_ref::<std::io::Error>() {
            return Some(found.kind());
        }
        source = found.source();
    }
    None
}

#[tokio::test]
async fn without_faults_calls_pass_and_are_told() {
    let (node, proxy) = node_and_proxy().await;
    assert_eq!(create(&node, &proxy, "P").await.unwrap().status(), 200);
    let reported: Value =
        serde_json::from_str(&info(&node, &proxy).await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!(reported["nodeId"], "auto");
    let calls = proxy.calls_to("POST", PROJECTS);
    assert_eq!((calls[0].status, calls[0].reached), (Some(200), true));
    assert!(node.project("P").is_some());
}

#[tokio::test]
async fn a_body_in_chunks_and_a_large_one_pass() {
    let (node, proxy) = node_and_proxy().await;
    let pieces = vec![vec![b' '; 3_000_000], br#"{"projectKey": "P"}"#.to_vec()];
    let pieces = futures::stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>));
    let request = client().post(format!("{}{PROJECTS}", proxy.url()));
    let body = reqwest::Body::wrap_stream(pieces);
    let answer = request.bearer_auth(node.admin_api_key()).body(body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(node.project("P").is_some());
}

/// What a caller gets for bytes that it writes itself. A caller who goes away closes its side at their end.
async fn raw(node: &MockNode, proxy: &FaultProxy, bytes: &str, goes_away: bool) -> String {
    let mut stream = TcpStream::connect(proxy.running.address()).await.unwrap();
    let key = node.admin_api_key();
    let head = format!("POST {PROJECTS} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n");
    let bytes = format!("{head}connection: close\r\n{bytes}");
    stream.write_all(bytes.as_bytes()).await.unwrap();
    if goes_away {
        stream.shutdown().await.unwrap();
    }
    let mut answer = Vec::new();
    // A reset is an answer of nothing.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn chunks_end_with_an_empty_one_and_its_trailers() {
    let (node, proxy) = node_and_proxy().await;
    let chunks = "5;x=y\r\n{\"pro\r\nF\r\njectKey\": \"A\"} \r\n0\r\nX: y\r\n\r\n";
    let bytes = format!("transfer-encoding: chunked\r\n\r\n{chunks}");
    let answer = raw(&node, &proxy, &bytes, false).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(node.project("A").is_some());
}

#[tokio::test]
async fn a_body_that_is_not_whole_does_not_reach_the_server() {
    let (node, proxy) = node_and_proxy().await;
    for (encoding, body) in [
        ("content-length: 99", "{\"projectKey\": \"A\"}"),
        ("transfer-encoding: chunked", "zz\r\n"),
        ("transfer-encoding: chunked", "ffffffffffffffff\r\n"),
        ("transfer-encoding: chunked", "3\r\nab"),
        ("transfer-encoding: chunked", "0\r\n"),
    ] {
        let answer = raw(&node, &proxy, &format!("{encoding}\r\n\r\n{body}"), true).await;
        assert!(!answer.starts_with("HTTP/1.1 200"), "{body}: {answer}");
    }
    assert!(node.journal().is_empty(), "{:?}", node.journal());
}

#[tokio::test]
async fn a_reset_is_a_reset_of_the_connection() {
    let (node, proxy) = node_and_proxy().await;
    proxy.fault(Fault::connection_reset().once());
    let error = info(&node, &proxy).await.unwrap_err();
    assert_eq!(kind(&error), Some(ErrorKind::ConnectionReset), "{error:?}");
    assert!(node.journal().is_empty());
    proxy.fault(Fault::reply_lost().once());
    assert!(create(&node, &proxy, "P").await.is_err());
    assert!(node.project("P").is_some());
    assert_eq!(info(&node, &proxy).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_status_comes_in_the_place_of_the_call_or_of_its_answer() {
    let (node, proxy) = node_and_proxy().await;
    proxy.fault(Fault::status(503).on("POST", PROJECTS).once());
    assert_eq!(create(&node, &proxy, "A").await.unwrap().status(), 503);
    proxy.fault(Fault::html_page(502).after_effect().once());
    let page = create(&node, &proxy, "B").await.unwrap();
    assert_eq!(
        (page.status().as_u16(), &page.headers()["content-type"]),
        (502, &"text/html".parse().unwrap())
    );
    assert_eq!(node.project_keys(), ["B"]);
}

#[tokio::test]
async fn an_answer_is_truncated_halved_or_emptied() {
    let (node, proxy) = node_and_proxy().await;
    proxy.fault(Fault::truncated().once());
    assert!(info(&node, &proxy).await.unwrap().bytes().await.is_err());
    proxy.fault(Fault::half_json().once());
    let half = info(&node, &proxy).await.unwrap().text().await.unwrap();
    assert!(half.starts_with('{') && !half.ends_with('}'), "{half}");
    proxy.fault(Fault::empty_body().once());
    let empty = info(&node, &proxy).await.unwrap();
    assert_eq!((empty.status().as_u16(), empty.text().await.unwrap()), (200, String::new()));
}

#[tokio::test]
async fn garbage_is_no_answer() {
    let (node, proxy) = node_and_proxy().await;
    proxy.fault(Fault::garbage().once());
    assert!(info(&node, &proxy).await.is_err());
    assert!(node.journal().is_empty());
}

#[tokio::test(start_paused = true)]
async fn delays_and_dripping_answers_take_their_time() {
    let (node, proxy) = node_and_proxy().await;
    proxy.fault(Fault::delay(Duration::from_secs(3600)).once());
    let began = tokio::time::Instant::now();
    let length = info(&node, &proxy).await.unwrap().bytes().await.unwrap().len();
    assert!(began.elapsed() >= Duration::from_secs(3600));
    proxy.fault(Fault::dripping(Duration::from_secs(1)).once());
    let began = tokio::time::Instant::now();
    let dripped = info(&node, &proxy).await.unwrap().bytes().await.unwrap().len();
    assert_eq!(dripped, length);
    assert!(began.elapsed() >= Duration::from_secs(length as u64));
}

#[tokio::test]
async fn the_effect_of_a_call_that_broke_on_its_way_comes_later() {
    // R4: the fault comes while the server works
    let (node, proxy) = node_and_proxy().await;
    let gate = Gate::new();
    proxy.fault(Fault::connection_reset().during_effect(&gate).once());
    assert!(create(&node, &proxy, "P").await.is_err());
    assert_eq!(node.project("P"), None);
    gate.open();
    while proxy.journal()[0].ended.is_none() {
        tokio::task::yield_now().await;
    }
    assert!(node.project("P").is_some());
}

#[tokio::test]
async fn scripts_and_seeds_work_in_front_of_a_server() {
    let (node, proxy) = node_and_proxy().await;
    proxy.follow(FaultScript::on("GET", INFO).succeeds().fails(Fault::status(500)));
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(info(&node, &proxy).await.unwrap().status().as_u16());
    }
    assert_eq!(seen, [200, 500, 200]);
    proxy.draw_faults_from(FaultSeed::new(99).rate(100, Fault::status(429)));
    assert_eq!(info(&node, &proxy).await.unwrap().status(), 429);
    assert!(format!("{proxy:?}").contains("99"));
    proxy.clear_faults();
    assert_eq!(info(&node, &proxy).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_server_that_is_down_answers_nobody() {
    let (node, proxy) = node_and_proxy().await;
    proxy.fault(Fault::status(503).once());
    assert_eq!(info(&node, &proxy).await.unwrap().status(), 503);
    let closed = node.stop().await;
    let other = FaultProxy::start(&closed.url()).await;
    assert!(client().get(format!("{}{INFO}", other.url())).send().await.is_err());
    assert!(!other.journal().last().unwrap().reached);
}

#[tokio::test]
async fn only_plain_http_has_a_proxy() {
    for url in ["https://node.example.test", "node.example.test", "http://"] {
        assert!(FaultProxy::try_start(url).await.is_err(), "{url}");
    }
    assert_eq!(address("http://[::1]/x/"), Some(("[::1]:80".to_owned(), "/x")));
    assert_eq!(address("http://node:81"), Some(("node:81".to_owned(), "")));
}
