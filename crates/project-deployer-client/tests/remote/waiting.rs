//! Waiting for the end of an update (wire-facts 1.9).

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use project_deployer_client::prelude::*;
use project_deployer_client::{
    DeployerError, Identity, NodeConnector as _, NodeErrorKind, StopOrder,
};
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

/// Activates a bundle on a node that answers with a task, where the order to stop has been given.
async fn activated_under_an_order(server: &Server) -> Result<(), NodeErrorKind> {
    let (stopper, order) = StopOrder::new();
    let connector = server.connector().stopped_by(&order).unwrap();
    let node = connector.connect(&server.settings(), Identity::ApiKey).unwrap();
    stopper.stop();
    let activated = node
        .activate_bundle(&"CHURN".parse().unwrap(), &"v1".parse().unwrap(), &BTreeMap::new())
        .await;
    activated.map(|_| ()).map_err(|error| error.kind)
}

#[tokio::test]
async fn an_order_stops_the_task_on_the_node_and_its_end_is_waited_for() {
    let aborted = json!({"jobId": "fut_7Hq2", "hasResult": true, "aborted": true});
    let cases = [(aborted, Err(NodeErrorKind::Aborted)), (done(), Ok(()))];
    for (end, expected) in cases {
        let server = Server::with([
            json_answer(200, &running()),
            answer(200, ""),
            json_answer(200, &running()),
            json_answer(200, &end),
        ])
        .await;
        assert_eq!(activated_under_an_order(&server).await, expected);
        let lines = server.lines();
        assert_eq!(lines[1], "DELETE /futures/fut_7Hq2", "{lines:?}");
        assert_eq!(lines[2..], ["GET /futures/fut_7Hq2?peek=false"; 2]);
    }
}

#[tokio::test]
async fn the_end_of_a_task_that_cannot_be_stopped_is_waited_for_as_well() {
    let server = Server::with([
        json_answer(200, &running()),
        refusal(403, "UnauthorizedException", "not yours"),
        json_answer(200, &done()),
    ])
    .await;
    assert_eq!(activated_under_an_order(&server).await, Ok(()));
}

#[tokio::test]
async fn a_task_of_a_deployer_is_stopped_or_is_not_there() {
    // wire-facts 1.9
    let server = Server::empty().await;
    server.deployer().abort_future("fut_7Hq2").await.unwrap();
    assert_eq!(server.lines(), ["DELETE /futures/fut_7Hq2"]);
    let gone = refusal(400, "IllegalArgumentException", "No future by that id");
    let server = Server::with([gone]).await;
    let error = server.deployer().abort_future("fut_7Hq2").await.unwrap_err();
    assert!(matches!(&error, DeployerError::NotFound(_)), "{error}");
}
