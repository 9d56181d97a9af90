//! Updates that are cancelled: at any time, from any process, whatever the node does.

mod deaths;

use std::time::Duration;

use project_deployer_client::prelude::*;
use project_deployer_client::{AutomationNode as _, DeployerError, Failure, Operation};
use project_deployer_core::infra::Target;
use project_deployer_core::node::FutureOutcome;
use project_deployer_core::rights::{Caller, InfraGrant, InfraRight, ProjectGrant, ProjectRight};
use project_deployer_core::status::{UpdateDetail, UpdateStatus};
use project_deployer_core::{DeploymentId, Timestamp};
use project_deployer_store::{
    Collection, ListedDocument, Listing, MemoryStore, PacedStore, Store as _,
};
use tokio::time::Instant;

use crate::installation::{Installation, churn, dana, entry, parsed};

/// What a cancel may take.
const BOUND: Duration = Duration::from_secs(30);

fn id() -> DeploymentId {
    parsed("churn-dev")
}

fn log(detail: &UpdateDetail) -> String {
    detail.logs.as_ref().unwrap().lines.join("\n")
}

/// The active bundle of the project on the node of `dev`.
async fn active(installation: &Installation) -> Option<String> {
    let project = installation.dev.project(&churn()).await.unwrap()?;
    project.active_bundle.map(|bundle| bundle.to_string())
}

/// With `v1` deployed, and `v2` chosen.
async fn second_bundle(installation: Installation) -> Installation {
    installation.update("churn-dev").await;
    installation.publish("v2").await;
    installation.change("churn-dev", |settings| settings["bundleId"] = "v2".into()).await;
    installation
}

/// Starts an update whose next call of this operation goes wrong, and waits until that call is made.
async fn until_called(
    installation: &Installation,
    operation: Operation,
    failure: Failure,
) -> Timestamp {
    installation.dev.fail_next(operation, failure);
    let before = calls(installation, operation);
    let task = installation.dana().start_update(&id()).await.unwrap();
    while calls(installation, operation) == before {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Timestamp::from_millis(task.start_time)
}

fn calls(installation: &Installation, operation: Operation) -> usize {
    installation.dev.calls().iter().filter(|call| call.operation == operation).count()
}

/// Cancels in another process, and returns the update after its end, which is in time.
async fn cancelled_elsewhere(installation: &Installation, start: Timestamp) -> UpdateDetail {
    let second = installation.another_deployer("second").acting_as(dana());
    let asked = Instant::now();
    second.cancel_update(&id(), start).await.unwrap();
    loop {
        let detail = second.update(&id(), start).await.unwrap();
        if detail.status != UpdateStatus::Running {
            assert!(asked.elapsed() <= BOUND, "{:?}: {}", asked.elapsed(), log(&detail));
            return detail;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_of_the_node_is_stopped_and_the_old_bundle_stays_active() {
    // R4
    for operation in [Operation::ImportBundle, Operation::PreloadBundle, Operation::ActivateBundle]
    {
        let installation = second_bundle(Installation::new().await.with_deployment().await).await;
        let start = until_called(&installation, operation, Failure::RunsUntilStopped).await;
        let detail = cancelled_elsewhere(&installation, start).await;
        let log = log(&detail);
        assert_eq!(detail.status, UpdateStatus::Aborted, "{operation}: {log}");
        assert!(log.contains("dana cancels the update"), "{log}");
        assert!(log.contains("the task was stopped"), "{operation}: {log}");
        assert!(log.contains("v1 is still active"), "{operation}: {log}");
        assert_eq!(active(&installation).await.unwrap(), "v1", "{operation}");
        assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_without_a_reply_is_given_up_and_the_node_is_asked_what_it_has() {
    // R6: the log says what is true of the node.
    let operations = [
        Operation::Project,
        Operation::ImportBundle,
        Operation::ConfigureProject,
        Operation::PreloadBundle,
        Operation::ActivateBundle,
    ];
    for operation in operations {
        for failure in [Failure::Stuck, Failure::NoReply] {
            let installation =
                second_bundle(Installation::new().await.with_deployment().await).await;
            let start = until_called(&installation, operation, failure.clone()).await;
            let detail = cancelled_elsewhere(&installation, start).await;
            let log = log(&detail);
            let case = format!("{operation} {failure:?}: {log}");
            if (operation, &failure) == (Operation::ActivateBundle, &Failure::NoReply) {
                assert_eq!(detail.status, UpdateStatus::Success, "{case}");
                assert!(log.contains("dana cancelled it too late"), "{case}");
                assert_eq!(active(&installation).await.unwrap(), "v2", "{case}");
            } else {
                assert_eq!(detail.status, UpdateStatus::Aborted, "{case}");
                assert!(!log.contains("unknown on node"), "{case}");
                assert_eq!(active(&installation).await.unwrap(), "v1", "{case}");
            }
            if operation == Operation::ImportBundle {
                let landed = failure == Failure::NoReply;
                assert_eq!(log.contains("done: import the bundle"), landed, "{case}");
                assert_eq!(log.contains("nothing was written"), !landed, "{case}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_silent_node_has_is_unknown_on_node() {
    // R6
    for operation in [Operation::ImportBundle, Operation::ActivateBundle] {
        let installation = second_bundle(Installation::new().await.with_deployment().await).await;
        let start = until_called(&installation, operation, Failure::NoReply).await;
        for _ in 0..5 {
            installation.dev.fail_next(Operation::Project, Failure::Stuck);
        }
        let detail = cancelled_elsewhere(&installation, start).await;
        let log = log(&detail);
        assert_eq!(detail.status, UpdateStatus::Aborted, "{log}");
        assert!(log.contains("unknown on node: whether"), "{log}");
        assert!(log.contains("check the status of the deployment"), "{log}");
        assert!(!log.contains("still active"), "{operation}: {log}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_goes_silent_after_the_activation_makes_the_update_fail() {
    // It is neither the old bundle nor a complete new one.
    for failure in [Failure::NoReply, Failure::Stuck] {
        let installation = second_bundle(Installation::new().await.with_deployment().await).await;
        let variables = serde_json::json!({"a": 1});
        installation.change("churn-dev", |settings| settings["localVariables"] = variables).await;
        let start =
            until_called(&installation, Operation::ActivateBundle, Failure::ReplyLost).await;
        // The remappings are written before the activation, the variables after it.
        installation.dev.fail_next(Operation::ConfigureProject, failure);
        let before = calls(&installation, Operation::ConfigureProject);
        while calls(&installation, Operation::ConfigureProject) == before {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let detail = cancelled_elsewhere(&installation, start).await;
        let log = log(&detail);
        assert_eq!(active(&installation).await.unwrap(), "v2", "{log}");
        assert_eq!(detail.status, UpdateStatus::Failed, "{log}");
        assert!(log.contains("write local variables"), "{log}");
        assert!(log.contains("cancelled by dana"), "{log}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancel_at_any_moment_ends_in_time_and_says_what_is_true() {
    // R4: every step, at its beginning, in it and after it, on a slow store.
    let mut ends = std::collections::BTreeMap::new();
    for moment in 0..90 {
        let inner = MemoryStore::new();
        let slow = PacedStore::slow(inner.clone(), Duration::from_millis(500));
        let installation = Installation::on(slow, inner).await.with_deployment().await;
        let task = installation.dana().start_update(&id()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(250 * moment)).await;
        let start = Timestamp::from_millis(task.start_time);
        let second = installation.another_deployer("second").acting_as(dana());
        let asked = Instant::now();
        match second.cancel_update(&id(), start).await {
            Ok(_) => {}
            Err(DeployerError::UpdateEnded { status, .. }) => {
                assert_eq!(status, UpdateStatus::Success);
                ends.entry("ended").and_modify(|count| *count += 1).or_insert(1);
                continue;
            }
            Err(error) => panic!("{moment}: {error}"),
        }
        let detail = second.wait(&task).await.unwrap();
        assert!(asked.elapsed() <= BOUND, "{moment}: {:?}", asked.elapsed());
        let (log, active) = (log(&detail), active(&installation).await);
        assert_eq!(log.matches("cancels the update").count(), 1, "{moment}: {log}");
        let end = match detail.status {
            UpdateStatus::Aborted => {
                assert_eq!(active, None, "{moment}: {log}");
                assert!(log.contains("cancelled by dana"), "{moment}: {log}");
                "aborted"
            }
            UpdateStatus::Success => {
                assert_eq!(active.as_deref(), Some("v1"), "{moment}: {log}");
                assert!(log.contains("dana cancelled it too late"), "{moment}: {log}");
                "too late"
            }
            other => panic!("{moment}: {other} {log}"),
        };
        ends.entry(end).and_modify(|count| *count += 1).or_insert(1);
    }
    assert_eq!(
        ends.keys().copied().collect::<Vec<_>>(),
        ["aborted", "ended", "too late"],
        "{ends:?}"
    );
}

#[tokio::test]
async fn no_step_begins_after_a_cancel_that_was_stored_before_it() {
    // The process of the update has not read the cancel yet: the commit of the step finds it.
    let mut aborted = 0;
    for pause in (0..600).step_by(6) {
        let installation = Installation::racing().await.with_deployment().await;
        let [starter, canceller] = installation.in_processes(dana()).await;
        let task = starter.start_update(&id()).await.unwrap();
        for _ in 0..pause {
            tokio::task::yield_now().await;
        }
        let start = Timestamp::from_millis(task.start_time);
        let before = installation.dev.calls().len();
        let cancelled = canceller.cancel_update(&id(), start).await.is_ok();
        let at_cancel = installation.dev.calls();
        let detail = starter.wait(&task).await.unwrap();
        let writes = |from: usize| {
            let calls = installation.dev.calls();
            let later = calls[from..].iter().filter(|call| call.operation.changes());
            later.map(|call| call.operation).collect::<Vec<_>>()
        };
        if cancelled && detail.status == UpdateStatus::Aborted {
            aborted += 1;
            assert_eq!(active(&installation).await, None, "{pause}");
            // At most the step that had begun.
            assert!(writes(at_cancel.len()).len() <= 1, "{pause} {before}: {:?}", writes(before));
        }
    }
    assert!(aborted > 20, "{aborted}");
}

#[tokio::test]
async fn a_cancel_beside_the_end_is_seen_by_it_or_is_refused() {
    // No cancel is promised and then forgotten.
    let (mut seen, mut refused) = (0, 0);
    for pause in (0..12_000).step_by(120) {
        let installation = Installation::racing().await.with_deployment().await;
        let [starter, canceller] = installation.in_processes(dana()).await;
        let task = starter.start_update(&id()).await.unwrap();
        for _ in 0..pause {
            tokio::task::yield_now().await;
        }
        let start = Timestamp::from_millis(task.start_time);
        let cancel = canceller.cancel_update(&id(), start).await;
        let detail = starter.wait(&task).await.unwrap();
        match cancel {
            Ok(_) => {
                seen += 1;
                let end = detail.logs.as_ref().unwrap().lines.last().unwrap().clone();
                assert!(end.contains("dana"), "{pause}: {end}");
            }
            Err(DeployerError::UpdateEnded { status, .. }) => {
                refused += 1;
                assert_eq!(status, detail.status);
            }
            Err(error) => panic!("{pause}: {error}"),
        }
    }
    assert!(seen > 0 && refused > 0, "both orders occur: {seen} {refused}");
}

#[tokio::test(start_paused = true)]
async fn twice_is_the_same_as_once_and_the_first_one_counts() {
    let installation = second_bundle(Installation::new().await.with_deployment().await).await;
    let start = until_called(&installation, Operation::PreloadBundle, Failure::Stuck).await;
    let first = installation.dana().cancel_update(&id(), start).await.unwrap();
    assert_eq!(first.by, parsed("dana"));
    let second = installation.another_deployer("second");
    let root = second.acting_as(Caller::administrator(parsed("root")));
    assert_eq!(root.cancel_update(&id(), start).await.unwrap(), first);
    let detail = cancelled_elsewhere(&installation, start).await;
    assert_eq!(root.cancel_update(&id(), start).await.unwrap(), first, "after its end, too");
    assert_eq!(log(&detail).matches("cancels the update").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn whoever_may_deploy_may_cancel_and_nobody_else() {
    // R-P2
    let installation = second_bundle(Installation::new().await.with_deployment().await).await;
    let viewers = InfraGrant::new(parsed("viewers"), InfraRight::View);
    installation.change_infra("dev", |infra| infra.permissions.push(viewers)).await;
    let key = churn();
    let mut project = installation.dana().project_settings(&key).await.unwrap();
    project.permissions.push(ProjectGrant::new(parsed("viewers"), &[ProjectRight::Read]));
    installation.dana().save_project_settings(&project).await.unwrap();
    let start = until_called(&installation, Operation::PreloadBundle, Failure::Stuck).await;
    let task = installation.dana().last_update(&id()).await.unwrap();
    assert_eq!(task.status, UpdateStatus::Running);
    let viewer = installation.member("vera", &["viewers"]);
    let refused = viewer.cancel_update(&id(), start).await.unwrap_err();
    assert!(matches!(refused, DeployerError::Forbidden(_)), "{refused}");
    let stranger = installation.member("nora", &[]);
    let refused = stranger.cancel_update(&id(), start).await.unwrap_err();
    assert!(matches!(refused, DeployerError::NotFound(_)), "{refused}");
    let log = log(&installation.dana().last_update(&id()).await.unwrap());
    assert!(!log.contains("cancel"), "{log}");
}

#[tokio::test(start_paused = true)]
async fn an_update_that_has_ended_or_never_was_cannot_be_cancelled() {
    let installation = Installation::new().await.with_deployment().await;
    let start = installation.update("churn-dev").await.start_timestamp;
    let late = installation.dana().cancel_update(&id(), start).await.unwrap_err();
    assert_eq!(late.code(), "update-ended");
    assert!(late.to_string().contains("has ended: success; to undo it"), "{late}");
    let never = installation.dana().cancel_update(&id(), Timestamp::from_millis(7)).await;
    assert!(matches!(never, Err(DeployerError::NotFound(_))), "{never:?}");
}

#[tokio::test(start_paused = true)]
async fn to_stop_its_task_cancels_an_update() {
    // wire-facts 1.9, R-D14
    let installation = second_bundle(Installation::new().await.with_deployment().await).await;
    let start =
        until_called(&installation, Operation::PreloadBundle, Failure::RunsUntilStopped).await;
    let dana = installation.dana();
    let tasks = Listing::of(Collection::new("task"), 10);
    let tasks = installation.store.list(&tasks).await.unwrap();
    let of_this = |task: &&ListedDocument| task.body["document"]["start"] == start.as_millis();
    let job = tasks.iter().find(of_this).unwrap().id.clone();
    let state = dana.future(&job).await.unwrap();
    assert!(state.alive);
    assert!(installation.member("nora", &[]).abort_future(&job).await.is_err());
    dana.abort_future(&job).await.unwrap();
    dana.abort_future(&job).await.unwrap();
    let detail = dana.wait(&state).await.unwrap();
    assert_eq!(detail.status, UpdateStatus::Aborted);
    let state = dana.future(&job).await.unwrap();
    assert!(state.aborted && state.has_result && !state.alive, "{state:?}");
    assert_eq!(state.outcome(), FutureOutcome::Aborted);
    dana.abort_future(&job).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_update_in_the_queue_ends_at_once_and_nothing_is_written() {
    for elsewhere in [false, true] {
        let (installation, deployer) = crate::queue::two_on_one_node().await;
        let session = deployer.acting_as(dana());
        let first = session.start_update(&id()).await.unwrap();
        let second = session.start_update(&parsed("churn-copy")).await.unwrap();
        assert_eq!(deployer.queue().len(), 1);
        let start = Timestamp::from_millis(second.start_time);
        let other = installation.another_deployer("second").acting_as(dana());
        let canceller = if elsewhere { &other } else { &session };
        let asked = Instant::now();
        canceller.cancel_update(&parsed("churn-copy"), start).await.unwrap();
        let detail = session.wait(&second).await.unwrap();
        let bound = Duration::from_secs(if elsewhere { 3 } else { 0 });
        assert!(asked.elapsed() <= bound, "{elsewhere} {:?}", asked.elapsed());
        let log = log(&detail);
        assert_eq!(detail.status, UpdateStatus::Aborted, "{log}");
        assert!(log.contains("cancelled by dana") && log.contains("nothing was written"), "{log}");
        assert!(installation.dev.project(&parsed("CHURN_COPY")).await.unwrap().is_none());
        assert!(deployer.queue().is_empty());
        assert_eq!(session.wait(&first).await.unwrap().status, UpdateStatus::Success);
    }
}

#[tokio::test(start_paused = true)]
async fn of_several_nodes_the_log_says_what_each_has() {
    let installation = Installation::new().await.with_bundle().await;
    let both = Target::MultiNode(vec![entry("dev"), entry("prod")]);
    installation.register("both", "Test", both).await;
    installation.deploy("d", "both", "v1").await;
    installation.prod.fail_next(Operation::Project, Failure::Stuck);
    let task = installation.dana().start_update(&parsed("d")).await.unwrap();
    while installation.prod.calls().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let start = Timestamp::from_millis(task.start_time);
    installation.dana().cancel_update(&parsed("d"), start).await.unwrap();
    let detail = installation.dana().wait(&task).await.unwrap();
    let log = log(&detail);
    assert_eq!(detail.status, UpdateStatus::Aborted, "{log}");
    assert!(log.contains("updated, bundle v1 is active"), "{log}");
    assert!(log.contains("nothing was written"), "{log}");
    assert!(installation.prod.project(&churn()).await.unwrap().is_none());
    assert_eq!(active(&installation).await.unwrap(), "v1");
}
