use std::time::Duration;

use project_deployer_testkit::{BundleBuilder, Fault, FaultScript, FaultSeed, Gate, MockNode};
use reqwest::{Method, Response};
use serde_json::json;

use crate::client::admin;

async fn get(node: &MockNode, path: &str) -> reqwest::Result<Response> {
    admin(node).request(Method::GET, path).send().await
}

async fn node() -> MockNode {
    MockNode::builder("auto").start().await
}

fn project() -> serde_json::Value {
    json!({"projectKey": "P", "name": "P"})
}

#[tokio::test]
async fn a_status_comes_as_often_as_wanted_and_where_it_is_wanted() {
    let node = node().await;
    node.fault(Fault::status(503).on("GET", "/projects").times(2));
    let mut seen = Vec::new();
    for path in ["/projects/", "/plugins/", "/projects/", "/projects/"] {
        seen.push(get(&node, path).await.unwrap().status().as_u16());
    }
    assert_eq!(seen, [503, 200, 503, 200]);
}

#[tokio::test]
async fn a_fault_before_the_effect_leaves_the_node_as_it_was() {
    let node = node().await;
    node.fault(Fault::status(500).on("POST", "**").once());
    assert_eq!(admin(&node).post("/projects/", &project()).await.0, 500);
    assert_eq!(node.project("P"), None);
    assert!(!node.calls_to("POST", "/projects")[0].reached);
}

#[tokio::test]
async fn a_fault_after_the_effect_has_really_done_it() {
    // R4: failed after effect
    let node = node().await;
    node.fault(Fault::status(500).on("POST", "/projects").after_effect().once());
    assert_eq!(admin(&node).post("/projects/", &project()).await.0, 500);
    assert!(node.project("P").is_some());
}

#[tokio::test]
async fn a_lost_reply_is_a_broken_connection_after_the_effect() {
    // R4: reply lost
    let node = node().await;
    let bundle = BundleBuilder::new("CHURN", "v1");
    admin(&node).create(&bundle).await;
    node.fault(Fault::reply_lost().on("POST", "/projects/*/bundles/imported/*/actions/activate"));
    let path = "/projects/CHURN/bundles/imported/v1/actions/activate";
    assert!(admin(&node).request(Method::POST, path).send().await.is_err());
    assert_eq!(node.project("CHURN").unwrap().active_bundle.as_deref(), Some("v1"));
    let call = &node.calls_to("POST", path)[0];
    assert_eq!((call.reached, call.status, call.ended.is_some()), (true, None, true));
}

#[tokio::test]
async fn a_reset_before_the_effect_does_nothing() {
    let node = node().await;
    node.fault(Fault::connection_reset().on("POST", "/projects").once());
    let body = project().to_string();
    assert!(admin(&node).request(Method::POST, "/projects/").body(body).send().await.is_err());
    assert_eq!(node.project("P"), None);
    assert_eq!(admin(&node).post("/projects/", &project()).await.0, 200);
}

#[tokio::test]
async fn a_reset_in_the_middle_of_an_upload_does_nothing() {
    let node = node().await;
    node.fault(Fault::connection_reset());
    let archive = vec![0_u8; 8 * 1024 * 1024];
    let request = admin(&node).request(Method::POST, "/projectsFromBundle/").body(archive);
    assert!(request.send().await.is_err());
}

#[tokio::test]
async fn a_truncated_answer_breaks_off_in_its_body() {
    let node = node().await;
    node.fault(Fault::truncated());
    let answer = get(&node, "/instance-info").await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.is_err());
}

#[tokio::test]
async fn half_a_json_comes_as_if_it_were_whole() {
    let node = node().await;
    node.fault(Fault::half_json());
    let text = get(&node, "/instance-info").await.unwrap().text().await.unwrap();
    assert!(text.starts_with('{') && !text.ends_with('}'), "{text}");
}

#[tokio::test]
async fn a_page_of_a_gateway_comes_under_any_status() {
    let node = node().await;
    for status in [200, 502] {
        node.fault(Fault::html_page(status).once());
        let answer = get(&node, "/instance-info").await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["content-type"], "text/html");
    }
}

#[tokio::test]
async fn a_success_may_hold_an_error_or_have_done_nothing() {
    let node = node().await;
    node.fault(Fault::error_inside("no space left").on("POST", "/projects").once());
    let (status, answer) = admin(&node).post("/projects/", &project()).await;
    assert_eq!((status.as_u16(), &answer["message"]), (200, &json!("no space left")));
    node.fault(Fault::pretended().on("POST", "/projects").once());
    assert_eq!(admin(&node).post("/projects/", &project()).await.0, 200);
    assert_eq!(node.project("P"), None);
}

#[tokio::test]
async fn an_empty_body_has_a_status_and_its_effect() {
    let node = node().await;
    node.fault(Fault::empty_body().on("POST", "**"));
    let body = project().to_string();
    let answer = admin(&node).request(Method::POST, "/projects/").body(body).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap()), (200, String::new()));
    assert!(node.project("P").is_some());
}

#[tokio::test]
async fn a_redirect_names_its_target() {
    let node = node().await;
    node.fault(Fault::redirect("https://elsewhere.example.test/login"));
    let answer = get(&node, "/instance-info").await.unwrap();
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], "https://elsewhere.example.test/login");
}

#[tokio::test]
async fn a_busy_node_says_when_to_come_back() {
    // R7
    let node = node().await;
    node.fault(Fault::busy(7));
    let answer = get(&node, "/instance-info").await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
}

#[tokio::test(start_paused = true)]
async fn a_delay_takes_its_time() {
    let node = node().await;
    node.fault(Fault::delay(Duration::from_secs(3600)));
    let began = tokio::time::Instant::now();
    assert_eq!(get(&node, "/instance-info").await.unwrap().status(), 200);
    assert!(began.elapsed() >= Duration::from_secs(3600));
}

#[tokio::test]
async fn cleared_faults_are_over() {
    let node = node().await;
    node.fault(Fault::status(500));
    node.clear_faults();
    assert_eq!(get(&node, "/instance-info").await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_held_call_is_under_way_until_its_gate_is_opened() {
    // R5: two writers at once are seen
    let node = node().await;
    let gate = Gate::new();
    node.fault(Fault::held_by(&gate).on("POST", "/projects").once());
    let client = admin(&node);
    let held = tokio::spawn(async move { client.post("/projects/", &project()).await.0 });
    gate.reached_by(1).await;
    assert_eq!(node.project("P"), None);
    assert_eq!(get(&node, "/plugins/").await.unwrap().status(), 200);
    gate.open();
    assert_eq!(held.await.unwrap(), 200);
    let calls = node.journal();
    assert!(calls[0].overlaps(&calls[1]), "{calls:?}");
}

#[tokio::test]
async fn a_caller_who_gives_up_does_not_keep_the_node_from_its_work() {
    // R6: the effect comes after the deadline
    let node = node().await;
    let gate = Gate::new();
    node.fault(Fault::held_by(&gate).on("POST", "/projects").once());
    let client = admin(&node);
    let call = tokio::spawn(async move { client.post("/projects/", &project()).await });
    gate.reached_by(1).await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    gate.open();
    while node.journal()[0].ended.is_none() {
        tokio::task::yield_now().await;
    }
    assert!(node.project("P").is_some());
}

#[tokio::test]
async fn the_effect_of_a_call_may_come_after_its_end() {
    // R4: the fault comes while the node works
    let node = node().await;
    let gate = Gate::new();
    node.fault(Fault::status(502).during_effect(&gate).on("POST", "/projects").once());
    assert_eq!(admin(&node).post("/projects/", &project()).await.0, 502);
    assert_eq!(node.project("P"), None);
    assert!(node.journal()[0].ended.is_none());
    gate.open();
    while node.journal()[0].ended.is_none() {
        tokio::task::yield_now().await;
    }
    assert!(node.project("P").is_some());
}

#[tokio::test]
async fn garbage_is_no_answer_and_does_nothing() {
    let node = node().await;
    node.fault(Fault::garbage().on("POST", "**").once());
    let body = project().to_string();
    let asked = admin(&node).request(Method::POST, "/projects/").body(body).send().await;
    assert!(asked.is_err());
    assert_eq!(node.project("P"), None);
    assert_eq!(get(&node, "/instance-info").await.unwrap().status(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_dripping_answer_comes_byte_by_byte() {
    let node = node().await;
    node.fault(Fault::dripping(Duration::from_secs(1)));
    let began = tokio::time::Instant::now();
    let bytes = get(&node, "/instance-info").await.unwrap().bytes().await.unwrap();
    assert!(bytes.starts_with(b"{") && bytes.ends_with(b"}"));
    assert!(began.elapsed() >= Duration::from_secs(bytes.len() as u64));
}

#[tokio::test]
async fn a_script_says_call_by_call_what_happens_to_an_endpoint() {
    let node = node().await;
    let script = FaultScript::on("GET", "/projects").fails(Fault::status(503)).succeeds();
    node.follow(script.fails(Fault::garbage()));
    assert_eq!(get(&node, "/projects/").await.unwrap().status(), 503);
    assert_eq!(get(&node, "/plugins/").await.unwrap().status(), 200);
    assert_eq!(get(&node, "/projects/").await.unwrap().status(), 200);
    assert!(get(&node, "/projects/").await.is_err());
    assert_eq!(get(&node, "/projects/").await.unwrap().status(), 200);
}

#[tokio::test]
async fn the_same_seed_makes_the_same_faults_and_is_shown() {
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let node = node().await;
        let chance = FaultSeed::new(seed).rate(30, Fault::status(503));
        node.draw_faults_from(chance.rate(20, Fault::reply_lost()));
        assert!(format!("{node:?}").contains(&format!("seed: Some({seed})")), "{node:?}");
        let mut seen = Vec::new();
        for _ in 0..40 {
            seen.push(get(&node, "/projects/").await.ok().map(|answer| answer.status().as_u16()));
        }
        runs.push(seen);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    assert!([Some(200), Some(503), None].iter().all(|kind| runs[0].contains(kind)));
}
