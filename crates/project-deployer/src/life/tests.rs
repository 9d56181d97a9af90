use std::time::Duration;

use tokio::time::Instant;

use super::{Life, Phase, caught};

#[tokio::test(start_paused = true)]
async fn a_task_that_began_is_waited_for_and_none_begins_after_it() {
    let life = Life::new();
    let member = life.begin().unwrap();
    life.enter(Phase::Draining);
    assert_eq!(life.begin().unwrap_err().code(), "shutting-down");
    let by = Instant::now() + Duration::from_secs(1);
    assert!(!life.tasks_ended(by).await);
    drop(member);
    assert!(life.tasks_ended(by).await, "a refused task does not count");
}

#[tokio::test(start_paused = true)]
async fn a_phase_is_not_left_backwards() {
    let life = Life::new();
    assert!(life.next_round(Duration::from_secs(1)).await);
    life.enter(Phase::Closed);
    life.enter(Phase::Draining);
    life.reached(Phase::Closed).await;
    assert!(!life.next_round(Duration::ZERO).await);
}

#[test]
fn an_error_is_news_once_until_it_changes_or_is_forgotten() {
    let life = Life::new();
    let news = ["a", "a", "b", "b"].map(|error| life.is_news("update/1", error));
    assert_eq!(news, [true, false, true, false]);
    assert!(life.is_news("update/2", "b"), "another object");
    life.forget_except(|object| object == "update/2");
    assert_eq!(["update/1", "update/2"].map(|it| life.is_news(it, "b")), [true, false]);
    life.is_well("update/2");
    assert_eq!(["update/1", "update/2"].map(|it| life.is_news(it, "b")), [false, true]);
}

#[tokio::test]
async fn a_panic_is_an_error_without_its_message() {
    let error = caught(async { panic!("canary-7c1f") }).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("canary-7c1f"));
    assert_eq!(caught(async { 7 }).await.unwrap(), 7);
}
