//! D9, R-I9: settings of watching that cannot be read.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use project_deployer::watch::{
    Check, FindingFilter, FindingKind, IgnoreRequest, WatchRequest, WatchScope,
};
use project_deployer_client::DeployerError;
use project_deployer_store::{Collection, Commit, Expected, Store as _};
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::{dev, run};
use crate::installation::Installation;

async fn write(installation: &Installation, id: &str, body: Value) {
    let commit = Commit::new().put(Collection::new("watch").key(id), Expected::Any, body);
    installation.store.commit(commit).await.unwrap();
}

async fn damage(installation: &Installation, id: &str) {
    write(installation, id, json!({"format": 1, "document": {"scope": id}})).await;
}

/// The errors and warnings of a test.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push_str(&format!("{field}={value:?} "));
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().unwrap().push(text.0);
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

impl Log {
    /// How often it was written that something cannot be read.
    fn unread(&self) -> usize {
        self.0.lock().unwrap().iter().filter(|text| text.contains("cannot be read")).count()
    }
}

#[tokio::test]
async fn a_setting_that_cannot_be_read_is_said_and_can_be_set_again() {
    // R-I9
    let installation = Installation::new().await.with_infras().await;
    let admin = installation.admin();
    admin.set_watch(WatchRequest::new(WatchScope::Everything)).await.unwrap();
    damage(&installation, "infrastructure/dev").await;
    let problems = async || -> Vec<Option<String>> {
        admin.watched().await.unwrap().into_iter().map(|watched| watched.problem).collect()
    };
    let said = problems().await;
    let text = said[0].as_ref().unwrap();
    assert!(
        text.contains("`infrastructure/dev`") && text.contains("for everything counts"),
        "{text}"
    );
    assert_eq!(said[1], None, "another infrastructure has nothing to do with it");
    damage(&installation, "everything").await;
    let said = problems().await;
    assert!(said[1].as_ref().unwrap().contains("nothing is watched by it"), "{said:?}");
    for scope in [WatchScope::Everything, WatchScope::Infra(dev())] {
        admin.set_watch(WatchRequest::new(scope)).await.unwrap();
    }
    assert_eq!(problems().await, [None, None]);
}

#[tokio::test]
async fn a_setting_of_a_newer_version_is_not_replaced() {
    // R-I9
    let installation = Installation::new().await.with_infras().await;
    let admin = installation.admin();
    let newer = json!({"format": 9, "document": {"rules": ["of a later time"]}});
    write(&installation, "everything", newer.clone()).await;
    let request = WatchRequest::new(WatchScope::Everything).with_health_every(Some(60));
    let refused = admin.set_watch(request).await.unwrap_err();
    let text = refused.to_string();
    assert_eq!(refused.code(), "not-possible");
    assert!(text.contains("newer version") && text.contains("`everything`"), "{text}");
    let kept = installation.store.read(&Collection::new("watch").key("everything")).await.unwrap();
    assert_eq!(kept.unwrap().body, newer);
}

#[tokio::test]
async fn a_setting_that_cannot_be_read_is_logged_once_until_it_changes() {
    // R-I9
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    let installation = Installation::new().await.with_infras().await;
    let admin = installation.admin();
    damage(&installation, "everything").await;
    let look = async || {
        run(&admin, Check::Health).await;
        admin.findings(&FindingFilter::default()).await.unwrap();
        admin.watched().await.unwrap();
        admin.deployment_states().await.unwrap();
        log.unread()
    };
    assert_eq!(look().await, 1);
    assert_eq!(look().await, 1);
    write(&installation, "everything", json!({"format": 9})).await;
    assert_eq!(look().await, 2, "for another reason");
    damage(&installation, "everything").await;
    assert_eq!(look().await, 3);
    admin.set_watch(WatchRequest::new(WatchScope::Everything)).await.unwrap();
    assert_eq!(look().await, 3, "it is well");
    damage(&installation, "everything").await;
    assert_eq!(look().await, 4, "it was well in between");
}

#[tokio::test]
async fn a_rule_is_not_added_to_a_setting_that_cannot_be_read() {
    // R-I9
    let installation = Installation::new().await.with_infras().await;
    damage(&installation, "infrastructure/dev").await;
    let request = IgnoreRequest::new(WatchScope::Infra(dev()), FindingKind::Scenario, "known");
    let refused = installation.admin().ignore_findings(request).await.unwrap_err();
    assert!(matches!(refused, DeployerError::State { .. }), "{refused}");
}
