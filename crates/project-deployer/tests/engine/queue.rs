//! Updates that wait for others, and logs that are read in parts.

use project_deployer::{Deployer, UpdateLimits, WaitsFor};
use project_deployer_client::prelude::*;
use project_deployer_client::{Failure, NodeErrorKind, Operation, Warnings};
use project_deployer_core::status::UpdateStatus;

use crate::installation::{Installation, dana, deployment, parsed};

/// Two deployments of one node, and a Deployer that runs one update at a time there. The first step of the
/// first update is repeated after a pause, so both are there at a time.
pub(crate) async fn two_on_one_node() -> (Installation, Deployer) {
    let installation = Installation::new().await.with_deployment().await;
    let mut other = deployment("churn-copy", "dev", "v1");
    other.deployed_project_key = Some(parsed("CHURN_COPY"));
    installation.dana().create_deployment(&other, Warnings::AsErrors).await.unwrap();
    let deployer = Deployer::builder(installation.fleet.clone())
        .update_limits(UpdateLimits::new(10, 1))
        .on(installation.store.clone(), installation.archive.clone());
    installation.dev.fail_next(Operation::Project, Failure::Before(NodeErrorKind::Busy(None)));
    (installation, deployer)
}

#[tokio::test(start_paused = true)]
async fn a_second_update_of_a_busy_node_waits_visibly_and_then_succeeds() {
    let (_installation, deployer) = two_on_one_node().await;
    let session = deployer.acting_as(dana());
    let first = session.start_update(&parsed("churn-dev")).await.unwrap();
    let second = session.start_update(&parsed("churn-copy")).await.unwrap();
    let queue = deployer.queue();
    assert_eq!(queue.len(), 1, "{queue:?}");
    assert_eq!((queue[0].deployment.as_str(), queue[0].position), ("churn-copy", 1));
    assert!(matches!(&queue[0].waits_for, WaitsFor::Node(_)), "{queue:?}");
    for task in [&second, &first] {
        assert_eq!(session.wait(task).await.unwrap().status, UpdateStatus::Success);
    }
    assert!(deployer.queue().is_empty());
    let log = session.last_update(&parsed("churn-copy")).await.unwrap().logs.unwrap().lines;
    assert!(log[1].contains("waits for other updates of"), "{log:?}");
    assert!(log[1].ends_with("number 1 of the queue"), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_read_in_parts_by_another_process_is_the_whole_log() {
    let (installation, deployer) = two_on_one_node().await;
    let session = deployer.acting_as(dana());
    let id = parsed("churn-dev");
    let task = session.start_update(&id).await.unwrap();
    let start = session.last_update(&id).await.unwrap().start_timestamp;
    let reader = installation.another_deployer("second").acting_as(dana());
    let first = reader.update_log(&id, start, 0).await.unwrap();
    assert!(!first.ended && !first.lines.is_empty());
    let whole = session.wait(&task).await.unwrap().logs.unwrap().lines;
    let rest = reader.update_log(&id, start, first.next).await.unwrap();
    assert!(rest.ended);
    assert_eq!([first.lines, rest.lines].concat(), whole);
    let after = reader.update_log(&id, start, rest.next).await.unwrap();
    assert!(after.ended && after.lines.is_empty() && after.next == rest.next);
}
