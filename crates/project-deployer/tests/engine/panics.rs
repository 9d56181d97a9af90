//! Defects of the program: a panic becomes an error of the update, and stops nothing else.

use std::sync::Arc;
use std::time::Duration;

use project_deployer::Deployer;
use project_deployer_client::prelude::*;
use project_deployer_client::{
    AutomationNode, Failure, FakeFleet, Identity, NodeAccounts, NodeConnector, NodeError, Operation,
};
use project_deployer_core::infra::NodeSettings;
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{FailingStore, FailureMode, MemoryStore, PacedStore, PanickingStore};

use crate::crashes::commits;
use crate::installation::{Installation, dana, parsed};

const MINUTES: Duration = Duration::from_secs(600);

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_step_is_the_error_of_its_update() {
    let operations = [
        Operation::Project,
        Operation::CreateProjectFromBundle,
        Operation::PreloadBundle,
        Operation::ActivateBundle,
        Operation::Scenarios,
    ];
    for operation in operations {
        let installation = Installation::new().await.with_deployment().await;
        installation.dev.fail_next(operation, Failure::Panics);
        let detail = installation.update("churn-dev").await;
        let log = detail.logs.unwrap().lines.join("\n");
        assert_eq!(detail.status, UpdateStatus::Failed, "{operation}: {log}");
        assert!(log.contains("the Deployer panicked, which is a defect"), "{log}");
        assert!(log.contains("this step ran: "), "{operation}: {log}");
        assert!(!log.contains("as a test ordered"), "a message may hold secrets: {log}");
        let is_unknown = log.contains("whether it had its effect is unknown");
        assert_eq!(is_unknown, operation.changes(), "{operation}: {log}");
        assert_eq!(installation.deployer.resume_updates().await.unwrap(), 0, "{operation}");
        assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_renewal_of_a_lease_is_the_error_of_its_update() {
    let inner = MemoryStore::new();
    let slow = PacedStore::slow(inner.clone(), Duration::from_secs(5));
    let view = PanickingStore::new(slow, "renew a lease");
    let installation = Installation::on(view.clone(), inner).await.with_deployment().await;
    view.set_panics(true);
    let detail = installation.update("churn-dev").await;
    let log = detail.logs.unwrap().lines.join("\n");
    assert_eq!(detail.status, UpdateStatus::Failed, "{log}");
    assert!(log.contains("the Deployer panicked"), "{log}");
    view.set_panics(false);
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
}

#[tokio::test(start_paused = true)]
async fn an_update_whose_end_cannot_be_recorded_is_left_to_others() {
    let inner = MemoryStore::new();
    let slow = PacedStore::slow(inner.clone(), Duration::from_millis(100));
    let view = PanickingStore::new(slow, "commit");
    let installation = Installation::on(view.clone(), inner).await.with_deployment().await;
    let task = installation.dana().start_update(&parsed("churn-dev")).await.unwrap();
    view.set_panics(true);
    tokio::time::sleep(Duration::from_secs(5)).await;
    let second = installation.another_deployer("second");
    assert_eq!(second.resume_updates().await.unwrap(), 1, "its lease is free");
    let detail = second.acting_as(dana()).wait(&task).await.unwrap();
    assert_eq!(detail.status, UpdateStatus::Success);
}

/// Panics over every node.
#[derive(Debug)]
struct Defective;

#[expect(clippy::unimplemented, reason = "a defect")]
impl NodeConnector for Defective {
    fn connect(&self, _: &NodeSettings, _: Identity) -> Result<Arc<dyn AutomationNode>, NodeError> {
        unimplemented!("canary-7c1f")
    }

    fn accounts(&self, _: &NodeSettings) -> Result<Arc<dyn NodeAccounts>, NodeError> {
        unimplemented!("canary-7c1f")
    }
}

/// Two updates that a dead process left.
async fn two_left() -> Installation {
    let (prepared, _) = commits().await;
    let inner = MemoryStore::new();
    let view = FailingStore::new(inner.clone(), FailureMode::Before(prepared + 8));
    let installation = Installation::on(view, inner).await.with_bundle().await;
    installation.deploy("a", "dev", "v1").await;
    installation.deploy("b", "prod", "v1").await;
    let session = installation.dana();
    let (a, b) = (parsed("a"), parsed("b"));
    let begun = futures::join!(session.start_update(&a), session.start_update(&b));
    assert!(begun.0.is_ok() && begun.1.is_ok());
    tokio::time::sleep(MINUTES).await;
    installation
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_recovery_ends_its_update_and_no_other_rounds() {
    let installation = two_left().await;
    let second =
        Deployer::builder(Defective).on(installation.store.clone(), installation.archive.clone());
    second.resume_always();
    tokio::time::sleep(MINUTES).await;
    for id in ["a", "b"] {
        let detail = second.acting_as(dana()).last_update(&parsed(id)).await.unwrap();
        let log = detail.logs.unwrap().lines.join("\n");
        assert_eq!(detail.status, UpdateStatus::Failed, "{id}: {log}");
        assert!(log.contains("abandoned: the Deployer panicked"), "{log}");
        assert!(!log.contains("canary"), "{log}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_round_of_the_recovery_that_panics_is_followed_by_the_next_one() {
    let installation = two_left().await;
    let view = PanickingStore::new(installation.store.clone(), "read changes");
    let fleet: FakeFleet = installation.fleet.clone();
    let second = Deployer::builder(fleet).on(view.clone(), installation.archive.clone());
    view.set_panics(true);
    second.resume_always();
    tokio::time::sleep(MINUTES).await;
    view.set_panics(false);
    tokio::time::sleep(MINUTES).await;
    for id in ["a", "b"] {
        let detail = second.acting_as(dana()).last_update(&parsed(id)).await.unwrap();
        assert_eq!(detail.status, UpdateStatus::Success, "{id} {detail:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_collection_is_its_error() {
    let inner = MemoryStore::new();
    let view = PanickingStore::new(inner.clone(), "list");
    let installation = Installation::on(view.clone(), inner).await.with_bundle().await;
    view.set_panics(true);
    let error = installation.deployer.collect_archives().await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("the Deployer panicked"), "{error}: {cause}");
    view.set_panics(false);
    installation.deployer.collect_archives().await.unwrap();
}
