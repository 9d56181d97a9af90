//! B5: an update that waits for others while its window closes.

mod left;
mod outage;

use std::time::Duration;

use project_deployer::{Deployer, UpdateLimits};
use project_deployer_client::{AutomationNode as _, Failure, NodeErrorKind, Operation};
use project_deployer_core::node::FutureState;
use project_deployer_core::status::UpdateDetail;
use project_deployer_store::Store;

use super::*;
use crate::installation::deployment;

const MORNING: &str = "2026-12-01T06:00:01Z";

/// Two deployments of one node, on which one update runs at a time, within a window that ends at six.
async fn two_at_night() -> (Installation, Hand, Deployer) {
    let installation = Installation::new().await.with_deployment().await;
    let mut other = deployment("churn-copy", "dev", "v1");
    other.deployed_project_key = Some(parsed("CHURN_COPY"));
    installation.dana().create_deployment(&other, Warnings::AsErrors).await.unwrap();
    let clock = Hand::at(NIGHT);
    let deployer = queued_on(&installation, &clock, "first");
    admin(&deployer).add_window(nights("stage/Development")).await.unwrap();
    (installation, clock, deployer)
}

fn queued_on(installation: &Installation, clock: &Hand, name: &str) -> Deployer {
    queued_in(installation, installation.store.clone(), clock, name)
}

fn queued_in(installation: &Installation, store: impl Store, clock: &Hand, name: &str) -> Deployer {
    Deployer::builder(installation.fleet.clone())
        .name(name)
        .clock(clock.clone())
        .update_limits(UpdateLimits::new(10, 1))
        .on(store, installation.archive.clone())
}

/// Starts both; the second waits, since the first repeats its first call after a pause.
async fn started(
    installation: &Installation,
    deployer: &Deployer,
    second: &DeployerSession,
) -> [FutureState; 2] {
    let busy = Failure::Before(NodeErrorKind::Busy(None));
    installation.dev.fail_next(Operation::Project, busy);
    let dana = deployer.acting_as(dana());
    let first = dana.start_update(&churn_dev()).await.unwrap();
    let second = second.start_update(&parsed("churn-copy")).await.unwrap();
    assert_eq!(deployer.queue().len(), 1);
    [first, second]
}

fn log(detail: &UpdateDetail) -> String {
    detail.logs.as_ref().unwrap().lines.join("\n")
}

/// What the second update did on the node.
async fn is_untouched(installation: &Installation) -> bool {
    installation.dev.project(&parsed("CHURN_COPY")).await.unwrap().is_none()
}

#[tokio::test(start_paused = true)]
async fn an_update_whose_turn_comes_after_its_window_has_closed_ends_before_it_writes() {
    let (installation, clock, deployer) = two_at_night().await;
    let dana = deployer.acting_as(dana());
    let [first, second] = started(&installation, &deployer, &dana).await;
    clock.set(MORNING);
    let first = dana.wait(&first).await.unwrap();
    assert_eq!(first.status, UpdateStatus::Success, "what runs goes to its end");
    let second = dana.wait(&second).await.unwrap();
    assert_eq!(second.status, UpdateStatus::Aborted);
    let log = log(&second);
    for part in
        ["outside-window", "`nights`", "nothing was begun", "wait until 2026-12-01T22:00:00Z"]
    {
        assert!(log.contains(part), "{part}: {log}");
    }
    assert!(is_untouched(&installation).await);
    assert_eq!(dana.updates(&parsed("churn-copy")).await.unwrap()[0].status, UpdateStatus::Aborted);
    clock.set("2026-12-01T22:00:00Z");
    let again = dana.start_update(&parsed("churn-copy")).await.unwrap();
    assert_eq!(dana.wait(&again).await.unwrap().status, UpdateStatus::Success);
}

#[tokio::test(start_paused = true)]
async fn an_update_whose_turn_comes_within_its_window_goes_on() {
    let (installation, _clock, deployer) = two_at_night().await;
    let dana = deployer.acting_as(dana());
    for task in started(&installation, &deployer, &dana).await {
        assert_eq!(dana.wait(&task).await.unwrap().status, UpdateStatus::Success);
    }
}

#[tokio::test(start_paused = true)]
async fn who_breaks_the_glass_passes_a_window_that_closes_in_the_queue() {
    let (installation, clock, deployer) = two_at_night().await;
    let chiefs = InfraGrant::new(parsed("chiefs"), InfraRight::Admin);
    installation.change_infra("dev", |infra| infra.permissions.push(chiefs)).await;
    let chief = dana().in_groups([parsed("deployers"), parsed("chiefs")]);
    let chief = deployer.acting_as(chief).breaking_glass("the model harms customers");
    let [_, second] = started(&installation, &deployer, &chief).await;
    clock.set(MORNING);
    let second = chief.wait(&second).await.unwrap();
    assert_eq!(second.status, UpdateStatus::Success);
    assert!(log(&second).contains("the glass is broken: the model harms customers"));
    let audited = last_start(&admin(&deployer)).await.unwrap();
    assert_eq!(audited["breakGlass"]["reason"], "the model harms customers");
}

#[tokio::test(start_paused = true)]
async fn a_process_that_goes_on_with_an_update_that_waited_asks_the_windows_as_well() {
    // R1
    let (installation, clock, deployer) = two_at_night().await;
    let dana = deployer.acting_as(dana());
    let [first, second] = started(&installation, &deployer, &dana).await;
    let _ = deployer.shutdown(Duration::ZERO).await;
    // What was not handed over is free once its lease has run out.
    tokio::time::sleep(Duration::from_secs(120)).await;
    clock.set(MORNING);
    let next = queued_on(&installation, &clock, "next");
    assert!(next.resume_updates().await.unwrap() > 0);
    let next = next.acting_as(super::dana());
    assert_eq!(next.wait(&second).await.unwrap().status, UpdateStatus::Aborted);
    assert_eq!(next.wait(&first).await.unwrap().status, UpdateStatus::Success);
    assert!(is_untouched(&installation).await);
}

#[tokio::test(start_paused = true)]
async fn windows_that_cannot_be_read_refuse_an_update_that_waited() {
    // R-I9
    use project_deployer_store::{Collection, Commit, Expected};
    let (installation, _clock, deployer) = two_at_night().await;
    let dana = deployer.acting_as(dana());
    let [_, second] = started(&installation, &deployer, &dana).await;
    let key = Collection::new("windows").key("infrastructure/dev");
    let commit = Commit::new().put(key, Expected::Any, serde_json::json!({"format": 9}));
    installation.store.commit(commit).await.unwrap();
    let second = dana.wait(&second).await.unwrap();
    assert_eq!(second.status, UpdateStatus::Aborted);
    let log = log(&second);
    assert!(log.contains("whether windows allow it is unknown"), "{log}");
    assert!(!log.contains("windows/infrastructure"), "the cause is for others: {log}");
    assert!(is_untouched(&installation).await);
}
