//! Hooks: tried, run by an update, and in the queue.

use project_deployer::prelude::*;
use serde_json::{Value, json};

use crate::installation::{Installation, parsed};

#[tokio::test]
async fn a_hook_is_tried_and_its_outcome_is_shown() {
    // H3, H6
    let it = Installation::new().await;
    let path = "/infrastructures/prod/hook-trials";
    let wanted = json!({"phase": "on-failure", "hook": "gate"});
    let tried = it.send("POST", path, &it.key, &[], wanted).await;
    assert_eq!(tried.status, 200, "{}", tried.text());
    assert_eq!(
        (&tried.json()["status"], &tried.json()["message"]),
        (&json!("SUCCESS"), &json!("open"))
    );
    let wrong = it.send("POST", path, &it.key, &[], json!({"phase": "x", "hook": "gate"})).await;
    assert_eq!(wrong.status, 400, "{}", wrong.text());
    let unknown = json!({"phase": "pre", "hook": "gate"});
    assert_eq!(it.send("POST", path, &it.key, &[], unknown).await.status, 404);
    assert_eq!(it.get("/hook-queue", &it.key).await.json(), json!({"items": []}));
}

#[tokio::test]
async fn the_steps_of_an_update_have_its_hooks() {
    let it = Installation::new().await;
    let found = it.get("/infrastructures/prod/settings", &it.key).await;
    let mut settings: Value = found.json();
    settings["hooks"]["pre"] = json!([{"name": "first", "type": "in-process", "hook": "gate"}]);
    let matched = [("if-match", "*")];
    let saved = it.send("PUT", "/infrastructures/prod/settings", &it.key, &matched, settings).await;
    assert!(saved.status.is_success(), "{}", saved.text());
    let admin = it.admin();
    let id = parsed("churn-prod");
    let task = admin.start_update(&id).await.unwrap();
    let ended = admin.wait(&task).await.unwrap();
    let path = format!("/deployments/churn-prod/updates/{}", ended.start_timestamp.as_millis());
    let details = it.get(&path, &it.key).await.json();
    let hook = &details["hooks"][0];
    assert_eq!((&hook["phase"], &hook["hook"]), (&json!("pre"), &json!("first")), "{details}");
    assert_eq!((&hook["status"], &hook["message"]), (&json!("SUCCESS"), &json!("open")));
}
