use project_deployer_testkit::{
    BundleBuilder, BundleScenario, MockGroup, MockNode, MockUser, Outcome,
};
use serde_json::json;

use crate::client::{Client, admin};

async fn node() -> MockNode {
    MockNode::builder("auto")
        .group(MockGroup::creators("ops"))
        .user(MockUser::new("mina").in_group("ops"))
        .user(MockUser::new("robot"))
        .user(MockUser::new("gone").disabled())
        .start()
        .await
}

fn mina(node: &MockNode) -> Client {
    admin(node).acting_as("mina")
}

fn bundle(id: &str) -> BundleBuilder {
    BundleBuilder::new("CHURN", id).scenario(BundleScenario::new("NIGHTLY").named("Nightly"))
}

/// A node where `v1` is active.
async fn live() -> MockNode {
    let node = node().await;
    mina(&node).create(&bundle("v1")).await;
    mina(&node).go_live("CHURN", "v1").await;
    node
}

async fn run_as(client: &Client, id: &str, login: &str) {
    let path = format!("/projects/CHURN/scenarios/{id}");
    let (_, mut definition) = client.get(&path).await;
    definition["runAsUser"] = json!(login);
    assert_eq!(client.put(&path, &definition).await.0, 200);
}

/// Starts a scenario and asks until it has ended.
async fn outcome(client: &Client, id: &str) -> serde_json::Value {
    let path = format!("/projects/CHURN/scenarios/{id}");
    let (_, fire) = client.post(&format!("{path}/run"), &json!({})).await;
    let trigger = fire["trigger"]["id"].as_str().unwrap();
    let run = fire["runId"].as_str().unwrap();
    let poll = format!("{path}/get-run-for-trigger?triggerId={trigger}&triggerRunId={run}");
    loop {
        let (_, answer) = client.get(&poll).await;
        if let Some(result) = answer["scenarioRun"].get("result") {
            return result.clone();
        }
    }
}

#[tokio::test]
async fn a_new_scenario_is_inactive_unless_the_activation_says_otherwise() {
    let node = live().await;
    assert!(!node.project("CHURN").unwrap().scenarios["NIGHTLY"].active);
    let active = json!({"scenariosActiveOnActivation": {"NIGHTLY": true}});
    mina(&node).activate("CHURN", "v1", active).await;
    assert!(node.project("CHURN").unwrap().scenarios["NIGHTLY"].active);
    let (_, listed) = mina(&node).get("/projects/CHURN/scenarios/").await;
    assert_eq!(
        (&listed[0]["id"], &listed[0]["name"], &listed[0]["active"]),
        (&json!("NIGHTLY"), &json!("Nightly"), &json!(true))
    );
}

#[tokio::test]
async fn triggers_and_run_as_user_survive_activations() {
    // R-A6
    let node = live().await;
    let path = "/projects/CHURN/scenarios/NIGHTLY/light";
    assert_eq!(mina(&node).put(path, &json!({"active": true})).await.0, 200);
    run_as(&mina(&node), "NIGHTLY", "robot").await;
    let import = "/projects/CHURN/bundles/imported/actions/importFromStream";
    let other = BundleBuilder::new("CHURN", "v2").scenario(BundleScenario::new("OTHER"));
    mina(&node).upload(import, &other).await;
    mina(&node).go_live("CHURN", "v2").await;
    assert!(!node.project("CHURN").unwrap().scenarios.contains_key("NIGHTLY"));
    mina(&node).go_live("CHURN", "v1").await;
    let nightly = &node.project("CHURN").unwrap().scenarios["NIGHTLY"];
    assert_eq!((nightly.active, nightly.run_as_user.as_deref()), (true, Some("robot")));
}

#[tokio::test]
async fn local_scenarios_survive_unless_a_bundle_brings_their_id() {
    // R-A7
    let node = node().await;
    mina(&node).create(&bundle("v1")).await;
    for id in ["LOCAL", "NIGHTLY"] {
        let made = json!({"id": id, "name": "Made here", "type": "step_based", "active": true});
        assert_eq!(mina(&node).post("/projects/CHURN/scenarios/", &made).await.0, 200);
    }
    mina(&node).go_live("CHURN", "v1").await;
    let scenarios = node.project("CHURN").unwrap().scenarios;
    assert!(scenarios["LOCAL"].active && !scenarios["LOCAL"].from_bundle);
    assert!(!scenarios["NIGHTLY"].active && scenarios["NIGHTLY"].from_bundle);
}

#[tokio::test]
async fn the_light_form_changes_few_fields() {
    // wire-facts 3.8
    let node = live().await;
    let path = "/projects/CHURN/scenarios/NIGHTLY/light";
    let (_, reported) =
        mina(&node).put(path, &json!({"shortDesc": "d", "runAsUser": "robot"})).await;
    assert_eq!(reported["shortDesc"], "d");
    let (_, definition) = mina(&node).get("/projects/CHURN/scenarios/NIGHTLY").await;
    assert_eq!(definition["runAsUser"], json!(null));
}

#[tokio::test]
async fn a_run_has_no_result_until_it_has_ended() {
    let node = live().await;
    let path = "/projects/CHURN/scenarios/NIGHTLY";
    let (_, fire) = mina(&node).post(&format!("{path}/run"), &json!({})).await;
    let poll = format!(
        "{path}/get-run-for-trigger?triggerId=manual&triggerRunId={}",
        fire["runId"].as_str().unwrap()
    );
    let finished = format!("{path}/get-last-runs?limit=1&onlyFinishedRuns=true");
    assert_eq!(mina(&node).get(&finished).await.1, json!([]));
    let (_, first) = mina(&node).get(&poll).await;
    assert_eq!(
        (first["scenarioRun"].get("result"), &first["scenarioRun"]["end"]),
        (None, &json!(0))
    );
    let (_, second) = mina(&node).get(&poll).await;
    assert_eq!(second["scenarioRun"]["result"]["outcome"], "SUCCESS");
    assert_eq!(mina(&node).get(&finished).await.1[0]["result"]["outcome"], "SUCCESS");
}

#[tokio::test]
async fn a_run_ends_as_the_test_says() {
    let node = live().await;
    for (wanted, word) in [(Outcome::Warning, "WARNING"), (Outcome::Failed, "FAILED")] {
        node.set_scenario_outcome("CHURN", "NIGHTLY", wanted);
        assert_eq!(outcome(&mina(&node), "NIGHTLY").await["outcome"], word);
    }
    assert_eq!(node.project("CHURN").unwrap().scenarios["NIGHTLY"].runs, 2);
}

#[tokio::test]
async fn a_run_as_somebody_who_may_not_log_in_fails() {
    // R-S9
    let node = live().await;
    for login in ["ghost", "gone"] {
        run_as(&mina(&node), "NIGHTLY", login).await;
        let result = outcome(&mina(&node), "NIGHTLY").await;
        assert_eq!(result["outcome"], "FAILED");
        assert!(result["thrown"]["message"].as_str().unwrap().contains(login));
    }
}

#[tokio::test]
async fn who_may_only_run_scenarios_runs_those_with_a_run_as_user() {
    // wire-facts 7.1
    let node = live().await;
    let wanted = json!({"owner": "mina", "permissions": [{"user": "robot", "runScenarios": true}]});
    mina(&node).put("/projects/CHURN/permissions", &wanted).await;
    let run = "/projects/CHURN/scenarios/NIGHTLY/run";
    let robot = admin(&node).acting_as("robot");
    assert_eq!(robot.post(run, &json!({})).await.0, 403);
    run_as(&mina(&node), "NIGHTLY", "mina").await;
    assert_eq!(robot.post(run, &json!({})).await.0, 200);
}

#[tokio::test]
async fn a_scenario_without_an_id_gets_one_after_its_name() {
    // The official client never sends an id.
    let node = live().await;
    let path = "/projects/CHURN/scenarios/";
    for (name, id) in [("Nightly", "NIGHTLY_2"), ("Every hour", "EVERY_HOUR")] {
        let (_, made) = mina(&node).post(path, &json!({"name": name, "type": "step_based"})).await;
        assert_eq!(made, json!({"id": id}), "{name}");
    }
    assert_eq!(mina(&node).post(path, &json!({"type": "step_based"})).await.0, 400);
    assert_eq!(mina(&node).post(path, &json!({"id": "NIGHTLY"})).await.0, 400, "it is taken");
}
