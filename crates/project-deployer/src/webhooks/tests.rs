//! G8, J8: who gets what, and when a call is tried again.

use std::collections::BTreeSet;

use project_deployer_client::{DeployerError, FakeFleet};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::rights::Caller;
use project_deployer_core::{NodeAddress, Timestamp};
use project_deployer_store::{Commit, MemoryArchive, MemoryStore};
use serde_json::json;

use super::definition::{Webhook, WebhookRequest};
use super::delivery::{DeliveryRecord, DeliveryState};
use super::outbox::deliveries;
use super::rounds::{after, became};
use super::send::Sent;
use crate::deployer::Deployer;
use crate::state::RecordCommit as _;
use crate::watch::{WatchEvent, WatchEventKind};

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn request(id: &str) -> WebhookRequest {
    WebhookRequest::new(id, NodeAddress::parse("https://h.example/events").unwrap())
}

fn made(request: WebhookRequest) -> Webhook {
    request.made(None, "root".parse().unwrap(), at(0)).unwrap().0.webhook
}

fn event(kind: WatchEventKind) -> WatchEvent {
    WatchEvent::test(kind, at(7), "f1", json!({"finding": {}}))
}

fn infra(id: &str, stage: &str) -> InfraSettings {
    InfraSettings::new(id.parse().unwrap(), stage.parse().unwrap())
}

#[test]
fn a_webhook_gets_its_events_of_its_stages_and_infrastructures() {
    // G8
    let all = made(request("all"));
    let stages = BTreeSet::from(["Production".parse().unwrap()]);
    let production = made(request("production").with_stages(stages));
    let one = made(request("one").with_infras(BTreeSet::from(["dev".parse().unwrap()])));
    let off = made(request("off").with_enabled(false));
    let health = BTreeSet::from([WatchEventKind::HealthChanged]);
    let health = made(request("health").with_events(health));
    let webhooks = [all, production, one, off, health];
    let get = |kind, infra: Option<&InfraSettings>| -> Vec<String> {
        let out = deliveries(&webhooks, &[event(kind)], infra);
        out.into_iter().map(|record| record.delivery.webhook).collect()
    };
    let (dev, prod) = (infra("dev", "Development"), infra("prod", "Production"));
    assert_eq!(get(WatchEventKind::FindingOpened, Some(&prod)), ["all", "production"]);
    assert_eq!(get(WatchEventKind::FindingResolved, Some(&dev)), ["all", "one"]);
    assert_eq!(get(WatchEventKind::HealthChanged, Some(&dev)), ["health"]);
    assert_eq!(get(WatchEventKind::FindingOpened, None), ["all"], "about no infrastructure");
}

#[test]
fn the_same_event_has_the_same_id_for_a_webhook_and_another_one_for_another() {
    // J8
    let webhooks = [made(request("one")), made(request("two"))];
    let ids = |events: &[WatchEvent]| -> Vec<String> {
        let out = deliveries(&webhooks, events, None);
        out.into_iter().map(|record| record.delivery.id).collect()
    };
    let opened = event(WatchEventKind::FindingOpened);
    let first = ids(std::slice::from_ref(&opened));
    assert_eq!(first, ids(std::slice::from_ref(&opened)));
    assert!(first[0] != first[1] && first[0].starts_with("msg_"), "{first:?}");
    assert_ne!(first, ids(&[event(WatchEventKind::FindingResolved)]));
    assert_ne!(first, ids(&[WatchEvent { at: at(8), ..opened }]));
}

#[test]
fn a_webhook_that_fails_for_three_days_or_is_gone_is_disabled_and_a_success_forgets_failures() {
    // G8
    const DAY: i64 = 24 * 3600 * 1000;
    let fails = Sent { status: Some(503), error: Some("it answered 503".to_owned()) };
    let first = after(&made(request("ops")), &fails, at(0));
    assert_eq!((first.failing_since, first.paused_until), (Some(at(0)), Some(at(5000))));
    let (mut webhook, mut now, mut pauses) = (first, 5000, vec![5000]);
    while webhook.is_active() {
        webhook = after(&webhook, &fails, at(now));
        pauses.push(webhook.paused_until.unwrap().as_millis() - now);
        now = webhook.paused_until.unwrap().as_millis();
    }
    assert!(pauses.is_sorted(), "{pauses:?}");
    let disabled = webhook.disabled.as_ref().unwrap();
    assert!(disabled.at > at(3 * DAY) && disabled.at < at(4 * DAY), "{disabled:?}");
    let well = after(
        &after(&made(request("ops")), &fails, at(0)),
        &Sent { status: Some(204), error: None },
        at(9),
    );
    assert_eq!((well.failing_since, well.paused_until, well.failures), (None, None, 0));
    let gone = Sent { status: Some(410), error: Some("it answered 410".to_owned()) };
    assert!(!after(&made(request("ops")), &gone, at(0)).is_active());
}

#[test]
fn a_webhook_needs_an_id_and_events_and_its_secret_is_nowhere_but_in_the_answer() {
    // R13
    let by = || "root".parse().unwrap();
    for request in [request(""), request("a/b"), request("a").with_events(BTreeSet::new())] {
        let refused = request.made(None, by(), at(0)).unwrap_err();
        assert_eq!(refused.code(), "not-possible");
    }
    let (first, _) = request("ops").made(None, by(), at(0)).unwrap();
    let secret = first.secret.expose().to_owned();
    assert!(secret.starts_with("whsec_") && !format!("{first:?}").contains(&secret));
    let (kept, is_new) = request("ops").made(Some(&first), by(), at(0)).unwrap();
    assert!(!is_new && kept.secret.expose() == secret);
    let (other, is_new) =
        request("ops").with_new_secret(true).made(Some(&first), by(), at(0)).unwrap();
    assert!(is_new && other.secret.expose() != secret);
}

#[tokio::test]
async fn what_goes_to_a_webhook_that_is_deleted_meanwhile_is_not_kept() {
    // J8
    let deployer = Deployer::builder(FakeFleet::new())
        .name("one")
        .on(MemoryStore::new(), MemoryArchive::new());
    let admin = deployer.acting_as(Caller::administrator("root".parse().unwrap()));
    admin.create_webhook(request("ops")).await.unwrap();
    let events = [event(WatchEventKind::FindingOpened)];
    let commit = deployer.with_deliveries(Commit::new(), &events, None, None).await.unwrap();
    admin.delete_webhook("ops").await.unwrap();
    let kept = deployer.inner.repository.commit_unaudited(commit).await;
    assert!(matches!(kept, Err(DeployerError::ChangedMeanwhile(_))), "{kept:?}");
}

#[test]
fn a_delivery_that_a_receiver_refuses_is_given_up_and_one_that_it_cannot_take_waits() {
    // G8
    let answered = |status: u16| Sent { status: Some(status), error: Some("it failed".to_owned()) };
    for status in [400, 401, 404, 413, 422] {
        assert_eq!(became(&answered(status), 2), DeliveryState::Waiting, "{status}");
        assert_eq!(became(&answered(status), 3), DeliveryState::GivenUp, "{status}");
    }
    for status in [408, 410, 429, 500, 503] {
        assert_eq!(became(&answered(status), 1000), DeliveryState::Waiting, "{status}");
    }
    let silent = Sent { status: None, error: Some("it did not answer".to_owned()) };
    assert_eq!(became(&silent, 1000), DeliveryState::Waiting);
}

#[tokio::test]
async fn only_what_is_left_of_a_webhook_that_is_gone_is_removed() {
    // J8
    let deployer = Deployer::builder(FakeFleet::new())
        .name("one")
        .on(MemoryStore::new(), MemoryArchive::new());
    let admin = deployer.acting_as(Caller::administrator("root".parse().unwrap()));
    admin.create_webhook(request("ops")).await.unwrap();
    let repository = &deployer.inner.repository;
    let waiting = |webhook: &str| {
        let out =
            deliveries(&[made(request(webhook))], &[event(WatchEventKind::FindingOpened)], None);
        Commit::new().overwrite(&out[0]).unwrap()
    };
    for webhook in ["ops", "gone"] {
        repository.commit_unaudited(waiting(webhook)).await.unwrap();
        deployer.clear_deliveries_of(webhook).await.unwrap();
    }
    let left = repository.readable_below::<DeliveryRecord>("").await.unwrap();
    let left: Vec<_> = left.into_iter().map(|it| it.delivery.webhook).collect();
    assert_eq!(left, ["ops"]);
}
