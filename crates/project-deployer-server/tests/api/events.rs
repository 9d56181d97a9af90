//! Live events.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures::StreamExt as _;
use project_deployer::core::rights::{InfraRight, ProjectRight};
use project_deployer::prelude::*;
use project_deployer::store::Store as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::installation::{Installation, parsed, request};

/// A stream of events, as a client reads it.
pub(crate) struct Events {
    body: axum::body::BodyDataStream,
    text: String,
    /// The id of the last event.
    pub(crate) last: String,
}

impl Events {
    pub(crate) async fn open(
        installation: &Installation,
        key: &str,
        path: &str,
        last: Option<&str>,
    ) -> Self {
        let headers: Vec<_> = last.iter().map(|last| ("last-event-id", *last)).collect();
        Self::of(installation, request("GET", path, key, &headers, Value::Null), last).await
    }

    pub(crate) async fn of(
        installation: &Installation,
        request: Request<Body>,
        last: Option<&str>,
    ) -> Self {
        let response = installation.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let body = Body::into_data_stream(response.into_body());
        Self { body, text: String::new(), last: last.unwrap_or_default().to_owned() }
    }

    /// The next event: its kind and its data. Messages without data only move the id.
    pub(crate) async fn next(&mut self) -> (String, Value) {
        loop {
            if let Some((message, rest)) = self.text.split_once("\n\n") {
                let (message, rest) = (message.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| {
                    let mut lines = message.lines();
                    lines
                        .find_map(|line| line.strip_prefix(name))
                        .map(|text| text.trim().to_owned())
                };
                if let Some(id) = field("id:") {
                    self.last = id;
                }
                if let Some(data) = field("data:") {
                    let kind = field("event:").unwrap_or_default();
                    return (kind, serde_json::from_str(&data).unwrap());
                }
                continue;
            }
            let piece = self.body.next().await.unwrap().unwrap();
            self.text.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }

    /// Reads until the stream ends, and returns what it said.
    pub(crate) async fn end(mut self) -> String {
        while let Some(piece) = self.body.next().await {
            self.text.push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
        }
        self.text
    }

    /// The next change of one object, as `kind id` with a mark if it is gone.
    pub(crate) async fn change(&mut self) -> String {
        let (kind, data) = self.next().await;
        assert_eq!(kind, "change", "{data}");
        let changes = data["changes"].as_array().unwrap().iter();
        let shown = changes.map(|change| {
            let id = change["id"].as_str().unwrap_or_default();
            let gone = if change["deleted"] == true { " gone" } else { "" };
            format!("{} {id}{gone}", change["kind"].as_str().unwrap())
        });
        shown.collect::<Vec<_>>().join(", ")
    }
}

pub(crate) async fn describe(installation: &Installation, name: &str) {
    let mut settings = installation.admin().project_settings(&parsed("CHURN")).await.unwrap();
    settings.name = name.to_owned();
    installation.admin().save_project_settings(&settings).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_change_arrives_and_a_resume_neither_loses_nor_doubles_one() {
    let installation = Installation::new().await;
    let mut events = Events::open(&installation, &installation.key, "/events", None).await;
    describe(&installation, "first").await;
    assert_eq!(events.change().await, "project CHURN");
    let last = events.last.clone();
    drop(events);
    describe(&installation, "while nobody listens").await;
    installation.admin().create_project(&parsed("OTHER")).await.unwrap();
    let mut events = Events::open(&installation, &installation.key, "/events", Some(&last)).await;
    assert_eq!(events.change().await, "project CHURN");
    assert_eq!(events.change().await, "project OTHER");
    installation.admin().create_project(&parsed("LAST")).await.unwrap();
    assert_eq!(events.change().await, "project LAST");
}

#[tokio::test(start_paused = true)]
async fn an_update_shows_when_it_begins_and_ends() {
    let installation = Installation::new().await;
    let mut events = Events::open(&installation, &installation.key, "/events", None).await;
    let started = installation.admin().start_update(&parsed("churn-prod")).await.unwrap();
    installation.admin().wait(&started).await.unwrap();
    let mut seen = Vec::new();
    loop {
        let (_, data) = events.next().await;
        for change in data["changes"].as_array().unwrap() {
            if change["kind"] == "update" {
                seen.push(change["status"].as_str().unwrap().to_owned());
            }
        }
        if seen.last().is_some_and(|status| status != "RUNNING") {
            break;
        }
    }
    // A reader that is slower than the update sees its end only.
    assert_eq!(seen.last().unwrap(), "FAILED", "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn each_of_two_updates_ends_with_an_event_however_late_somebody_looks() {
    let installation = Installation::new().await;
    let mut events = Events::open(&installation, &installation.key, "/events", None).await;
    describe(&installation, "first").await;
    events.change().await;
    let last = events.last.clone();
    drop(events);
    let (admin, mut expected) = (installation.admin(), Vec::new());
    for _ in 0..2 {
        let started = admin.start_update(&parsed("churn-prod")).await.unwrap();
        expected.push(admin.wait(&started).await.unwrap().start_timestamp.as_millis());
    }
    describe(&installation, "last").await;
    let mut events = Events::open(&installation, &installation.key, "/events", Some(&last)).await;
    let mut ended = Vec::new();
    'all: loop {
        let (_, data) = events.next().await;
        for change in data["changes"].as_array().unwrap() {
            if change["kind"] == "update" {
                assert_ne!(change["status"], "RUNNING", "{change}");
                ended.push(change["start"].as_i64().unwrap());
            }
            if change["kind"] == "project" {
                break 'all;
            }
        }
    }
    assert_eq!(ended, expected);
}

#[tokio::test(start_paused = true)]
async fn a_caller_gets_the_changes_of_what_it_may_see() {
    // R-P2
    let installation = Installation::new().await;
    let key = installation.user("zoe", "askers").await;
    let mut events = Events::open(&installation, &key, "/events", None).await;
    describe(&installation, "hidden").await;
    installation.admin().create_project(&parsed("OTHER")).await.unwrap();
    // The right to see it makes it appear.
    installation.grant(Some(InfraRight::View), Some(ProjectRight::Read)).await;
    assert_eq!(events.change().await, "infrastructure prod");
    assert_eq!(events.change().await, "project CHURN");
    describe(&installation, "seen").await;
    assert_eq!(events.change().await, "project CHURN");
    // A deployment that is deleted, and a right that is taken away.
    installation.admin().delete_deployment(&parsed("churn-prod")).await.unwrap();
    assert_eq!(events.change().await, "deployment churn-prod gone");
    let mut settings = installation.admin().project_settings(&parsed("CHURN")).await.unwrap();
    settings.permissions.clear();
    installation.admin().save_project_settings(&settings).await.unwrap();
    assert_eq!(events.change().await, "project CHURN gone");
    installation.admin().delete_project(&parsed("CHURN")).await.unwrap();
    let mut prod = installation.admin().infra_settings(&parsed("prod")).await.unwrap();
    prod.permissions.clear();
    installation.admin().save_infra_settings(&prod).await.unwrap();
    assert_eq!(events.change().await, "infrastructure prod gone");
}

#[tokio::test(start_paused = true)]
async fn other_rights_of_the_caller_mean_to_read_everything_again() {
    let installation = Installation::new().await;
    let key = installation.user("zoe", "askers").await;
    let mut events = Events::open(&installation, &key, "/events", None).await;
    installation.user("zoe", "others").await;
    let (kind, _) = events.next().await;
    assert_eq!(kind, "reset");
    assert!(!events.last.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_point_that_was_compacted_away_means_to_read_everything_again() {
    let installation = Installation::new().await;
    describe(&installation, "later").await;
    let now = installation.deployer.revision().await.unwrap();
    installation.store.compact(now).await.unwrap();
    // One that is gone, and one that is not there yet: the store is an older state of itself.
    for (last, project) in [("1", "ONE"), ("1000000", "TWO")] {
        let mut events =
            Events::open(&installation, &installation.key, "/events", Some(last)).await;
        assert_eq!(events.next().await.0, "reset", "{last}");
        let now = installation.deployer.revision().await.unwrap();
        assert_eq!(events.last, now.to_string(), "{last}");
        installation.admin().create_project(&parsed(project)).await.unwrap();
        assert_eq!(events.change().await, format!("project {project}"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_stream_of_an_update_has_its_whole_log_and_its_end() {
    let installation = Installation::new().await;
    let started = installation.admin().start_update(&parsed("churn-prod")).await.unwrap();
    let path = format!("/deployments/churn-prod/updates/{}/events", started.start_time);
    let mut events = Events::open(&installation, &installation.key, &path, None).await;
    let mut lines = Vec::new();
    let end = loop {
        let (kind, data) = events.next().await;
        match kind.as_str() {
            "log" => lines.extend(data["lines"].as_array().unwrap().clone()),
            "end" => break data,
            other => panic!("{other}"),
        }
    };
    assert_eq!(end["status"], "FAILED", "{end}");
    let steps = end["nodes"][0]["steps"].as_array().unwrap();
    assert_eq!(steps[0]["step"], "inspect", "{end}");
    let log = installation.get(&path.replace("/events", "/log"), &installation.key).await.json();
    assert_eq!(log["lines"], json!(lines));
    assert_eq!(log["ended"], true);
    // From a point on, there is only the rest.
    let last = log["next"].to_string();
    let mut events = Events::open(&installation, &installation.key, &path, Some(&last)).await;
    assert_eq!(events.next().await.0, "end");
}
