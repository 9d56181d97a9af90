//! Waiting for the end of an update (wire-facts 1.9).

use std::time::Duration;

use axum::Router;
use project_deployer_client::prelude::*;
use project_deployer_client::{DeployerError, NodeErrorKind};
use project_deployer_core::node::FutureState;
use serde_json::json;

use crate::samples::{deployment_id, done, running};
use crate::server::{Server, answer, json_answer, refusal};

const LONG: Duration = Duration::from_secs(60);

async fn started(server: &Server) -> FutureState {
    server.deployer().start_update(&deployment_id()).await.unwrap()
}

fn kind(error: DeployerError) -> NodeErrorKind {
    match error {
        DeployerError::Node(error) => error.kind,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_result_that_is_there_at_once_is_never_polled() {
    let server = Server::json(json!({"hasResult": true, "jobId": null, "result": 7})).await;
    let state = started(&server).await;
    assert_eq!(server.deployer().wait_for(state, LONG).await.unwrap(), json!(7));
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn one_look_that_failed_says_nothing_about_the_task() {
    let server = Server::with([
        json_answer(200, &running()),
        json_answer(200, &running()),
        answer(502, "<html>gateway</html>"),
        json_answer(200, &done()),
    ])
    .await;
    let state = started(&server).await;
    let result = server.deployer().wait_for(state, LONG).await.unwrap();
    assert_eq!(result, json!({"messages": []}));
    assert_eq!(server.lines().len(), 4);
}

#[tokio::test]
async fn a_task_that_failed_answers_its_poll_with_the_error() {
    let server = Server::with([
        json_answer(200, &running()),
        refusal(400, "IllegalStateException", "the bundle is not accepted"),
    ])
    .await;
    let state = started(&server).await;
    let failed = kind(server.deployer().wait_for(state, LONG).await.unwrap_err());
    assert!(matches!(failed, NodeErrorKind::Refused { message, .. } if message.contains("bundle")));
}

#[tokio::test]
async fn ends_without_a_result_are_ends() {
    // wire-facts 1.9: other clients spin forever.
    let aborted = json!({"jobId": "f", "alive": false, "hasResult": true, "aborted": true});
    let lost = json!({"jobId": "f", "alive": false});
    for (state, expected) in [(aborted, NodeErrorKind::Aborted), (lost, NodeErrorKind::Lost)] {
        let server = Server::with([json_answer(200, &running()), json_answer(200, &state)]).await;
        let state = started(&server).await;
        assert_eq!(kind(server.deployer().wait_for(state, LONG).await.unwrap_err()), expected);
    }
}

#[tokio::test]
async fn a_task_that_is_forgotten_while_waiting_is_lost_and_else_not_found() {
    let gone = || refusal(400, "IllegalArgumentException", "No future by that id");
    let server = Server::with([json_answer(200, &running()), gone(), gone()]).await;
    let state = started(&server).await;
    let deployer = server.deployer();
    assert_eq!(kind(deployer.wait_for(state, LONG).await.unwrap_err()), NodeErrorKind::Lost);
    let error = deployer.future("fut_7Hq2").await.unwrap_err();
    assert!(matches!(error, DeployerError::NotFound(named) if named.id() == "fut_7Hq2"));
}

#[tokio::test]
async fn waiting_ends_at_its_deadline_even_when_nobody_answers() {
    let state = serde_json::from_value(running()).unwrap();
    let server = Server::routing(Router::new().fallback(std::future::pending::<()>)).await;
    let within = Duration::from_millis(20);
    let error = server.deployer().wait_for(state, within).await.unwrap_err();
    assert_eq!(kind(error), NodeErrorKind::TimedOut(within));
}

#[tokio::test]
async fn a_failed_task_may_be_that_something_else_is_not_found() {
    let server =
        Server::with([refusal(404, "NotFoundException", "Connection not found: sql")]).await;
    let failed = kind(server.deployer().future("fut_7Hq2").await.unwrap_err());
    assert_eq!(failed, NodeErrorKind::NotFound("Connection not found: sql".to_owned()));
}
