use std::time::Duration;

use project_deployer_client::prelude::*;
use project_deployer_client::{
    AutomationNode as _, DeployerError, Failure, NodeErrorKind, Operation,
};
use project_deployer_core::health::Health;
use project_deployer_core::status::UpdateStatus;
use serde_json::json;

use crate::installation::{Installation, churn, parsed};

/// The calls of an update to a node that may fail.
const ASKED: [Operation; 9] = [
    Operation::CodeEnvs,
    Operation::Project,
    Operation::CreateProjectFromBundle,
    Operation::PreloadBundle,
    Operation::ActivateBundle,
    Operation::ProjectConfiguration,
    Operation::ConfigureProject,
    Operation::Scenarios,
    Operation::ConfigureScenario,
];

async fn installation() -> Installation {
    let installation = Installation::new().await.with_deployment().await;
    installation
        .change("churn-dev", |document| {
            document["localVariables"] = json!({"threshold": 0.7});
            document["scenariosToActivate"] = json!({"NIGHTLY": true});
            document["disableAutomaticTriggers"] = json!(false);
        })
        .await;
    let run_as = Some(parsed("rita"));
    installation.change_infra("dev", |infra| infra.scenarios_run_as_user = run_as).await;
    installation
}

fn count(installation: &Installation, operation: Operation) -> usize {
    installation.dev.calls().iter().filter(|call| call.operation == operation).count()
}

#[tokio::test(start_paused = true)]
async fn a_call_that_may_be_repeated_is_repeated_and_the_update_succeeds() {
    // R4, R7
    for operation in ASKED {
        let installation = installation().await;
        installation.dev.fail_next(operation, Failure::Before(NodeErrorKind::Busy(None)));
        let detail = installation.update("churn-dev").await;
        assert_eq!(detail.status, UpdateStatus::Success, "{operation}: {detail:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_is_settled_by_asking_the_node() {
    // R4, R6
    for operation in ASKED {
        let installation = installation().await;
        installation.dev.fail_next(operation, Failure::ReplyLost);
        let detail = installation.update("churn-dev").await;
        assert_eq!(detail.status, UpdateStatus::Success, "{operation}: {detail:?}");
        assert_eq!(count(&installation, Operation::CreateProjectFromBundle), 1, "{operation}");
        assert_eq!(count(&installation, Operation::ActivateBundle), 1, "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_not_repeated() {
    // R7
    // Whether environments are there only feeds a message.
    for operation in ASKED.into_iter().filter(|operation| *operation != Operation::CodeEnvs) {
        let installation = installation().await;
        let refusal = NodeErrorKind::Refused { status: 400, message: "no".to_owned() };
        installation.dev.fail_next(operation, Failure::Before(refusal));
        let detail = installation.update("churn-dev").await;
        assert_eq!(detail.status, UpdateStatus::Failed, "{operation}: {detail:?}");
        let text = format!("{detail:?}");
        assert!(text.contains("rejected (400): no; follow the node's message"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_never_answers_is_asked_three_times() {
    // R7
    let installation = installation().await;
    installation.dev.set_reachable(false);
    let started = tokio::time::Instant::now();
    let detail = installation.update("churn-dev").await;
    assert_eq!(detail.status, UpdateStatus::Failed);
    let text = format!("{detail:?}");
    assert_eq!(text.matches("no connection").count(), 3, "{text}");
    assert!(started.elapsed() < Duration::from_secs(60));
    let status = installation.dana().deployment_status(&parsed("churn-dev")).await.unwrap();
    assert_eq!(status.health, Health::Error);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_fails_again_and_again_ends_in_a_failed_update_and_the_next_one_repairs() {
    // R6
    let installation = installation().await;
    for _ in 0..3 {
        let failed = NodeErrorKind::Failed { status: 500, message: "disk full".to_owned() };
        installation.dev.fail_next(Operation::ActivateBundle, Failure::Before(failed));
    }
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Failed);
    assert!(installation.dev.project(&churn()).await.unwrap().unwrap().active_bundle.is_none());
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
}

#[tokio::test(start_paused = true)]
async fn of_many_starters_one_wins_and_the_others_are_told_who() {
    // R5
    let installation = Installation::racing().await.with_deployment().await;
    let deployers: Vec<_> =
        (0..8).map(|n| installation.another_racing_deployer(&format!("deployer-{n}"))).collect();
    let callers: Vec<_> =
        deployers.iter().map(|deployer| deployer.acting_as(crate::installation::dana())).collect();
    let id = parsed("churn-dev");
    let results = futures::future::join_all(callers.iter().map(|c| c.start_update(&id))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for (result, caller) in results.iter().zip(&callers) {
        match result {
            Ok(task) => assert_eq!(caller.wait(task).await.unwrap().status, UpdateStatus::Success),
            Err(DeployerError::UpdateRunning { holder, .. }) => {
                assert!(holder.starts_with("deployer-"), "{holder}");
            }
            Err(DeployerError::ChangedMeanwhile(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(count(&installation, Operation::ActivateBundle), 1);
}
