//! F7: what an update would do, without a write.

use project_deployer::deployment_plan::DeploymentPlan;
use project_deployer::update::Step;
use project_deployer_client::prelude::*;
use project_deployer_client::{
    DeployerError, Failure, FakeNode, NodeErrorKind, Operation, Warnings,
};
use project_deployer_core::infra::{Hook, Target};
use project_deployer_core::status::UpdateStatus;

use crate::hooks::{Recorder, in_process};
use crate::installation::{Installation, dana, entry, parsed};
use crate::windows::{Hand, NIGHT, NOON, at, on};

async fn planned(installation: &Installation, bundle: Option<&str>) -> DeploymentPlan {
    let bundle = bundle.map(parsed);
    installation.dana().plan_deployment(&parsed("churn-dev"), bundle.as_ref()).await.unwrap()
}

#[tokio::test]
async fn a_plan_names_each_change_and_sends_no_write() {
    // F7, F9
    let installation = Installation::new().await.with_deployment().await;
    let plan = planned(&installation, None).await;
    assert!(plan.differs(), "{plan}");
    let node = &plan.nodes[0];
    assert_eq!((node.fields.len(), node.fields[0].field.as_str()), (1, "project"), "{plan}");
    assert!(node.steps.starts_with(&[Step::CheckNeeds, Step::Inspect]), "{plan}");
    assert!(
        node.steps.contains(&Step::Activate) && node.steps.ends_with(&[Step::Verify]),
        "{plan}"
    );
    assert!(plan.to_string().contains("~ project: not there -> on the node"), "{plan}");
    let wrote = |node: &FakeNode| node.calls().into_iter().any(|call| call.operation.changes());
    assert!(!wrote(&installation.dev) && !wrote(&installation.prod));

    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
    assert!(wrote(&installation.dev), "an update writes, so the check above can fail");
    let after = planned(&installation, None).await;
    assert!(!after.differs(), "{after}");
    installation.publish("v2").await;
    let other = planned(&installation, Some("v2")).await;
    assert_eq!((other.from_bundle.as_str(), other.bundle.as_str()), ("v1", "v2"));
    assert_eq!(other.nodes[0].fields[0].field, "bundleId", "{other}");
    assert!(!other.nodes[0].steps.contains(&Step::ApplyPermissions), "{other}");
    let settings = installation.dana().deployment_settings(&parsed("churn-dev")).await.unwrap();
    assert_eq!(settings.bundle_id.as_str(), "v1", "a plan changes no settings");
}

#[tokio::test]
async fn what_would_fail_is_a_blocker_and_a_silent_node_is_unknown() {
    // F7
    let installation = Installation::new().await.with_deployment().await;
    installation.dev.remove_connection("sql-prod");
    installation.dev.remove_user(&parsed("dana"));
    let plan = planned(&installation, None).await;
    let blockers: Vec<String> = plan.blockers().map(|blocker| blocker.what.clone()).collect();
    assert!(blockers.iter().any(|what| what.contains("no connection `sql-prod`")), "{plan}");
    assert!(blockers.iter().any(|what| what.contains("no user `dana`")), "{plan}");
    installation.dev.set_reachable(false);
    let silent = planned(&installation, None).await;
    assert!(silent.differs() && silent.nodes[0].unknown.is_some(), "{silent}");
    assert!(silent.nodes[0].steps.is_empty(), "{silent}");
}

#[tokio::test]
async fn hooks_are_named_to_administrators_alone() {
    // R-P5
    let installation = Installation::new().await.with_deployment().await;
    installation.change_infra("dev", |infra| infra.hooks.pre = vec![Hook::new("approve")]).await;
    assert_eq!(planned(&installation, None).await.hooks, None);
    let shown = installation.admin().plan_deployment(&parsed("churn-dev"), None).await.unwrap();
    assert_eq!(shown.hooks.unwrap().pre, ["approve"]);
}

#[tokio::test]
async fn a_promotion_is_planned_for_the_deployments_in_the_next_stage() {
    // F7
    let installation = Installation::new().await.with_deployment().await;
    let missing = installation.dana().plan_promotion(&parsed("churn-dev")).await.unwrap_err();
    assert!(matches!(missing, DeployerError::NotPossible { .. }), "{missing}");
    installation.register("test", "Test", Target::SingleNode(entry("prod"))).await;
    installation.deploy("churn-test", "test", "v1").await;
    installation.deploy("churn-prod", "prod", "v1").await;
    installation.publish("v2").await;
    installation.change("churn-dev", |settings| settings["bundleId"] = "v2".into()).await;
    let plans = installation.dana().plan_promotion(&parsed("churn-dev")).await.unwrap();
    let [plan] = &plans[..] else { panic!("{plans:?}") };
    assert_eq!((plan.deployment.as_str(), plan.bundle.as_str()), ("churn-test", "v2"));
    let calls = installation.prod.calls();
    assert!(!calls.is_empty() && calls.iter().all(|call| !call.operation.changes()));
}

/// Starts what a plan says, and waits for its end.
async fn as_planned(
    installation: &Installation,
    bundle: Option<&str>,
    digest: &str,
) -> Result<UpdateStatus, DeployerError> {
    let (dana, id) = (installation.dana(), parsed("churn-dev"));
    let bundle = bundle.map(parsed);
    let started = dana.update_as_planned(&id, bundle.as_ref(), digest, Warnings::AsErrors).await?;
    Ok(dana.wait(&started).await?.status)
}

#[tokio::test]
async fn exactly_what_a_plan_says_is_done() {
    // F8
    let installation = Installation::new().await.with_deployment().await;
    installation.publish("v2").await;
    let plan = planned(&installation, Some("v2")).await;
    assert_eq!(plan.digest, planned(&installation, Some("v2")).await.digest, "it is stable");
    assert_ne!(plan.digest, planned(&installation, None).await.digest, "of one bundle only");
    let ended = as_planned(&installation, Some("v2"), &plan.digest).await.unwrap();
    assert_eq!(ended, UpdateStatus::Success);
    let settings = installation.dana().deployment_settings(&parsed("churn-dev")).await.unwrap();
    assert_eq!(settings.bundle_id.as_str(), "v2");
}

#[tokio::test]
async fn a_plan_is_refused_after_a_change_of_settings_hooks_or_node() {
    // F8, M12
    let (one, two) = (Recorder::default(), Recorder::default());
    let installation =
        Installation::set_up(|builder| builder.hook("one", one).hook("two", two)).await;
    let installation = installation.with_deployment().await;
    let refused = async |digest: &str, changed: &str| {
        let error = as_planned(&installation, None, digest).await.unwrap_err();
        assert!(
            error.to_string().contains("would not do what the plan says"),
            "{changed}: {error}"
        );
        assert!(installation.dana().updates(&parsed("churn-dev")).await.unwrap().is_empty());
    };
    let first = planned(&installation, None).await.digest;
    let admins = installation.admin().plan_deployment(&parsed("churn-dev"), None).await.unwrap();
    refused(&admins.digest, "another requester").await;
    installation
        .change("churn-dev", |settings| settings["disableAutomaticTriggers"] = true.into())
        .await;
    refused(&first, "settings").await;

    let hooks = |registered: &str| vec![in_process("gate", registered)];
    installation.change_infra("dev", |infra| infra.hooks.post = hooks("one")).await;
    let with_hook = planned(&installation, None).await.digest;
    installation.change_infra("dev", |infra| infra.hooks.post = hooks("two")).await;
    refused(&with_hook, "what a hook does, under the same name").await;
    installation.change_infra("dev", |infra| infra.hooks.post.clear()).await;

    let second = planned(&installation, None).await.digest;
    installation.dev.remove_user(&parsed("dana"));
    refused(&second, "a login on the node").await;

    let with_blocker = planned(&installation, None).await.digest;
    let error = as_planned(&installation, None, &with_blocker).await.unwrap_err();
    assert!(error.to_string().contains("blocker"), "{error}");
}

#[tokio::test]
async fn a_plan_in_which_a_node_is_unknown_is_not_started() {
    // F8
    let installation = Installation::new().await.with_deployment().await;
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
    let refusal = || Failure::Before(NodeErrorKind::Forbidden("not yours".to_owned()));
    let fail = || installation.dev.fail_next(Operation::ProjectConfiguration, refusal());
    fail();
    let plan = planned(&installation, None).await;
    assert!(plan.nodes[0].unknown.is_some() && plan.blockers().next().is_none(), "{plan}");
    fail();
    let error = as_planned(&installation, None, &plan.digest).await.unwrap_err();
    assert!(error.to_string().contains("is unknown"), "{error}");
    let updates = installation.dana().updates(&parsed("churn-dev")).await.unwrap();
    assert_eq!(updates.len(), 1);
}

#[tokio::test]
async fn a_plan_says_which_window_would_refuse_its_update_and_when_they_open() {
    // B5, F7, F8
    let installation = Installation::new().await.with_deployment().await;
    installation.register("test", "Test", Target::SingleNode(entry("prod"))).await;
    installation.deploy("churn-test", "test", "v1").await;
    let clock = Hand::at(NOON);
    let deployer = on(&installation, &clock);
    let (root, dana) = (crate::windows::admin(&deployer), deployer.acting_as(dana()));
    let (id, other) = (parsed("churn-dev"), parsed("churn-test"));
    let open = dana.plan_deployment(&id, None).await.unwrap();
    assert_eq!(open.outside_window, None);
    assert!(!open.to_string().contains("outside windows"), "{open}");

    root.add_window(crate::windows::nights("stage/Test")).await.unwrap();
    root.add_window(crate::windows::nights("stage/Development")).await.unwrap();
    let shut = dana.plan_deployment(&id, None).await.unwrap();
    let outside = shut.outside_window.clone().unwrap();
    assert_eq!(outside.scope, Some(parsed("stage/Development")));
    assert_eq!((outside.window, outside.opens), (Some(parsed("nights")), Some(at(NIGHT))));
    let refused = dana.start_update(&id).await.unwrap_err().to_string();
    assert!(refused.starts_with(&outside.reason), "{} of {refused}", outside.reason);
    let text = shut.to_string();
    for part in ["outside windows: ", "`nights`", "it may start from 2026-11-30T22:00:00Z on"] {
        assert!(text.contains(part), "{text}");
    }
    let promoted = dana.plan_promotion(&id).await.unwrap();
    assert_eq!(promoted[0].deployment, other);
    let outside = promoted[0].outside_window.as_ref().unwrap();
    assert_eq!(outside.scope, Some(parsed("stage/Test")));

    assert_eq!(shut.digest, open.digest, "a plan may be made before a window opens");
    let planned = dana.update_as_planned(&id, None, &shut.digest, Warnings::AsErrors).await;
    assert_eq!(planned.unwrap_err().code(), "outside-window");
    clock.set(NIGHT);
    let task = dana.update_as_planned(&id, None, &shut.digest, Warnings::AsErrors).await.unwrap();
    assert_eq!(dana.wait(&task).await.unwrap().status, UpdateStatus::Success);
    assert_eq!(dana.plan_deployment(&id, None).await.unwrap().outside_window, None);
}

#[tokio::test]
async fn windows_that_cannot_be_read_are_part_of_a_plan() {
    // B5, M3
    let installation = Installation::new().await.with_deployment().await;
    let key = project_deployer_store::Collection::new("windows").key("everything");
    let broken = project_deployer_store::Commit::new();
    let broken = broken.put(key, project_deployer_store::Expected::Any, serde_json::Value::Null);
    project_deployer_store::Store::commit(&installation.store, broken).await.unwrap();
    let plan = planned(&installation, None).await;
    let outside = plan.outside_window.unwrap();
    assert_eq!((outside.scope, outside.window, outside.opens), (None, None, None));
    // Who may not remove them learns no more.
    let reason = outside.reason;
    assert!(reason.contains("windows of everything cannot be read"), "{reason}");
    assert!(!reason.contains("windows/everything"), "{reason}");
}
