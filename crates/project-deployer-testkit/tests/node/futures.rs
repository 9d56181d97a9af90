use project_deployer_testkit::{
    BundleBuilder, MockDirectory, MockLdapSettings, MockNode, MockPerson, Quirk,
};
use serde_json::{Value, json};

use crate::client::{Client, admin};

const EXTERNAL: &str = "/admin/external-users?userSourceType=LDAP";

async fn node(polls: u32) -> MockNode {
    let directory = MockDirectory::new().with(MockPerson::new("ann"));
    MockNode::builder("auto")
        .ldap(MockLdapSettings::on(), &directory)
        .task_polls(polls)
        .start()
        .await
}

async fn start(client: &Client) -> String {
    let (_, state) = client.get(EXTERNAL).await;
    assert_eq!((&state["hasResult"], &state["alive"]), (&json!(false), &json!(true)));
    state["jobId"].as_str().unwrap().to_owned()
}

async fn fetch(client: &Client, id: &str) -> Value {
    client.get(&format!("/futures/{id}?peek=False")).await.1
}

#[tokio::test]
async fn a_task_has_its_result_after_as_many_looks_as_wanted() {
    // wire-facts 1.9
    let node = node(2).await;
    let id = start(&admin(&node)).await;
    assert_eq!(fetch(&admin(&node), &id).await["hasResult"], false);
    let done = fetch(&admin(&node), &id).await;
    assert_eq!((&done["hasResult"], &done["alive"]), (&json!(true), &json!(false)));
    assert_eq!(done["result"][0]["userAttributes"]["login"], "ann");
}

#[tokio::test]
async fn a_peek_tells_the_state_and_not_the_result() {
    let node = node(1).await;
    let id = start(&admin(&node)).await;
    let (_, state) = admin(&node).get(&format!("/futures/{id}?peek=True")).await;
    assert_eq!((&state["hasResult"], state.get("result")), (&json!(true), None));
    assert!(fetch(&admin(&node), &id).await.get("result").is_some());
}

#[tokio::test]
async fn an_aborted_task_has_ended_without_a_result() {
    let node = node(9).await;
    let id = start(&admin(&node)).await;
    assert_eq!(admin(&node).delete(&format!("/futures/{id}")).await.0, 200);
    let state = fetch(&admin(&node), &id).await;
    assert_eq!(
        (&state["aborted"], &state["alive"], &state["hasResult"], state.get("result")),
        (&json!(true), &json!(false), &json!(true), None)
    );
}

#[tokio::test]
async fn an_unknown_and_a_forgotten_future_are_bad_requests() {
    // wire-facts 1.7
    let node = node(1).await;
    let id = start(&admin(&node)).await;
    node.forget_futures();
    let (status, error) = admin(&node).get(&format!("/futures/{id}")).await;
    assert_eq!((status.as_u16(), &error["errorType"]), (400, &json!("IllegalArgumentException")));
}

#[tokio::test]
async fn a_failed_task_answers_the_poll_with_its_error() {
    let directory = MockDirectory::new();
    directory.fail("busy");
    let node = MockNode::builder("auto").ldap(MockLdapSettings::on(), &directory).start().await;
    let id = start(&admin(&node)).await;
    let (status, error) = admin(&node).get(&format!("/futures/{id}?peek=False")).await;
    assert_eq!((status.as_u16(), &error["message"]), (500, &json!("busy")));
}

#[tokio::test]
async fn bundles_answer_futures_on_nodes_with_that_quirk() {
    let node = MockNode::builder("auto").quirk(Quirk::TasksAnswerFutures).start().await;
    let bundle = BundleBuilder::new("CHURN", "v1");
    let (_, created) = admin(&node).upload("/projectsFromBundle/", &bundle).await;
    let done = fetch(&admin(&node), created["jobId"].as_str().unwrap()).await;
    assert_eq!(done["result"]["projectKey"], "CHURN");
    let (_, started) = admin(&node).activate("CHURN", "v1", json!({})).await;
    let done = fetch(&admin(&node), started["jobId"].as_str().unwrap()).await;
    assert_eq!(done["result"]["fatal"], false);
    assert_eq!(node.project("CHURN").unwrap().active_bundle.as_deref(), Some("v1"));
}
