use project_deployer_testkit::{BundleBuilder, BundleScenario, MockNode, Outcome};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, admin};

const NIGHTLY: &str = "/projects/P/scenarios/NIGHTLY";

fn bundle(id: &str) -> BundleBuilder {
    let test = |id: &str| BundleScenario::new(id).marked_as_test();
    BundleBuilder::new("P", id)
        .scenario(BundleScenario::new("NIGHTLY"))
        .scenario(test("T1"))
        .scenario(test("T<2>"))
}

/// A node where `v1` is active, and where a run takes so many looks.
async fn live(polls: u32) -> MockNode {
    let node = MockNode::builder("auto").task_polls(polls).start().await;
    admin(&node).create(&bundle("v1")).await;
    admin(&node).go_live("P", "v1").await;
    node
}

async fn run(client: &Client, id: &str) -> Value {
    let (status, fire) = client.post(&format!("/projects/P/scenarios/{id}/run"), &json!({})).await;
    assert_eq!(status, 200, "{fire}");
    fire
}

async fn text(client: &Client, path: &str) -> String {
    client.request(Method::GET, path).send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn an_aborted_scenario_has_ended_as_such() {
    // wire-facts 3.8
    let node = live(5).await;
    run(&admin(&node), "NIGHTLY").await;
    assert_eq!(admin(&node).get(&format!("{NIGHTLY}/light")).await.1["running"], true);
    assert_eq!(admin(&node).post(&format!("{NIGHTLY}/abort"), &json!({})).await.0, 200);
    let (_, runs) = admin(&node).get(&format!("{NIGHTLY}/get-last-runs")).await;
    assert_eq!(runs[0]["result"]["outcome"], "ABORTED");
    assert_eq!(admin(&node).get(&format!("{NIGHTLY}/light")).await.1["running"], false);
}

#[tokio::test]
async fn what_runs_is_among_the_futures_that_are_scenarios() {
    // wire-facts 1.9
    let node = live(5).await;
    run(&admin(&node), "NIGHTLY").await;
    let query = "/futures/?withScenarios=True&withNotScenarios=False";
    let (_, listed) = admin(&node).get(query).await;
    assert_eq!(listed[0]["payload"]["scenarioId"], "NIGHTLY");
    assert_eq!(admin(&node).get("/futures/").await.1, json!([]));
}

#[tokio::test]
async fn the_code_of_a_scenario_is_read_and_written() {
    let node = live(0).await;
    let payload = format!("{NIGHTLY}/payload");
    assert_eq!(admin(&node).put(&payload, &json!({"script": "print(1)"})).await.0, 200);
    let request = admin(&node).request(Method::GET, &payload);
    let answer = request.body(r#"{"extension": "py"}"#).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), r#"{"script":"print(1)"}"#);
    assert_eq!(admin(&node).put(&payload, &json!({})).await.0, 400);
}

#[tokio::test]
async fn a_run_is_found_by_its_id_its_trigger_and_its_day() {
    let node = live(0).await;
    let fire = run(&admin(&node), "NIGHTLY").await;
    let (run, trigger) = (fire["runId"].as_str().unwrap(), fire["trigger"]["id"].as_str().unwrap());
    let (_, details) = admin(&node).get(&format!("{NIGHTLY}/{run}/")).await;
    assert_eq!((&details["scenarioRun"]["runId"], &details["stepRuns"]), (&json!(run), &json!([])));
    let by_trigger = format!("/projects/P/scenarios/trigger/NIGHTLY/{trigger}?triggerRunId={run}");
    assert_eq!(admin(&node).get(&by_trigger).await.1, fire);
    assert!(text(&admin(&node), &format!("{NIGHTLY}/{run}/log")).await.contains("SUCCESS"));
    // The clock of a mock node begins with 2026.
    for (from, to, found) in [
        ("2026-01-01", "2026-01-02", 1),
        ("2025-12-31", "2026-01-01", 0),
        ("2026-01-02", "2026-01-03", 0),
    ] {
        let query = format!("{NIGHTLY}/get-runs-by-date?fromDate={from}&toDate={to}");
        let (_, runs) = admin(&node).get(&query).await;
        assert_eq!(runs.as_array().unwrap().len(), found, "{from} {to}");
    }
    assert_eq!(admin(&node).get(&format!("{NIGHTLY}/none")).await.0, 404);
    let malformed = format!("{NIGHTLY}/get-runs-by-date?fromDate=today&toDate=2026-01-02");
    assert_eq!(admin(&node).get(&malformed).await.0, 400);
}

#[tokio::test]
async fn testing_status_counts_the_last_run_of_each_test_scenario() {
    // wire-facts 2.12, 3.8
    let node = live(0).await;
    node.set_scenario_outcome("P", "T<2>", Outcome::Failed);
    for id in ["T1", "T%3C2%3E", "NIGHTLY"] {
        run(&admin(&node), id).await;
    }
    let status = "/projects/P/scenarios/testing-status";
    let failed =
        json!({"nbTotalRanScenarios": 2, "nbScenariosPerOutcome": {"SUCCESS": 1, "FAILED": 1}});
    assert_eq!(admin(&node).get(status).await.1, failed);
    let junit = "/projects/P/scenarios/last-test-scenario-runs-report";
    let report = text(&admin(&node), junit).await;
    assert!(
        report.contains("tests=\"2\" failures=\"1\"") && report.contains("T&lt;2&gt;"),
        "{report}"
    );
    let html = "/projects/P/scenarios/last-test-scenario-runs-html-report";
    assert!(text(&admin(&node), html).await.contains("<td>T1</td><td>SUCCESS</td>"));

    node.set_scenario_outcome("P", "T<2>", Outcome::Success);
    let import = "/projects/P/bundles/imported/actions/importFromStream";
    assert_eq!(admin(&node).upload(import, &bundle("v2")).await.0, 200);
    admin(&node).go_live("P", "v2").await;
    run(&admin(&node), "T%3C2%3E").await;
    let all = admin(&node).get(status).await.1;
    assert_eq!(all["nbScenariosPerOutcome"], json!({"SUCCESS": 2}));
    let (_, of_v1) = admin(&node).get(&format!("{status}?bundleId=v1")).await;
    assert_eq!(of_v1, failed);
}
