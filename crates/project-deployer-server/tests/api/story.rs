//! A release from the first infrastructure to a rollback, by the API alone.

use axum::body::Body;
use serde_json::{Value, json};

use crate::document::document;
use crate::installation::{Answer, Installation, NODE, bundle, request};
use project_deployer_server::FrontendOptions;

struct Story(Installation);

impl Story {
    async fn ask(&self, id: &str, method: &str, path: &str, body: Value) -> Answer {
        let answer = self.0.send(method, path, &self.0.key, &[], body).await;
        document().allows(id, &answer);
        assert!(answer.status.is_success(), "{id}: {}", answer.text());
        answer
    }

    async fn upload(&self, id: &str) {
        let headers = [("content-type", "application/zip")];
        let mut request = request("POST", "/bundles", &self.0.key, &headers, Value::Null);
        // In pieces of unknown length.
        let pieces: Vec<_> =
            bundle(id).chunks(100).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
        *request.body_mut() = Body::from_stream(futures::stream::iter(pieces));
        let answer = self.0.ask(request).await;
        assert_eq!(answer.status.as_u16(), 204, "{}", answer.text());
    }

    /// Updates the deployment, and returns the update when it has ended.
    async fn update(&self, body: Value) -> Value {
        let path = "/deployments/churn-prod/updates";
        let started = self.ask("startUpdate", "POST", path, body).await.json();
        let task = serde_json::from_value(json!({"jobId": started["task"]})).unwrap();
        self.0.admin().wait(&task).await.unwrap();
        let path = format!("{path}/{}", started["start"]);
        self.ask("getUpdate", "GET", &path, Value::Null).await.json()
    }
}

#[tokio::test]
async fn a_release_and_its_rollback() {
    let story = Story(Installation::empty(FrontendOptions::default()).await);
    let infra = json!({"id": "prod", "stage": "Production", "type": "AUTOMATION_NODE",
        "automationNodeUrl": NODE, "adminApiKey": "key-of-the-node"});
    let created = story.ask("createInfrastructure", "POST", "/infrastructures", infra).await;
    assert_eq!(created.header("location"), "infrastructures/prod");
    story.upload("v1").await;
    story.upload("v2").await;
    let bundles = story.ask("listBundles", "GET", "/projects/CHURN/bundles", Value::Null).await;
    assert_eq!(bundles.json()["items"].as_array().unwrap().len(), 2);
    let archive = "/projects/CHURN/bundles/v1/archive";
    let archive = story.ask("downloadBundle", "GET", archive, Value::Null).await;
    assert!(archive.body == bundle("v1"));
    let new =
        json!({"id": "churn-prod", "project": "CHURN", "infrastructure": "prod", "bundle": "v2"});
    story.ask("createDeployment", "POST", "/deployments", new).await;
    let readiness = "/infrastructures/prod/readiness";
    let readiness = story.ask("checkReadiness", "GET", readiness, Value::Null).await.json();
    assert!(readiness["findings"].is_array(), "{readiness}");
    // The node of this test reads no bundles, so the update fails; that it is shown is what counts.
    let first = story.update(json!({})).await;
    assert_eq!((&first["bundle"], &first["status"]), (&json!("v2"), &json!("FAILED")), "{first}");
    assert!(first["reason"].is_string(), "{first}");
    let second = story.update(json!({"bundle": "v1"})).await;
    assert_eq!(second["bundle"], "v1", "{second}");
    let deployment =
        story.ask("getDeployment", "GET", "/deployments/churn-prod", Value::Null).await;
    assert_eq!(deployment.json()["bundle"], "v1");
    let path = "/deployments/churn-prod/updates";
    let updates = story.ask("listUpdates", "GET", path, Value::Null).await.json();
    let of: Vec<_> =
        updates["items"].as_array().unwrap().iter().map(|one| &one["bundle"]).collect();
    assert_eq!(of, [&json!("v1"), &json!("v2")], "{updates}");
    let history =
        story.ask("listHistory", "GET", "/updates?status=FAILED", Value::Null).await.json();
    assert_eq!(history["items"].as_array().unwrap().len(), 2, "{history}");
    let board = story.ask("getBoard", "GET", "/board", Value::Null).await.json();
    assert_eq!(board["stages"][2]["deployments"][0]["id"], "churn-prod", "{board}");
    let explained = "/explain?operation=updateDeployment&deployment=churn-prod";
    let explained = story.ask("explainRight", "GET", explained, Value::Null).await.json();
    assert_eq!(
        (&explained["allowed"], &explained["sides"][0]["rule"]),
        (&json!(true), &json!("global-administrator")),
        "{explained}"
    );
}

#[tokio::test]
async fn parity_is_a_task_with_progress_and_a_table() {
    let story = Story(Installation::new().await);
    let started = story
        .ask("checkInfrastructureParity", "POST", "/infrastructures/prod/parity", Value::Null)
        .await;
    assert_eq!(started.status.as_u16(), 202);
    assert!(started.header("location").starts_with("../../tasks/"));
    let id = started.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/tasks/{id}");
    let task = loop {
        let task = story.ask("getTask", "GET", &path, Value::Null).await.json();
        if task["state"] != "running" {
            break task;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(task["state"], "done", "{task}");
    assert_eq!(task["progress"]["done"], task["progress"]["of"], "{task}");
    assert_eq!(task["result"]["locations"], json!(["Deployer", "prod"]), "{task}");
    assert!(task["result"]["logins"].is_array(), "{task}");
    // A task is for who started it.
    let zoe = story.0.user("zoe", "askers").await;
    assert_eq!(story.0.get(&path, &zoe).await.code(), "task-unknown");
    let own = story.0.get("/tasks", &zoe).await.json();
    assert_eq!(own["items"], json!([]));
}
