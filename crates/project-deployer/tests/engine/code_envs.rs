//! F6: what happens to code environments that a bundle needs and a node lacks.

use project_deployer::history::HistoryFilter;
use project_deployer::update::{Step, UpdateEvent};
use project_deployer::{DeployerSession, UpdateLogPart};
use project_deployer_client::prelude::*;
use project_deployer_client::{Failure, NodeErrorKind, Operation, Upload};
use project_deployer_core::Timestamp;
use project_deployer_core::infra::Target;
use project_deployer_core::node::CodeEnv;
use project_deployer_core::status::{UpdateDetail, UpdateStatus};
use serde_json::json;

use crate::installation::{Installation, archive, entry, parsed};

fn env() -> CodeEnv {
    CodeEnv::new("py-new", "PYTHON")
}

/// Deployment `churn` of a bundle that needs `py-dev`, remapped to `py-new`, on both nodes; `dev` alone has it.
async fn installation(mode: &str) -> Installation {
    let installation = Installation::new().await.with_infras().await;
    let more = json!({"codeEnvs": [{"name": "py-dev", "lang": "PYTHON"}]});
    let bundle = Upload::from_bytes("v1.zip", archive("CHURN", "v1", more));
    installation.dana().upload_bundle(bundle, None).await.unwrap();
    let both = Target::MultiNode(vec![entry("dev"), entry("prod")]);
    installation.register("both", "Test", both).await;
    installation.deploy("churn", "both", "v1").await;
    installation
        .change("churn", |document| {
            document["bundleContainerSettings"] = json!({
                "remapping": {"codeEnvs": [{"source": "py-dev", "target": "py-new"}]},
                "codeEnvsBehavior": {"importTimeMode": mode},
            });
        })
        .await;
    installation.dev.add_code_env(env());
    installation
}

/// The texts of the logs of nodes in the trace of an update.
async fn trace_text(session: &DeployerSession, start: Timestamp) -> String {
    let trace = session.update_trace(&parsed("churn"), start).await.unwrap();
    let text = |event: &UpdateEvent| match event {
        UpdateEvent::StepLog { log, .. } => Some(log.text.clone()),
        _ => None,
    };
    trace.events.iter().filter_map(text).collect()
}

fn log(detail: &UpdateDetail) -> String {
    detail.logs.as_ref().unwrap().lines.join("\n")
}

#[tokio::test(start_paused = true)]
async fn a_missing_environment_stops_the_update_before_the_first_write_where_the_settings_say_so() {
    // F6: the second node lacks it, and the first is not written to either.
    let installation = installation("FAIL_IF_MISS").await;
    let detail = installation.update("churn").await;
    assert_eq!(detail.status, UpdateStatus::Failed);
    let log = log(&detail);
    assert!(log.contains("auto-dev: check what the bundle needs: all is there"), "{log}");
    let lacks =
        "auto-prod: check what the bundle needs: failed: there is no PYTHON environment `py-new`";
    assert!(log.contains(lacks), "{log}");
    for node in [&installation.dev, &installation.prod] {
        assert!(node.calls().iter().all(|call| !call.operation.changes()), "{log}");
    }
    installation.prod.add_code_env(env());
    assert_eq!(installation.update("churn").await.status, UpdateStatus::Success);
}

#[tokio::test(start_paused = true)]
async fn preloading_makes_what_is_missing_and_the_update_keeps_its_log_without_passwords() {
    // F6, R13
    let installation = installation("INSTALL_IF_MISS").await;
    let text = "Looking in https://ci:s3cr3t@pypi.example/simple\nSuccessfully installed numpy";
    installation.prod.write_code_env_log(env(), text);
    let detail = installation.update("churn").await;
    assert_eq!(detail.status, UpdateStatus::Success, "{detail:?}");
    let log = log(&detail);
    let place = |text: &str| log.find(text).unwrap_or_else(|| panic!("no {text} in {log}"));
    let said =
        place("auto-prod: check what the bundle needs: there is no PYTHON environment `py-new`");
    assert!(said < place("auto-dev: create the project"), "said before the first write: {log}");
    place("auto-prod: preload the bundle: the log install.log of PYTHON environment `py-new`");
    assert!(!log.contains("s3cr3t"), "{log}");
    assert!(!log.contains("numpy"), "such logs are for administrators (R-P5): {log}");
    let start = installation.dana().updates(&parsed("churn")).await.unwrap()[0].start_timestamp;
    let trace = installation.dana().update_trace(&parsed("churn"), start).await.unwrap();
    let of_logs = |event: &UpdateEvent| match event {
        UpdateEvent::StepLog { node, step, .. } => Some((*node, *step)),
        _ => None,
    };
    let logs: Vec<_> = trace.events.iter().filter_map(of_logs).collect();
    assert_eq!(logs, [(1, Step::Preload)], "the environment that was there wrote nothing");
    let (dana, admin) = (installation.dana(), installation.admin());
    assert_eq!(trace_text(&dana, start).await, "");
    let text = trace_text(&admin, start).await;
    assert!(text.contains("Successfully installed numpy") && !text.contains("s3cr3t"), "{text}");
    let log = admin.update_log(&parsed("churn"), start, 0).await.unwrap().lines.join("\n");
    assert!(log.contains("    | Successfully installed numpy"), "{log}");
    let log = dana.update_log(&parsed("churn"), start, 0).await.unwrap().lines.join("\n");
    assert!(!log.contains("numpy") && log.contains("the log install.log"), "{log}");
    let page = dana.history(&HistoryFilter::default(), None, 10).await.unwrap();
    let id = &page.entries[0].id;
    let text = |part: UpdateLogPart| part.lines.join("\n");
    assert!(!text(dana.history_log(id, 0).await.unwrap()).contains("numpy"));
    assert!(text(admin.history_log(id, 0).await.unwrap()).contains("numpy"));
}

#[tokio::test(start_paused = true)]
async fn the_log_of_a_build_that_fails_is_kept() {
    let installation = installation("INSTALL_IF_MISS").await;
    installation.dev.write_code_env_log(env(), "before");
    let failed = NodeErrorKind::Refused { status: 400, message: "build failed".to_owned() };
    installation.dev.fail_next(Operation::CodeEnvLogs, Failure::Before(failed.clone()));
    installation.dev.fail_next(Operation::PreloadBundle, Failure::Before(failed));
    let detail = installation.update("churn").await;
    assert_eq!(detail.status, UpdateStatus::Failed);
    let start = installation.dana().updates(&parsed("churn")).await.unwrap()[0].start_timestamp;
    assert_eq!(trace_text(&installation.admin(), start).await, "before");
}

#[tokio::test(start_paused = true)]
async fn logs_that_never_come_change_no_outcome() {
    for operation in [Operation::CodeEnvLogs, Operation::CodeEnvLog] {
        let installation = installation("INSTALL_IF_MISS").await;
        for node in [&installation.dev, &installation.prod] {
            node.fail_next(operation, Failure::Stuck);
        }
        let detail = installation.update("churn").await;
        assert_eq!(detail.status, UpdateStatus::Success, "{operation}: {detail:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn logs_that_cannot_be_read_cost_nothing() {
    for operation in [Operation::CodeEnvLogs, Operation::CodeEnvLog] {
        let installation = installation("INSTALL_IF_MISS").await;
        let refusal = NodeErrorKind::Forbidden("not yours".to_owned());
        installation.prod.fail_next(operation, Failure::Before(refusal));
        let detail = installation.update("churn").await;
        assert_eq!(detail.status, UpdateStatus::Success, "{operation}: {detail:?}");
        assert!(!log(&detail).contains("install.log"), "{detail:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn environments_that_cannot_be_listed_stop_no_update() {
    // F6: whether they are there is unknown, and only a list that was read says that one is missing.
    for (kind, times) in [
        (NodeErrorKind::Malformed("odd".to_owned()), 1),
        (NodeErrorKind::Failed { status: 500, message: "no".to_owned() }, 3),
    ] {
        let installation = installation("FAIL_IF_MISS").await;
        installation.prod.add_code_env(env());
        for _ in 0..times {
            installation.prod.fail_next(Operation::CodeEnvs, Failure::Before(kind.clone()));
        }
        let detail = installation.update("churn").await;
        assert_eq!(detail.status, UpdateStatus::Success, "{kind:?}: {detail:?}");
        assert!(log(&detail).contains("whether all code environments are there is unknown"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_does_not_answer_stops_the_update_before_the_first_write() {
    // F6
    let installation = installation("INSTALL_IF_MISS").await;
    for _ in 0..3 {
        let silent = Failure::Before(NodeErrorKind::Unreachable);
        installation.prod.fail_next(Operation::CodeEnvs, silent);
    }
    assert_eq!(installation.update("churn").await.status, UpdateStatus::Failed);
    assert!(installation.dev.calls().iter().all(|call| !call.operation.changes()));
}

#[tokio::test(start_paused = true)]
async fn a_plan_says_before_the_update_which_environments_are_missing() {
    // F6, F7: and sends no write.
    let installation = installation("FAIL_IF_MISS").await;
    let plan = installation.dana().plan_deployment(&parsed("churn"), None).await.unwrap();
    let blockers: Vec<_> = plan.blockers().map(|finding| finding.what.clone()).collect();
    assert_eq!(blockers, ["there is no PYTHON environment `py-new`, which churn needs"], "{plan}");
    assert_eq!(plan.nodes[0].steps[..2], [Step::CheckNeeds, Step::Inspect], "{plan}");
    let calls = [installation.dev.calls(), installation.prod.calls()].concat();
    assert!(calls.iter().all(|call| !call.operation.changes()));
}
