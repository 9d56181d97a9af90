use std::time::Duration;

use project_deployer_client::prelude::*;
use project_deployer_client::{DeployerError, NodeErrorKind};
use project_deployer_core::Timestamp;
use project_deployer_core::status::UpdateStatus;
use project_deployer_testkit::{Fault, Outcome};

use super::{bundle, by, by_key, churn_prod, deployed, node};

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn an_update_is_waited_for_and_told_with_its_log() {
    // Rows 27 and 30 to 32, R-D9
    let (deployer, mina) = deployed("prod").await;
    let unknown = mina.last_update(&churn_prod()).await.unwrap_err();
    assert!(matches!(unknown, DeployerError::NotFound(_)), "{unknown}");
    let started = mina.start_update(&churn_prod()).await.unwrap();
    let result = mina.wait_for(started, LONG).await.unwrap();
    assert_eq!(result["anyMessage"], false);
    deployer.set_update_outcome("churn-prod", Outcome::Warning);
    mina.start_update(&churn_prod()).await.unwrap();
    let ann = by(&deployer, "ann");
    let list = ann.updates(&churn_prod()).await.unwrap();
    let ends: Vec<_> = list.iter().map(|update| update.status).collect();
    assert_eq!(ends, [UpdateStatus::Warning, UpdateStatus::Success]);
    assert!(list[0].start_timestamp > list[1].start_timestamp);
    let first = ann.update(&churn_prod(), list[1].start_timestamp).await.unwrap();
    assert_eq!((first.requester.as_str(), first.status), ("mina", UpdateStatus::Success));
    assert!(first.logs.unwrap().lines.contains(&"Activated bundle v1".to_owned()));
    let last = ann.last_update(&churn_prod()).await.unwrap();
    assert_eq!(last.start_timestamp, list[0].start_timestamp);
    let never = ann.update(&churn_prod(), Timestamp::from_millis(1)).await.unwrap_err();
    assert!(matches!(never, DeployerError::NotFound(_)), "{never}");
}

#[tokio::test]
async fn an_update_that_failed_is_no_success_for_who_waits() {
    let (deployer, mina) = deployed("prod").await;
    deployer.set_update_outcome("churn-prod", Outcome::Failed);
    let started = mina.start_update(&churn_prod()).await.unwrap();
    let failed = mina.wait_for(started, LONG).await.unwrap_err();
    assert!(format!("{failed:?}").contains("ended with FAILED"), "{failed:?}");
    let last = mina.last_update(&churn_prod()).await.unwrap();
    assert_eq!(last.status, UpdateStatus::Failed);
    assert!(deployer.deployment("churn-prod").unwrap().applied.is_none());
}

#[tokio::test]
async fn a_task_that_vanishes_says_nothing_of_its_end_and_the_last_update_does() {
    // wire-facts 1.9
    let (deployer, mina) = deployed("prod").await;
    let started = mina.start_update(&churn_prod()).await.unwrap();
    deployer.forget_futures();
    let lost = mina.wait_for(started.clone(), LONG).await.unwrap_err();
    assert!(
        matches!(&lost, DeployerError::Node(error) if error.kind == NodeErrorKind::Lost),
        "{lost}"
    );
    let job = started.job_id.unwrap();
    let unknown = mina.future(&job).await.unwrap_err();
    assert!(matches!(unknown, DeployerError::NotFound(_)), "{unknown}");
    assert_eq!(mina.last_update(&churn_prod()).await.unwrap().status, UpdateStatus::Success);
}

#[tokio::test]
async fn an_update_whose_answer_was_lost_is_asked_for_once() {
    let (deployer, mina) = deployed("prod").await;
    let update = "/project-deployer/deployments/*/actions/update";
    deployer.fault(Fault::reply_lost().on("POST", update));
    assert!(mina.start_update(&churn_prod()).await.is_err());
    assert_eq!(deployer.calls_to("POST", update).len(), 1);
    assert_eq!(mina.updates(&churn_prod()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn tests_are_run_and_told_per_node() {
    // Rows 28 and 29, R-I7
    let (deployer, mina) = deployed("both").await;
    mina.start_update(&churn_prod()).await.unwrap();
    deployer.set_scenario_outcome("churn-prod", "CHECKS", Outcome::Failed);
    let unnamed = mina.run_test_scenarios(&churn_prod(), None).await.unwrap_err();
    assert!(matches!(unnamed, DeployerError::Refused { status: 400, .. }), "{unnamed}");
    let ran = mina.run_test_scenarios(&churn_prod(), Some(&node("auto-1"))).await.unwrap();
    assert_eq!((ran.nb_total_ran_scenarios, ran.nb_scenarios_per_outcome["FAILED"]), (1, 1));
    let v1 = bundle("v1");
    let reported = |id: &str| {
        let (mina, v1, on) = (&mina, &v1, node(id));
        async move { mina.testing_status(&churn_prod(), Some(v1), Some(&on)).await.unwrap() }
    };
    assert_eq!(reported("auto-1").await, ran);
    assert_eq!(reported("auto-2").await.nb_total_ran_scenarios, 0);
}

#[tokio::test]
async fn unified_monitoring_tells_what_is_deployed() {
    // Row 33: wire-facts 2.14
    let (deployer, mina) = deployed("prod").await;
    assert!(mina.monitored_deployments().await.unwrap().is_empty());
    mina.start_update(&churn_prod()).await.unwrap();
    let reported = by_key(&deployer).monitored_deployments().await.unwrap();
    assert_eq!(
        (reported[0].infrastructure_id.as_str(), reported[0].bundle_name.as_str()),
        ("prod", "v1")
    );
}
