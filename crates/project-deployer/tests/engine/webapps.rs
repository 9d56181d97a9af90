//! C7: webapps get their run-as user at each update, and those that run restart.

use std::io::{Cursor, Write as _};
use std::time::Duration;

use project_deployer::update::Step;
use project_deployer_client::prelude::*;
use project_deployer_client::{
    AutomationNode as _, Failure, Identity, NodeErrorKind, Operation, Upload,
};
use project_deployer_core::health::Health;
use project_deployer_core::status::{UpdateDetail, UpdateStatus};
use project_deployer_store::{FailingStore, FailureMode, MemoryStore};

use crate::installation::{Installation, churn, dana, parsed};

/// Bundle `v1` is active, webapp `board` runs as its last editor, and user `rita` is imposed for the next update.
async fn prepare(installation: &Installation) {
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
    installation.dev.restart_webapp(&churn(), "board").await.unwrap();
    let user = Some(parsed("rita"));
    installation.change_infra("dev", |infra| infra.webapps_run_as_user = user).await;
    let _ = installation.dev.take_calls();
}

async fn prepared() -> Installation {
    let installation = Installation::new().await.with_deployment().await;
    prepare(&installation).await;
    installation
}

async fn publish_without_webapps(installation: &Installation, bundle: &str) {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("export-manifest.json", zip::write::SimpleFileOptions::default()).unwrap();
    write!(zip, r#"{{"projectKey": "CHURN", "bundleId": "{bundle}"}}"#).unwrap();
    let upload = Upload::from_bytes(format!("{bundle}.zip"), zip.finish().unwrap().into_inner());
    installation.dana().upload_bundle(upload, None).await.unwrap();
}

async fn choose(installation: &Installation, bundle: &str) {
    installation.change("churn-dev", |document| document["bundleId"] = bundle.into()).await;
}

fn log(detail: UpdateDetail) -> String {
    detail.logs.unwrap().lines.join("\n")
}

async fn users(installation: &Installation) -> Vec<Option<String>> {
    let webapps = installation.dev.webapps(&churn()).await.unwrap();
    webapps.into_iter().map(|webapp| webapp.run_as_user).collect()
}

/// Both run as `rita`, and only the one that ran before has a backend, which runs as `rita`.
async fn assert_set_up(installation: &Installation, what: &str) {
    let rita = || Some("rita".to_owned());
    assert_eq!(users(installation).await, [rita(), rita()], "{what}");
    assert_eq!(installation.dev.backend_user(&churn(), "board"), rita(), "{what}");
    assert_eq!(installation.dev.backend_user(&churn(), "form"), None, "{what}");
}

#[tokio::test(start_paused = true)]
async fn webapps_get_the_imposed_user_and_those_that_run_restart() {
    // C7, R-S8, R-S7
    let installation = prepared().await;
    assert_eq!(installation.dev.backend_user(&churn(), "board").as_deref(), Some(""));
    let detail = installation.update("churn-dev").await;
    assert_eq!(detail.status, UpdateStatus::Success, "{detail:?}");
    let calls = installation.dev.take_calls();
    let writes = [Operation::ConfigureWebapp, Operation::RestartWebapp];
    let writes: Vec<_> = calls.iter().filter(|call| writes.contains(&call.operation)).collect();
    assert!(writes.iter().all(|call| call.acting == Identity::Impersonate(parsed("dana"))));
    let texts: Vec<_> = writes.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "write webapp board of CHURN",
            "write webapp form of CHURN",
            "restart the backend of webapp board of CHURN"
        ]
    );
    assert_set_up(&installation, "after the update").await;
    // The product applies it at each deployment: the next one restarts again, with the code that it brings.
    installation.update("churn-dev").await;
    assert!(installation.dev.calls().iter().any(|call| call.operation == Operation::RestartWebapp));
    assert_set_up(&installation, "after another update").await;
}

#[tokio::test(start_paused = true)]
async fn where_nobody_is_imposed_no_webapp_is_asked_for() {
    let installation = Installation::new().await.with_deployment().await;
    installation.update("churn-dev").await;
    let of_webapps = [Operation::Webapps, Operation::ConfigureWebapp, Operation::RestartWebapp];
    let calls = installation.dev.calls();
    assert!(calls.iter().all(|call| !of_webapps.contains(&call.operation)), "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_plan_names_the_users_that_change_and_the_webapps_that_restart() {
    // F7: and sends no write.
    let installation = prepared().await;
    let plan = installation.dana().plan_deployment(&parsed("churn-dev"), None).await.unwrap();
    let node = &plan.nodes[0];
    let fields: Vec<_> = node.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["webapps.board.runAsUser", "webapps.form.runAsUser"], "{plan}");
    assert_eq!(node.restarts, ["board"]);
    for step in [Step::InspectWebapps, Step::SetUpWebapps, Step::RestartWebapps] {
        assert!(node.steps.contains(&step), "{plan}");
    }
    assert!(plan.to_string().contains("webapps that restart: board"), "{plan}");
    assert!(installation.dev.calls().iter().all(|call| !call.operation.changes()));
}

#[tokio::test(start_paused = true)]
async fn a_plan_names_no_webapp_that_the_new_bundle_lacks() {
    // F7
    let installation = prepared().await;
    publish_without_webapps(&installation, "v2").await;
    choose(&installation, "v2").await;
    let plan = installation.dana().plan_deployment(&parsed("churn-dev"), None).await.unwrap();
    assert!(plan.nodes[0].restarts.is_empty(), "{plan}");
}

#[tokio::test(start_paused = true)]
async fn each_call_about_webapps_may_fail_once() {
    // R4, R7
    for operation in [Operation::Webapps, Operation::ConfigureWebapp, Operation::RestartWebapp] {
        let busy = Failure::Before(NodeErrorKind::Busy(None));
        for failure in [busy, Failure::ReplyLost] {
            let installation = prepared().await;
            installation.dev.fail_next(operation, failure.clone());
            let detail = installation.update("churn-dev").await;
            assert_eq!(detail.status, UpdateStatus::Success, "{operation} {failure:?}: {detail:?}");
            assert_set_up(&installation, &format!("{operation} {failure:?}")).await;
        }
        let installation = prepared().await;
        let refusal = NodeErrorKind::Refused { status: 400, message: "no".to_owned() };
        installation.dev.fail_next(operation, Failure::Before(refusal));
        let detail = installation.update("churn-dev").await;
        // One webapp that is not restarted fails no update.
        let restarts = operation == Operation::RestartWebapp;
        let status = if restarts { UpdateStatus::Warning } else { UpdateStatus::Failed };
        assert_eq!(detail.status, status, "{operation}: {detail:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_webapp_that_cannot_be_restarted_keeps_no_other_from_it() {
    // C7
    for (kind, calls) in [
        (NodeErrorKind::Failed { status: 500, message: "no port".to_owned() }, 2),
        (NodeErrorKind::Busy(None), 4),
    ] {
        let installation = prepared().await;
        installation.dev.restart_webapp(&churn(), "form").await.unwrap();
        let _ = installation.dev.take_calls();
        for _ in 0..calls - 1 {
            installation.dev.fail_next(Operation::RestartWebapp, Failure::Before(kind.clone()));
        }
        let detail = installation.update("churn-dev").await;
        assert_eq!(detail.status, UpdateStatus::Warning, "{detail:?}");
        let log = detail.logs.unwrap().lines.join("\n");
        assert!(
            log.contains("webapp `board` was not restarted and may run with the user"),
            "{log}"
        );
        let restarts = installation.dev.take_calls().into_iter();
        let restarts = restarts.filter(|call| call.operation == Operation::RestartWebapp).count();
        assert_eq!(restarts, calls, "{kind:?}");
        let user = installation.dev.backend_user(&churn(), "form");
        assert_eq!(user.as_deref(), Some("rita"), "the other one is restarted: {kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_somebody_starts_during_the_update_restarts_as_well() {
    // C7, R-S8: `form` starts after the webapps that run were noted.
    let installation = prepared().await;
    let busy = NodeErrorKind::Busy(Some(Duration::from_secs(10)));
    installation.dev.fail_next(Operation::ActivateBundle, Failure::Before(busy));
    let (detail, ()) = futures::future::join(installation.update("churn-dev"), async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        installation.dev.restart_webapp(&churn(), "form").await.unwrap();
    })
    .await;
    assert_eq!(detail.status, UpdateStatus::Success, "{detail:?}");
    for webapp in ["board", "form"] {
        let user = installation.dev.backend_user(&churn(), webapp);
        assert_eq!(user.as_deref(), Some("rita"), "{webapp}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_death_at_any_commit_leaves_no_backend_under_another_user() {
    // R1, R2
    let first = commits().await;
    for commit in first.0..first.1 {
        for mode in [FailureMode::Before(commit), FailureMode::After(commit)] {
            let inner = MemoryStore::new();
            let view = FailingStore::new(inner.clone(), mode);
            let installation = Installation::on(view, MemoryStore::new()).await;
            let installation = installation.with_deployment().await;
            prepare(&installation).await;
            let began = installation.dana().start_update(&parsed("churn-dev")).await;
            tokio::time::sleep(Duration::from_secs(600)).await;
            let second = installation.deployer_on(inner, "second");
            second.resume_updates().await.unwrap();
            tokio::time::sleep(Duration::from_secs(600)).await;
            let acting = second.acting_as(dana());
            if acting.updates(&parsed("churn-dev")).await.unwrap().len() == 1 {
                assert!(began.is_err(), "{mode:?}: an update that was promised is lost");
                continue;
            }
            let detail = acting.last_update(&parsed("churn-dev")).await.unwrap();
            assert_eq!(detail.status, UpdateStatus::Success, "{mode:?} {detail:?}");
            assert_set_up(&installation, &format!("{mode:?}")).await;
        }
    }
}

/// The numbers of the first commit of the update after the preparation, and of the first one after it.
async fn commits() -> (usize, usize) {
    let inner = MemoryStore::new();
    let store = FailingStore::new(inner.clone(), FailureMode::Before(usize::MAX));
    let installation = Installation::on(store.clone(), inner).await.with_deployment().await;
    prepare(&installation).await;
    let first = store.commits();
    installation.update("churn-dev").await;
    (first, store.commits())
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_does_not_come_up_is_a_warning_that_names_it() {
    let installation = prepared().await;
    installation.dev.crash_backends(true);
    let detail = installation.update("churn-dev").await;
    assert_eq!(detail.status, UpdateStatus::Warning, "{detail:?}");
    let log = detail.logs.unwrap().lines.join("\n");
    assert!(log.contains("webapp `board` does not run after its restart"), "{log}");
}

#[tokio::test(start_paused = true)]
async fn a_user_that_somebody_changes_on_the_node_is_out_of_sync() {
    // G3
    let installation = prepared().await;
    installation.update("churn-dev").await;
    let status = || async {
        installation.dana().deployment_status(&parsed("churn-dev")).await.unwrap().health
    };
    assert_eq!(status().await, Health::Healthy);
    installation.dev.configure_webapp(&churn(), "form", &parsed("theo")).await.unwrap();
    assert_eq!(status().await, Health::OutOfSync);
}

#[tokio::test(start_paused = true)]
async fn what_an_update_left_down_runs_again_after_the_rollback() {
    // C7, F16: the new code does not come up, and the old one does.
    let installation = prepared().await;
    installation.publish("v2").await;
    choose(&installation, "v2").await;
    installation.dev.crash_backends(true);
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Warning);
    assert_eq!(installation.dev.backend_user(&churn(), "board"), None);
    installation.dev.crash_backends(false);
    choose(&installation, "v1").await;
    let plan = installation.dana().plan_deployment(&parsed("churn-dev"), None).await.unwrap();
    assert_eq!(plan.nodes[0].restarts, ["board"], "{plan}");
    let detail = installation.update("churn-dev").await;
    assert_eq!(detail.status, UpdateStatus::Success, "{detail:?}");
    assert_set_up(&installation, "after the rollback").await;
    // What somebody stops from then on stays down.
    installation.dev.crash_backends(true);
    installation.dev.restart_webapp(&churn(), "board").await.unwrap();
    installation.dev.crash_backends(false);
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
    assert_eq!(installation.dev.backend_user(&churn(), "board"), None);
}

#[tokio::test(start_paused = true)]
async fn a_webapp_that_a_bundle_took_away_runs_again_once_a_bundle_brings_it_back() {
    // C7, F16: over updates that fail before and after the activation.
    let installation = prepared().await;
    for bundle in ["v2", "v3"] {
        publish_without_webapps(&installation, bundle).await;
        choose(&installation, bundle).await;
        let detail = installation.update("churn-dev").await;
        assert_eq!(detail.status, UpdateStatus::Success, "{detail:?}");
    }
    let refusal = NodeErrorKind::Refused { status: 400, message: "no".to_owned() };
    for failing in [Operation::PreloadBundle, Operation::Webapps, Operation::ConfigureWebapp] {
        choose(&installation, "v1").await;
        installation.dev.fail_next(failing, Failure::Before(refusal.clone()));
        let detail = installation.update("churn-dev").await;
        assert_eq!(detail.status, UpdateStatus::Failed, "{failing}: {detail:?}");
    }
    let detail = installation.update("churn-dev").await;
    assert_eq!(detail.status, UpdateStatus::Success, "{detail:?}");
    assert_set_up(&installation, "after the rollback").await;
}

#[tokio::test(start_paused = true)]
async fn a_node_that_does_not_say_which_backends_run_makes_a_warning_and_no_failure() {
    // C7, R6: neither a failure nor a success that nobody saw.
    let installation = prepared().await;
    installation.dev.hide_backends(true);
    let plan = installation.dana().plan_deployment(&parsed("churn-dev"), None).await.unwrap();
    let unknown: Vec<_> = plan.nodes[0].findings.iter().map(|it| it.what.clone()).collect();
    assert!(unknown.iter().any(|it| it.contains("whether webapp `board` runs")), "{unknown:?}");
    let detail = installation.update("churn-dev").await;
    assert_eq!(detail.status, UpdateStatus::Warning, "{detail:?}");
    let text = log(detail);
    assert!(text.contains("whether webapp `board` runs is unknown: not allowed"), "{text}");
    let rita = || Some("rita".to_owned());
    assert_eq!(users(&installation).await, [rita(), rita()], "their user is set");
    // Nobody starts what may have been stopped.
    assert_eq!(installation.dev.backend_user(&churn(), "board").as_deref(), Some(""));
    assert_eq!(installation.dev.backend_user(&churn(), "form"), None);
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_was_restarted_and_cannot_be_seen_is_unknown() {
    // C7, R6
    let installation = prepared().await;
    let busy = NodeErrorKind::Busy(Some(Duration::from_secs(10)));
    installation.dev.fail_next(Operation::RestartWebapp, Failure::Before(busy));
    let (detail, ()) = futures::future::join(installation.update("churn-dev"), async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        installation.dev.hide_backends(true);
    })
    .await;
    assert_eq!(detail.status, UpdateStatus::Warning, "{detail:?}");
    let text = log(detail);
    assert!(
        text.contains("webapp `board` was restarted, and whether it runs is unknown"),
        "{text}"
    );
    installation.dev.hide_backends(false);
    assert_set_up(&installation, "it runs").await;
}
