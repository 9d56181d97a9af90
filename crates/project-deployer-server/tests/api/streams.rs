//! Streams of events: how many there are, and when they end.

use std::time::Duration;

use axum::http::StatusCode;
use futures::FutureExt as _;
use project_deployer::core::rights::{InfraRight, ProjectRight};
use project_deployer::prelude::*;
use project_deployer_client::{Failure, Operation};
use serde_json::Value;
use tokio::time::{Instant, timeout};

use crate::credentials::{FROM_PAGE, me, with_session};
use crate::events::{Events, describe};
use crate::installation::{Installation, parsed, request};

/// A stream ends within seconds, and long before its own end, by the clock of the test.
async fn ends_soon(events: Events, why: &str) -> String {
    let began = Instant::now();
    let said = events.end().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{why}: {:?}", began.elapsed());
    said
}

async fn with_cookie(installation: &Installation, cookie: &str, path: &str) -> Events {
    let request = request("GET", path, "", &[("cookie", cookie)], Value::Null);
    Events::of(installation, request, None).await
}

#[tokio::test(start_paused = true)]
async fn a_login_has_so_many_streams_and_another_one_is_served() {
    let installation = Installation::new().await;
    let zoe = installation.user("zoe", "askers").await;
    let mut open = Vec::new();
    for _ in 0..32 {
        open.push(Events::open(&installation, &zoe, "/events", None).await);
    }
    let refused = installation.get("/events", &zoe).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.text());
    assert_eq!(refused.code(), "too-many-at-once");
    assert!(!refused.header("retry-after").is_empty());
    open.push(Events::open(&installation, &installation.key, "/events", None).await);
    // One that ends makes place for another one.
    open.remove(0);
    open.push(Events::open(&installation, &zoe, "/events", None).await);
    assert_eq!(installation.get("/events", &zoe).await.status, StatusCode::TOO_MANY_REQUESTS);
    // None of them reads, so that none of the streams ends by itself.
    tokio::time::sleep(Duration::from_secs(911)).await;
    Events::open(&installation, &zoe, "/events", None).await;
}

#[tokio::test(start_paused = true)]
async fn a_reader_who_lost_a_right_meanwhile_starts_over() {
    // R-P2
    let installation = Installation::new().await;
    let key = installation.user("zoe", "askers").await;
    installation.grant(None, Some(ProjectRight::Read)).await;
    let mut events = Events::open(&installation, &key, "/events", None).await;
    describe(&installation, "seen").await;
    assert_eq!(events.change().await, "project CHURN");
    let last = events.last.clone();
    drop(events);
    let mut settings = installation.admin().project_settings(&parsed("CHURN")).await.unwrap();
    settings.permissions.clear();
    installation.admin().save_project_settings(&settings).await.unwrap();
    let mut events = Events::open(&installation, &key, "/events", Some(&last)).await;
    assert_eq!(events.next().await.0, "reset");
    installation.grant(None, Some(ProjectRight::Read)).await;
    assert_eq!(events.change().await, "project CHURN");
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_what_opened_it() {
    let installation = Installation::new().await;
    let admin = installation.admin();
    // The user signs out.
    let cookie = with_session(&installation).await;
    let events = with_cookie(&installation, &cookie, "/events").await;
    let headers = [("cookie", cookie.as_str()), FROM_PAGE];
    installation.send("DELETE", "/session", "", &headers, Value::Null).await;
    ends_soon(events, "signed out").await;
    // The password changes.
    let cookie = with_session(&installation).await;
    let events = with_cookie(&installation, &cookie, "/events").await;
    admin.set_password(&parsed("zoe"), "another long password".into()).await.unwrap();
    ends_soon(events, "another password").await;
    // The key is deleted.
    let key = installation.user("zoe", "askers").await;
    let events = Events::open(&installation, &key, "/events", None).await;
    for found in admin.api_keys().await.unwrap().iter().filter(|found| found.label == "test") {
        admin.delete_api_key(&found.id).await.unwrap();
    }
    ends_soon(events, "a key that is gone").await;
    // The user is disabled.
    let key = installation.user("zoe", "askers").await;
    let events = Events::open(&installation, &key, "/events", None).await;
    let zoe = admin.user_settings(&parsed("zoe")).await.unwrap();
    admin.save_user(&zoe.with_enabled(false)).await.unwrap();
    ends_soon(events, "a disabled user").await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_resumes_after_another_password_goes_on() {
    let installation = Installation::new().await;
    let cookie = with_session(&installation).await;
    let mut events = with_cookie(&installation, &cookie, "/events").await;
    installation.user("zoe", "askers").await;
    events.next().await;
    let last = events.last.clone();
    let cookie = with_session(&installation).await;
    assert_eq!(me(&installation, &cookie).await.status, StatusCode::OK);
    let headers = [("cookie", cookie.as_str()), ("last-event-id", last.as_str())];
    let request = request("GET", "/events", "", &headers, Value::Null);
    let mut events = Events::of(&installation, request, Some(&last)).await;
    assert_eq!(events.next().await.0, "reset");
}

#[tokio::test(start_paused = true)]
async fn the_stream_of_an_update_ends_with_what_opened_it() {
    let installation = Installation::new().await;
    let cookie = with_session(&installation).await;
    let zoe = parsed("administrators");
    let user = installation.admin().user_settings(&parsed("zoe")).await.unwrap().in_groups([zoe]);
    installation.admin().save_user(&user).await.unwrap();
    for operation in [Operation::InstanceInfo, Operation::AuthInfo, Operation::Project] {
        installation.node.fail_next(operation, Failure::Stuck);
    }
    let started = installation.admin().start_update(&parsed("churn-prod")).await.unwrap();
    let path = format!("/deployments/churn-prod/updates/{}/events", started.start_time);
    let mut events = with_cookie(&installation, &cookie, &path).await;
    assert_eq!(events.next().await.0, "log");
    let headers = [("cookie", cookie.as_str()), FROM_PAGE];
    installation.send("DELETE", "/session", "", &headers, Value::Null).await;
    ends_soon(events, "signed out").await;
}

#[tokio::test(start_paused = true)]
async fn all_streams_end_when_the_service_stops_and_a_new_one_at_its_begin() {
    let installation = Installation::new().await;
    let key = &installation.key;
    for operation in [Operation::InstanceInfo, Operation::AuthInfo, Operation::Project] {
        installation.node.fail_next(operation, Failure::Stuck);
    }
    let started = installation.admin().start_update(&parsed("churn-prod")).await.unwrap();
    let path = format!("/deployments/churn-prod/updates/{}/events", started.start_time);
    let mut update = Events::open(&installation, key, &path, None).await;
    assert_eq!(update.next().await.0, "log");
    let all = Events::open(&installation, key, "/events", None).await;
    installation.streams.end();
    ends_soon(update, "of an update").await;
    ends_soon(all, "of all changes").await;
    // F19: a page that reconnects later goes on here: it needs an id, and has to know when.
    let now = installation.deployer.revision().await.unwrap();
    let new = Events::open(&installation, key, "/events", None).await;
    let said = ends_soon(new, "a new one").await;
    let id = said.strip_prefix("retry: 1000\n: follows\nid: ").unwrap().trim_end();
    assert!(id.parse::<u64>().unwrap() >= now.0, "{said}");
    let resumed = Events::open(&installation, key, "/events", Some("7")).await;
    let said = ends_soon(resumed, "a resumed one").await;
    assert!(said.ends_with("\nid: 7\n\n"), "{said}");
}

/// How often the project was read on the node.
fn looks(installation: &Installation) -> usize {
    let calls = installation.node.calls();
    calls.iter().filter(|call| call.operation == Operation::Project).count()
}

#[tokio::test]
async fn work_on_nodes_is_bounded_for_a_login_and_ends_with_its_request() {
    let installation = Installation::new().await;
    let zoe = installation.user("zoe", "askers").await;
    installation.grant(Some(InfraRight::View), Some(ProjectRight::Read)).await;
    let started = installation.admin().start_update(&parsed("churn-prod")).await.unwrap();
    installation.admin().wait(&started).await.unwrap();
    for _ in 0..8 {
        installation.node.fail_next(Operation::Project, Failure::Stuck);
    }
    let before = looks(&installation);
    let mut running: Vec<_> = (0..4).map(|_| Box::pin(installation.get("/board", &zoe))).collect();
    // Each of them has its place when its call to the node hangs.
    while looks(&installation) < before + 4 {
        for asked in &mut running {
            assert!(asked.now_or_never().is_none());
        }
        tokio::task::yield_now().await;
    }
    let refused = installation.get("/board", &zoe).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.text());
    assert_eq!(refused.code(), "too-many-at-once");
    let mut other = Box::pin(installation.get("/board", &installation.key));
    while looks(&installation) < before + 5 {
        assert!((&mut other).now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    // Nobody waits for them any more, so that their threads end.
    drop((running, other));
    installation.admin().delete_deployment(&parsed("churn-prod")).await.unwrap();
    loop {
        let answer = installation.get("/board", &zoe).await;
        if answer.status == StatusCode::OK {
            break;
        }
        assert_eq!(answer.code(), "too-many-at-once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_of_an_update_wakes_its_follower_without_a_look() {
    // F19: the clock of the test moves only if everybody waits for it.
    let installation = Installation::new().await;
    let admin = installation.admin();
    let mut settings = admin.infra_settings(&parsed("prod")).await.unwrap();
    settings.hooks.pre.clone_from(&settings.hooks.on_failure);
    admin.save_infra_settings(&settings).await.unwrap();
    installation.gate.close();
    let id = parsed("churn-prod");
    admin.start_update(&id).await.unwrap();
    let start = admin.last_update(&id).await.unwrap().start_timestamp.as_millis();
    let path = format!("/deployments/churn-prod/updates/{start}/events");
    let mut events = Events::open(&installation, &installation.key, &path, None).await;
    let mut next = Box::pin(events.next());
    // What there is until the hook waits; then nothing comes for a while.
    while let Ok((kind, _)) = timeout(Duration::from_secs(2), &mut next).await {
        assert_eq!(kind, "log");
        drop(next);
        next = Box::pin(events.next());
    }
    let opened = Instant::now();
    installation.gate.open();
    assert_eq!(next.await.0, "log");
    assert_eq!(opened.elapsed(), Duration::ZERO, "the follower waited for its next look");
}
