use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::dev_service::{DevService, NO_ANSWER, ok};
use crate::error::NodeErrorKind;
use crate::fleet::{FleetError, InstanceId};

/// A provisioning whose polls are answered one after the other; the last answer stays.
async fn provisioning(polls: Vec<(u16, Value)>) -> DevService {
    let count = AtomicUsize::new(0);
    DevService::answering(move |asked| {
        if asked.line.ends_with("/actions/reprovision") {
            return ok(&json!({"jobId": "fut_1", "hasResult": false, "alive": true}));
        }
        let number = count.fetch_add(1, Ordering::SeqCst).min(polls.len() - 1);
        (polls[number].0, polls[number].1.to_string())
    })
    .await
}

async fn provision(service: &DevService) -> Result<Value, FleetError> {
    let fleet = service.fleet();
    let task = fleet.provision(&InstanceId::parse("i-1").unwrap()).await.unwrap();
    assert_eq!((task.operation(), task.id()), ("provision instance i-1", Some("fut_1")));
    fleet.wait(task).await
}

async fn failure(polls: Vec<(u16, Value)>) -> NodeErrorKind {
    let error = provision(&provisioning(polls).await).await.unwrap_err();
    assert_eq!(error.operation, "provision instance i-1");
    error.kind
}

fn running() -> (u16, Value) {
    (200, json!({"jobId": "fut_1", "hasResult": false, "alive": true}))
}

#[tokio::test]
async fn a_task_is_polled_until_it_has_ended() {
    // wire-facts 1.9
    let done = json!({"jobId": "fut_1", "hasResult": true, "alive": false, "result": {"a": 1}});
    let service = provisioning(vec![running(), running(), (200, done)]).await;
    assert_eq!(provision(&service).await.unwrap(), json!({"a": 1}));
    let lines = service.lines();
    assert_eq!(lines[0], "GET /instances/i-1/actions/reprovision");
    assert_eq!(&lines[1..], ["GET /futures/fut_1?peek=false"; 3]);
}

#[tokio::test]
async fn a_result_that_is_there_at_once_is_not_polled() {
    let service = DevService::answering(|_| ok(&json!({"hasResult": true, "result": "up"}))).await;
    let fleet = service.fleet();
    let task = fleet.start(&InstanceId::parse("i-1").unwrap()).await.unwrap();
    assert_eq!(fleet.wait(task).await.unwrap(), "up");
    assert_eq!(service.lines(), ["GET /instances/i-1/actions/start"]);
}

#[tokio::test]
async fn a_look_that_fails_in_a_way_that_may_pass_says_nothing_about_the_task() {
    let done = (200, json!({"hasResult": true, "result": null}));
    let service = provisioning(vec![(502, json!({})), (429, json!({})), running(), done]).await;
    assert_eq!(provision(&service).await.unwrap(), Value::Null);
}

#[tokio::test]
async fn each_end_without_success_is_an_error_of_its_own() {
    // R6
    let failed = json!({"errorType": "CloudException", "message": "no capacity"});
    assert_eq!(
        failure(vec![(500, failed)]).await,
        NodeErrorKind::Failed { status: 500, message: "no capacity".to_owned() }
    );
    let aborted = json!({"jobId": "fut_1", "hasResult": true, "aborted": true});
    assert_eq!(failure(vec![(200, aborted)]).await, NodeErrorKind::Aborted);
    let gone = json!({"jobId": "fut_1", "hasResult": false, "alive": false, "unknown": true});
    assert_eq!(failure(vec![(200, gone)]).await, NodeErrorKind::Lost);
    let forgotten =
        json!({"errorType": "IllegalArgumentException", "message": "No future by that id"});
    assert_eq!(failure(vec![(400, forgotten)]).await, NodeErrorKind::Lost);
    let fatal = json!({"messages": [{"severity": "ERROR", "isFatal": true, "code": "ERR_FM"}]});
    let fatal = json!({"hasResult": true, "result": fatal});
    assert!(matches!(failure(vec![(200, fatal)]).await, NodeErrorKind::Reported(_)));
}

#[tokio::test]
async fn a_task_that_never_ends_ends_at_its_deadline() {
    // R6
    let limit = Duration::from_millis(50);
    for last in [running(), (503, json!({})), (NO_ANSWER, Value::Null)] {
        let service = provisioning(vec![last]).await;
        let task = service.fleet().provision(&InstanceId::parse("i-1").unwrap()).await.unwrap();
        let error = service.impatient_fleet(limit).wait(task).await.unwrap_err();
        assert_eq!(error.kind, NodeErrorKind::TimedOut(limit));
        assert_eq!(error.operation, "provision instance i-1");
    }
}

#[tokio::test]
async fn a_call_without_an_answer_ends_at_its_deadline() {
    // R6
    let limit = Duration::from_millis(50);
    let service = DevService::answering(|_| (NO_ANSWER, String::new())).await;
    let error = service.impatient_fleet(limit).instances().await.unwrap_err();
    assert_eq!(error.kind, NodeErrorKind::TimedOut(limit));
}
