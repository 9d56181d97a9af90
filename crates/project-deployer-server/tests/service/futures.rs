//! Long tasks over the service (wire-facts 1.9).

use axum::http::StatusCode;
use project_deployer::core::node::FutureState;
use serde_json::Value;

use crate::installation::Installation;

const UPDATE: &str = "/public/api/project-deployer/deployments/churn-prod/actions/update";

/// An update that has ended, and the path of its task.
async fn ended(installation: &Installation) -> String {
    let started = installation.send("POST", UPDATE, &installation.key, "").await;
    assert_eq!(started.status, StatusCode::OK, "{}", started.text());
    let state: FutureState = serde_json::from_slice(&started.body).unwrap();
    installation.admin().wait(&state).await.unwrap();
    format!("/public/api/futures/{}", state.job_id.unwrap())
}

#[tokio::test]
async fn a_failed_update_is_an_error_at_every_look() {
    let installation = Installation::new().await;
    let path = ended(&installation).await;
    for query in ["?peek=True", "?peek=False", "?peek=False", ""] {
        // The node reads no bundles, so the update fails: a client learns that by the status alone.
        let answer = installation.get(&format!("{path}{query}"), &installation.key).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}: {}", answer.text());
        assert_eq!(answer.json()["code"], "update-failed", "{query}");
    }
}

#[tokio::test]
async fn a_task_that_ended_is_not_listed_and_not_aborted() {
    let installation = Installation::new().await;
    let path = ended(&installation).await;
    for query in ["", "?withScenarios=True&withNotScenarios=False", "?allUsers=True"] {
        let listed =
            installation.get(&format!("/public/api/futures{query}"), &installation.key).await;
        assert_eq!(listed.json(), Value::Array(Vec::new()), "{query}");
    }
    let refused = installation.send("DELETE", &path, &installation.key, "").await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json()["code"], "update-ended", "{}", refused.text());
}

#[tokio::test]
async fn an_unknown_task_is_an_error_so_that_nobody_waits_for_it() {
    // wire-facts 1.7
    let installation = Installation::new().await;
    let hidden = ended(&installation).await;
    let stranger = installation.user("zoe", "askers").await;
    for (path, key) in [("/public/api/futures/none", &installation.key), (&hidden, &stranger)] {
        for method in ["GET", "DELETE"] {
            let answer = installation.send(method, path, key, "").await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{method} {path}");
            assert_eq!(answer.json()["errorType"], "IllegalArgumentException", "{method} {path}");
        }
    }
}
