//! A5: rotations of admin keys over HTTP, and what they left on the nodes.

use project_deployer::Clock as _;
use project_deployer::core::rights::InfraRight;
use project_deployer_client::{Failure, Operation};
use serde_json::{Value, json};

use crate::document::document;
use crate::installation::{Installation, parsed};
use crate::tasks::ended;

const ROTATIONS: &str = "/infrastructures/prod/key-rotations";

async fn listed(it: &Installation) -> Value {
    let answer = it.get(ROTATIONS, &it.key).await;
    document().allows("listKeyRotations", &answer);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(!answer.text().contains("canary-4711"), "R13: {}", answer.text());
    assert_eq!(answer.json()["unreadable"], json!([]));
    answer.json()["items"].clone()
}

#[tokio::test]
async fn the_last_rotation_is_listed_as_its_task_reported_it() {
    let it = Installation::new().await;
    assert_eq!(listed(&it).await, json!([]));
    let path = "/infrastructures/prod/rotate-key";
    let started = it.send("POST", path, &it.key, &[], Value::Null).await;
    assert_eq!(started.status, 202, "{}", started.text());
    let task = format!("/tasks/{}", started.json()["id"].as_str().unwrap());
    let task = ended(&it, &task, &it.key).await;
    let (reported, found) = (&task["result"]["nodes"][0], listed(&it).await[0].clone());
    for field in
        ["node", "rotation", "requester", "end", "ended", "step", "oldKey", "newKey", "reason"]
    {
        assert_eq!(reported[field], found[field], "{field}: {task}");
    }
    assert_eq!((&found["end"], &found["newKey"]), (&json!("rotated"), &json!("made-1")));
    assert_eq!((&found["requester"], &found["orphans"]), (&json!("admin"), &json!([])));
    assert_eq!(found["ended"], it.clock.now().as_millis());
}

#[tokio::test(start_paused = true)]
async fn keys_that_the_node_did_not_delete_are_named() {
    let it = Installation::new().await;
    // The answer to the first call is lost, and the key that it made cannot be deleted.
    it.node.fail_next(Operation::CreateGlobalKey, Failure::NoReply);
    it.node.keep_global_key("made-1", true);
    let done = it.admin().rotate_node_keys(&parsed("prod")).await.unwrap();
    assert!(!done.is_done(), "{done:?}");
    let found = listed(&it).await[0].clone();
    assert_eq!((&found["end"], &found["orphans"]), (&json!("failed"), &json!(["made-1"])));
    let reason = found["reason"].as_str().unwrap();
    assert!(reason.contains("delete them there"), "{reason}");
}

#[tokio::test]
async fn rotations_are_for_administrators_of_the_infrastructure() {
    // R-P5
    for (right, status) in
        [(None, 404), (Some(InfraRight::Deploy), 403), (Some(InfraRight::Admin), 200)]
    {
        let it = Installation::new().await;
        let zoe = it.user("zoe", "askers").await;
        it.grant(right, None).await;
        let answer = it.get(ROTATIONS, &zoe).await;
        document().allows("listKeyRotations", &answer);
        assert_eq!(answer.status, status, "{right:?}: {}", answer.text());
    }
}
