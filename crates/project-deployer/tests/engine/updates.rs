use futures::FutureExt as _;
use project_deployer::board::board;
use project_deployer_client::prelude::*;
use project_deployer_client::{
    AutomationNode as _, DeployerError, Identity, Operation, Upload, Warnings,
};
use project_deployer_core::health::Health;
use project_deployer_core::infra::{Hook, PermissionsPropagationPolicy, Target};
use project_deployer_core::status::UpdateStatus;
use serde_json::json;

use crate::installation::{Installation, archive, churn, deployment, entry, parsed};

fn log(detail: &project_deployer_core::status::UpdateDetail) -> String {
    detail.logs.as_ref().map(|logs| logs.lines.join("\n")).unwrap_or_default()
}

#[tokio::test]
async fn a_bundle_is_sent_and_activated_and_the_deployment_is_healthy() {
    // R-D4
    let installation = Installation::new().await.with_deployment().await;
    let detail = installation.update("churn-dev").await;
    assert_eq!(detail.status, UpdateStatus::Success, "{}", log(&detail));
    assert_eq!(detail.requester.as_str(), "dana");
    assert!(detail.end_timestamp.is_some());
    let project = installation.dev.project(&churn()).await.unwrap().unwrap();
    assert_eq!(project.active_bundle.unwrap().as_str(), "v1");
    let status = installation.dana().deployment_status(&parsed("churn-dev")).await.unwrap();
    assert_eq!((status.health, status.monitoring.has_scenarios), (Health::Healthy, true));
    assert!(
        !installation.dana().deployment(&parsed("churn-dev")).await.unwrap().never_ever_deployed
    );
}

#[tokio::test]
async fn an_update_says_what_it_deploys_and_who_wrote_it() {
    let installation = Installation::new().await.with_bundle().await;
    let author = json!({"exportedBy": "mina", "exportedOn": "2026-01-01T00:00:00.000+0000",
        "releaseNotes": "\nFixes the join\u{1b}[2J\nand more"});
    let bytes = archive("CHURN", "v2", json!({"exportUserInfo": author}));
    installation.dana().upload_bundle(Upload::from_bytes("v2.zip", bytes), None).await.unwrap();
    installation.deploy("churn-dev", "dev", "v2").await;
    let log = log(&installation.update("churn-dev").await);
    let packages = installation.dana().project(&churn()).await.unwrap().packages;
    let digest = packages.last().unwrap().digest.clone().unwrap();
    let first = log.lines().next().unwrap();
    assert!(
        first.ends_with(&format!(
            "dana requests bundle v2 as project CHURN on dev; the bundle has the digest {digest}, \
             written by mina, created 2026-01-01T00:00:00Z, release notes: Fixes the join\\u{{1b}}[2J"
        )),
        "{first}"
    );
    let board = board(&installation.dana()).await.unwrap();
    let line = "release notes: Fixes the join\\u{1b}[2J";
    assert!(board.to_string().contains(line) && board.to_string().contains(digest.as_str()));
}

#[tokio::test]
async fn changes_are_made_as_the_requester_and_checks_with_the_key() {
    // R-S7
    let installation = Installation::new().await.with_deployment().await;
    installation.update("churn-dev").await;
    let calls = installation.dev.calls();
    let changes: Vec<_> = calls.iter().filter(|call| call.operation.changes()).collect();
    assert!(!changes.is_empty());
    assert!(
        changes.iter().all(|call| call.acting == Identity::Impersonate(parsed("dana"))),
        "{changes:?}"
    );
    let looks = calls.iter().filter(|call| call.operation == Operation::Project);
    assert!(looks.into_iter().all(|call| call.acting == Identity::ApiKey));
}

#[tokio::test]
async fn with_a_deploy_as_user_changes_are_made_as_that_user() {
    // R-S7
    let installation = Installation::new().await.with_deployment().await;
    installation.change_infra("dev", |infra| infra.deploy_as_user = Some(parsed("admin"))).await;
    let detail = installation.update("churn-dev").await;
    assert_eq!(detail.status, UpdateStatus::Success, "{}", log(&detail));
    assert!(log(&detail).contains("deployed as admin"), "{}", log(&detail));
    let changes = installation.dev.calls().into_iter().filter(|call| call.operation.changes());
    assert!(changes.into_iter().all(|call| call.acting == Identity::Impersonate(parsed("admin"))));
}

#[tokio::test]
async fn settings_do_nothing_until_an_update_and_the_health_names_what_differs() {
    // R-D5
    let installation = Installation::new().await.with_deployment().await;
    installation.update("churn-dev").await;
    installation.publish("v2").await;
    installation
        .change("churn-dev", |document| {
            document["bundleId"] = json!("v2");
            document["localVariables"] = json!({"threshold": 0.7});
            document["scenariosToActivate"] = json!({"NIGHTLY": true});
        })
        .await;
    let status = installation.dana().deployment_status(&parsed("churn-dev")).await.unwrap();
    assert_eq!(status.health, Health::OutOfSync);
    let messages: Vec<_> = status.health_messages.0.iter().map(|m| m.message.as_str()).collect();
    for field in ["bundleId", "localVariables.threshold", "scenarios.NIGHTLY.triggers"] {
        assert!(messages.iter().any(|text| text.contains(field)), "{field}: {messages:?}");
    }
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
    let status = installation.dana().deployment_status(&parsed("churn-dev")).await.unwrap();
    assert_eq!(status.health, Health::Healthy, "{:?}", status.health_messages);
}

#[tokio::test]
async fn going_back_to_an_earlier_bundle_is_an_ordinary_update() {
    let installation = Installation::new().await.with_deployment().await;
    installation.update("churn-dev").await;
    installation.publish("v2").await;
    installation.change("churn-dev", |document| document["bundleId"] = json!("v2")).await;
    installation.update("churn-dev").await;
    let _ = installation.dev.take_calls();
    installation.change("churn-dev", |document| document["bundleId"] = json!("v1")).await;
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
    let imports =
        installation.dev.calls().into_iter().filter(|c| c.operation == Operation::ImportBundle);
    assert_eq!(imports.count(), 0, "the bundle is there already");
    let project = installation.dev.project(&churn()).await.unwrap().unwrap();
    assert_eq!(project.active_bundle.unwrap().as_str(), "v1");
    assert_eq!(installation.dana().updates(&parsed("churn-dev")).await.unwrap().len(), 3);
}

#[tokio::test]
async fn another_key_and_full_propagation_name_who_was_left_out() {
    // R-S3, R-S4
    let installation = Installation::new().await.with_bundle().await;
    let all = PermissionsPropagationPolicy::All;
    installation.change_infra("dev", |infra| infra.permissions_propagation = all).await;
    let mut creation = deployment("d", "dev", "v1");
    creation.deployed_project_key = Some(parsed("CHURN_DEV"));
    installation.dana().create_deployment(&creation, Warnings::AsErrors).await.unwrap();
    let detail = installation.update("d").await;
    assert_eq!(detail.status, UpdateStatus::Warning, "{}", log(&detail));
    assert!(log(&detail).contains("unknown users ignored: ghost"), "{}", log(&detail));
    let configuration = installation.dev.project_configuration(&parsed("CHURN_DEV")).await.unwrap();
    let groups: Vec<_> =
        configuration.permissions.permissions.iter().filter_map(|p| p.group.as_ref()).collect();
    assert!(groups.iter().any(|group| group.as_str() == "analysts"), "{groups:?}");
}

#[tokio::test]
async fn all_nodes_of_an_infrastructure_are_changed_as_a_unit() {
    // R-I6
    let installation = Installation::new().await.with_bundle().await;
    let both = Target::MultiNode(vec![entry("dev"), entry("prod")]);
    installation.register("both", "Test", both).await;
    installation.deploy("d", "both", "v1").await;
    assert_eq!(installation.update("d").await.status, UpdateStatus::Success);
    for node in [&installation.dev, &installation.prod] {
        assert!(node.project(&churn()).await.unwrap().is_some());
    }
    installation.prod.remove_project(&churn());
    let status = installation.dana().deployment_status(&parsed("d")).await.unwrap();
    assert_eq!(status.health, Health::OutOfSync, "one of two is enough");
}

#[tokio::test]
async fn the_first_node_that_fails_ends_the_update() {
    let installation = Installation::new().await.with_bundle().await;
    let both = Target::MultiNode(vec![entry("dev"), entry("prod")]);
    installation.register("both", "Test", both).await;
    installation.deploy("d", "both", "v1").await;
    installation.dev.remove_connection("sql-prod");
    let detail = installation.update("d").await;
    assert_eq!(detail.status, UpdateStatus::Failed);
    assert!(log(&detail).contains("ERR_BUNDLE_ACTIVATE_MISSING_CONNECTION"), "{}", log(&detail));
    // It was asked for what the bundle needs, before the first was written to.
    let calls = installation.prod.calls();
    assert!(calls.iter().all(|call| call.operation == Operation::CodeEnvs), "{calls:?}");
}

#[tokio::test]
async fn a_login_that_the_node_does_not_know_is_told_what_to_do() {
    // R-S9, R-S10
    let installation = Installation::new().await.with_deployment().await;
    installation.dev.remove_user(&parsed("dana"));
    let detail = installation.update("churn-dev").await;
    assert_eq!(detail.status, UpdateStatus::Failed);
    let log = log(&detail);
    assert!(log.contains("there is no user `dana` on this node yet"), "{log}");
    assert!(log.contains("log in once at https://dev.example:11200"), "{log}");
    let status = installation.dana().deployment_status(&parsed("churn-dev")).await.unwrap();
    assert_eq!(status.health, Health::Error);
}

#[tokio::test]
async fn scenarios_run_as_the_imposed_user_after_every_update() {
    // R-S8
    let installation = Installation::new().await.with_deployment().await;
    installation
        .change_infra("dev", |infra| infra.scenarios_run_as_user = Some(parsed("rita")))
        .await;
    installation
        .change("churn-dev", |document| document["scenariosToActivate"] = json!({"NIGHTLY": true}))
        .await;
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
    let scenarios = installation.dev.scenarios(&churn()).await.unwrap();
    assert!(scenarios.iter().all(|scenario| scenario.run_as_user.as_deref() == Some("rita")));
    assert!(scenarios.iter().any(|scenario| scenario.id == "NIGHTLY" && scenario.active));
}

#[tokio::test]
async fn hooks_that_cannot_be_run_prevent_an_update() {
    // R-H4
    let installation = Installation::new().await.with_deployment().await;
    let hook = Hook::new("approve");
    installation.change_infra("dev", |infra| infra.hooks.pre.push(hook)).await;
    let refused =
        installation.admin().start_update(&parsed("churn-dev")).await.unwrap_err().to_string();
    assert!(refused.contains("Python code"), "{refused}");
    assert!(refused.contains("`http`, `process` and `in-process`"), "{refused}");
    assert!(installation.dev.calls().is_empty());
}

#[tokio::test]
async fn a_node_without_address_or_key_is_no_target() {
    let installation = Installation::new().await.with_deployment().await;
    installation
        .change_infra("dev", |infra| infra.target = Target::SingleNode(Default::default()))
        .await;
    let refused =
        installation.dana().start_update(&parsed("churn-dev")).await.unwrap_err().to_string();
    assert!(refused.contains("no address or no admin key"), "{refused}");
}

#[tokio::test]
async fn a_task_is_shown_to_those_who_see_its_deployment() {
    // R-P2
    let installation = Installation::new().await.with_deployment().await;
    let dana = installation.dana();
    let task = dana.start_update(&parsed("churn-dev")).await.unwrap();
    let id = task.job_id.clone().unwrap();
    dana.wait(&task).await.unwrap();
    let state = dana.future(&id).await.unwrap();
    assert!(state.has_result && !state.alive);
    assert_eq!(state.result.unwrap()["status"], "SUCCESS");
    let hidden = installation.member("nora", &[]).future(&id).await.unwrap_err().to_string();
    let absent = dana.future("none").await.unwrap_err().to_string();
    assert_eq!(hidden.replace(&id, "none"), absent);
}

#[tokio::test]
async fn progress_is_told_while_an_update_runs() {
    let installation = Installation::new().await.with_deployment().await;
    let mut progress = installation.deployer.progress();
    let detail = installation.update("churn-dev").await;
    let mut lines = Vec::new();
    while let Some(Some(event)) = progress.next().now_or_never() {
        assert_eq!(event.deployment.as_str(), "churn-dev");
        lines.push(event.line);
    }
    assert_eq!(lines, detail.logs.unwrap().lines);
}

#[tokio::test]
async fn test_scenarios_run_on_the_node_and_are_counted() {
    // wire-facts 2.12
    let installation = Installation::new().await.with_deployment().await;
    installation.update("churn-dev").await;
    let dana = installation.dana();
    let before = dana.testing_status(&parsed("churn-dev"), None, None).await.unwrap();
    assert_eq!(before.nb_total_ran_scenarios, 0);
    let after = dana.run_test_scenarios(&parsed("churn-dev"), None).await.unwrap();
    assert_eq!(after.nb_scenarios_per_outcome, [("SUCCESS".to_owned(), 1)].into());
    let other = dana.testing_status(&parsed("churn-dev"), Some(&parsed("v9")), None).await.unwrap();
    assert_eq!(other.nb_total_ran_scenarios, 0, "of a bundle that is not active");
    let refused = installation.member("rob", &["deployers"]);
    assert!(refused.run_test_scenarios(&parsed("churn-dev"), None).await.is_err());
}

#[tokio::test]
async fn a_deleted_deployment_leaves_the_project_on_the_node() {
    let installation = Installation::new().await.with_deployment().await;
    installation.update("churn-dev").await;
    installation.dana().delete_deployment(&parsed("churn-dev")).await.unwrap();
    assert!(installation.dev.project(&churn()).await.unwrap().is_some());
    let error = installation.dana().last_update(&parsed("churn-dev")).await.unwrap_err();
    assert!(matches!(error, DeployerError::NotFound(_)), "{error}");
    installation.deploy("churn-dev", "dev", "v1").await;
    assert!(installation.dana().updates(&parsed("churn-dev")).await.unwrap().is_empty());
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
}

#[tokio::test]
async fn the_board_shows_every_deployment_on_its_stage() {
    // R-I1
    let installation = Installation::new().await.with_deployment().await;
    installation.update("churn-dev").await;
    installation.deploy("churn-prod", "prod", "v1").await;
    let board = board(&installation.dana()).await.unwrap();
    let stages: Vec<_> =
        board.stages.iter().map(|column| (column.stage.as_str(), column.rows.len())).collect();
    assert_eq!(stages, [("Development", 1), ("Test", 0), ("Production", 1)]);
    assert_eq!(board.stages[0].rows[0].health, Health::Healthy);
    assert_eq!(board.stages[2].rows[0].health, Health::Unknown);
}
