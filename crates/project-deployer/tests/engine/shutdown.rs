//! The end of a Deployer.

use std::time::Duration;

use project_deployer_client::prelude::*;
use project_deployer_client::{DeployerError, Failure, Operation};
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{MemoryStore, PacedStore};
use tokio::time::Instant;

use crate::installation::{Installation, dana, parsed};
use crate::queue::two_on_one_node;

const BOUND: Duration = Duration::from_secs(20);

fn names(updates: &[project_deployer::OpenUpdate]) -> Vec<&str> {
    updates.iter().map(|update| update.deployment.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn what_runs_ends_within_the_bound_and_nothing_begins() {
    let inner = MemoryStore::new();
    let slow = PacedStore::slow(inner.clone(), Duration::from_millis(200));
    let installation = Installation::on(slow, inner).await.with_deployment().await;
    installation.deploy("other", "prod", "v1").await;
    let session = installation.dana();
    let task = session.start_update(&parsed("churn-dev")).await.unwrap();
    let refusing = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        session.start_update(&parsed("other")).await.unwrap_err()
    };
    let (shutdown, refused) = futures::join!(installation.deployer.shutdown(BOUND), refusing);
    assert!(matches!(refused, DeployerError::ShuttingDown), "{refused}");
    assert!(refused.to_string().contains("try again with another process"), "{refused}");
    assert_eq!(names(&shutdown.ended), ["churn-dev"], "{shutdown:?}");
    assert!(shutdown.handed_over.is_empty() && shutdown.unreleased.is_empty(), "{shutdown:?}");
    let detail = session.wait(&task).await.unwrap();
    assert_eq!(detail.status, UpdateStatus::Success, "reads still work");
    let refused = installation.deployer.resume_updates().await.unwrap_err();
    assert_eq!(refused.code(), "shutting-down");
    let refused = installation.deployer.collect_archives().await.unwrap_err();
    assert_eq!(refused.code(), "shutting-down");
}

#[tokio::test(start_paused = true)]
async fn what_has_not_ended_is_handed_over_and_another_process_goes_on_at_once() {
    for operation in [Operation::Project, Operation::PreloadBundle, Operation::ActivateBundle] {
        for bound in [Duration::ZERO, BOUND] {
            let installation = Installation::new().await.with_deployment().await;
            installation.dev.fail_next(operation, Failure::NoReply);
            let task = installation.dana().start_update(&parsed("churn-dev")).await.unwrap();
            tokio::time::sleep(Duration::from_millis(10)).await;
            let asked = Instant::now();
            let shutdown = installation.deployer.shutdown(bound).await;
            assert!(asked.elapsed() <= bound + Duration::from_millis(1), "{:?}", asked.elapsed());
            if bound > Duration::ZERO {
                assert_eq!(names(&shutdown.handed_over), ["churn-dev"], "{shutdown:?}");
                assert!(shutdown.unreleased.is_empty() && shutdown.ended.is_empty());
            }
            tokio::task::yield_now().await;
            let second = installation.another_deployer("second");
            assert_eq!(second.resume_updates().await.unwrap(), 1, "{operation}: the lease is free");
            let detail = second.acting_as(dana()).wait(&task).await.unwrap();
            assert_eq!(detail.status, UpdateStatus::Success, "{operation} {detail:?}");
            let calls = installation.dev.calls();
            let activations = calls.iter().filter(|it| it.operation == Operation::ActivateBundle);
            assert_eq!(activations.count(), 1, "{operation}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_handed_over_without_a_wait() {
    let (installation, deployer) = two_on_one_node().await;
    let session = deployer.acting_as(dana());
    session.start_update(&parsed("churn-dev")).await.unwrap();
    let waiting = session.start_update(&parsed("churn-copy")).await.unwrap();
    assert_eq!(deployer.queue().len(), 1);
    let second = installation.another_deployer("second");
    let goes_on = async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert_eq!(second.resume_updates().await.unwrap(), 1, "the first one still runs");
        second.acting_as(dana()).wait(&waiting).await.unwrap()
    };
    let (shutdown, detail) = futures::join!(deployer.shutdown(BOUND), goes_on);
    assert_eq!(detail.status, UpdateStatus::Success);
    assert_eq!(names(&shutdown.handed_over), ["churn-copy"], "{shutdown:?}");
    assert_eq!(names(&shutdown.ended), ["churn-dev"], "{shutdown:?}");
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_a_store_does_not_release_in_time_is_reported() {
    let inner = MemoryStore::new();
    let slow = PacedStore::slow(inner.clone(), Duration::from_secs(15));
    let installation = Installation::on(slow, inner).await.with_deployment().await;
    installation.dev.fail_next(Operation::PreloadBundle, Failure::Stuck);
    installation.dana().start_update(&parsed("churn-dev")).await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    let asked = Instant::now();
    let shutdown = installation.deployer.shutdown(Duration::from_secs(5)).await;
    assert!(asked.elapsed() <= Duration::from_secs(6), "{:?}", asked.elapsed());
    assert_eq!(names(&shutdown.unreleased), ["churn-dev"], "{shutdown:?}");
    assert!(!shutdown.background_stopped, "{shutdown:?}");
}

#[tokio::test(start_paused = true)]
async fn work_in_the_background_stops() {
    let installation = Installation::new().await.with_deployment().await;
    installation.deployer.resume_always();
    installation.deployer.collect_archives_always();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let asked = Instant::now();
    let shutdown = installation.deployer.shutdown(Duration::MAX).await;
    assert!(shutdown.background_stopped, "{shutdown:?}");
    assert!(asked.elapsed() < Duration::from_secs(1), "nothing ran: {:?}", asked.elapsed());
    let again = installation.deployer.shutdown(Duration::ZERO).await;
    assert_eq!(again, shutdown, "twice is the same as once");
}
