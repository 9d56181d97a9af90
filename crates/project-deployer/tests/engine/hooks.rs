//! Hooks of infrastructures: run by updates, or tried.

mod matrix;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use project_deployer::hooks::{HookCall, HookLimits, HookOutcome, HookResult, UpdateHook};
use project_deployer::{Deployer, DeployerBuilder, DeployerError};
use project_deployer_client::AutomationNode as _;
use project_deployer_client::prelude::*;
use project_deployer_core::document::Document as _;
use project_deployer_core::infra::{Hook, HookPhase};
use project_deployer_core::status::{UpdateDetail, UpdateStatus};
use project_deployer_store::{FailingStore, FailureMode, JournalStream, MemoryStore, Store as _};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::installation::{Installation, churn, dana, parsed};

/// A hook of the host, which keeps its calls.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorder {
    calls: Arc<Mutex<Vec<HookCall>>>,
    fails: bool,
    waits: bool,
    begun: Arc<Notify>,
}

#[async_trait]
impl UpdateHook for Recorder {
    async fn run(&self, call: &HookCall) -> HookOutcome {
        self.calls.lock().unwrap().push(call.clone());
        self.begun.notify_one();
        if self.waits {
            std::future::pending::<()>().await;
        }
        if self.fails {
            HookOutcome::error("frozen until Monday")
        } else {
            HookOutcome::success("")
        }
    }
}

impl Recorder {
    fn phases(&self) -> Vec<HookPhase> {
        self.calls.lock().unwrap().iter().map(|call| call.phase).collect()
    }
}

pub(crate) fn in_process(name: &str, registered: &str) -> Hook {
    let document = json!({"name": name, "type": "in-process", "hook": registered});
    Hook::from_document(document).unwrap()
}

/// An installation with a hook of each phase.
async fn installation(pre: &Recorder, rest: &Recorder) -> Installation {
    let (pre, rest) = (pre.clone(), rest.clone());
    with_hooks(Installation::set_up(|builder| builder.hook("pre", pre).hook("rest", rest)).await)
        .await
}

async fn with_hooks(installation: Installation) -> Installation {
    let installation = installation.with_deployment().await;
    installation
        .change_infra("dev", |infra| {
            infra.hooks.pre = vec![in_process("gate", "pre")];
            infra.hooks.post = vec![in_process("note", "rest")];
            infra.hooks.on_failure = vec![in_process("page", "rest")];
        })
        .await;
    installation
}

fn log(detail: &UpdateDetail) -> String {
    detail.logs.as_ref().map(|logs| logs.lines.join("\n")).unwrap_or_default()
}

#[tokio::test]
async fn hooks_run_around_an_update_and_get_what_it_is_about() {
    // H1, R-H5
    let (pre, rest) = (Recorder::default(), Recorder::default());
    let installation = installation(&pre, &rest).await;
    let detail = installation.update("churn-dev").await;
    assert_eq!(detail.status, UpdateStatus::Success, "{}", log(&detail));
    assert_eq!((pre.phases(), rest.phases()), (vec![HookPhase::Pre], vec![HookPhase::Post]));
    let data = |hook: &Recorder| hook.calls.lock().unwrap()[0].payload["data"].clone();
    let before = data(&pre);
    assert_eq!(before["requestingUser"], "dana");
    assert_eq!(before["deployedProjectKey"], "CHURN");
    assert_eq!((&before["deploymentReport"], &before["isTrial"]), (&Value::Null, &json!(false)));
    let after = data(&rest);
    assert_eq!(after["deploymentReport"]["status"], "SUCCESS");
    assert_ne!(before["key"], after["key"]);
}

#[tokio::test]
async fn a_failing_pre_hook_stops_before_any_node_is_asked() {
    // R-H4, H2
    let (pre, rest) = (Recorder { fails: true, ..Recorder::default() }, Recorder::default());
    let installation = installation(&pre, &rest).await;
    let _ = installation.dev.take_calls();
    let detail = installation.update("churn-dev").await;
    assert_eq!(detail.status, UpdateStatus::Failed);
    let log = log(&detail);
    assert!(
        log.contains("pre hook `gate` failed, and nothing was written to a node: frozen"),
        "{log}"
    );
    assert!(installation.dev.calls().is_empty());
    assert_eq!(rest.phases(), [HookPhase::OnFailure]);
}

#[tokio::test]
async fn a_failing_post_hook_is_a_warning_on_the_result() {
    // H4
    let (pre, rest) = (Recorder::default(), Recorder { fails: true, ..Recorder::default() });
    let installation = installation(&pre, &rest).await;
    let detail = installation.update("churn-dev").await;
    assert_eq!(detail.status, UpdateStatus::Warning, "{}", log(&detail));
    assert!(log(&detail).contains("post hook `note` failed: frozen"), "{}", log(&detail));
    let project = installation.dev.project(&churn()).await.unwrap().unwrap();
    assert_eq!(project.active_bundle.unwrap().as_str(), "v1");
    assert_eq!(rest.phases(), [HookPhase::Post], "no hook of a failure ran");
}

#[tokio::test]
async fn an_on_failure_hook_runs_once_after_a_failed_step() {
    // H2
    let (pre, rest) = (Recorder::default(), Recorder::default());
    let installation = installation(&pre, &rest).await;
    installation.dev.remove_connection("sql-prod");
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Failed);
    assert_eq!(rest.phases(), [HookPhase::OnFailure]);
    let payload = rest.calls.lock().unwrap()[0].payload.clone();
    let reason = payload["data"]["deploymentReport"]["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("this step failed"), "{reason}");
}

#[tokio::test]
async fn a_cancel_ends_a_hook_that_runs() {
    // R-D14
    let (pre, rest) = (Recorder { waits: true, ..Recorder::default() }, Recorder::default());
    let installation = installation(&pre, &rest).await;
    let dana = installation.dana();
    let task = dana.start_update(&parsed("churn-dev")).await.unwrap();
    pre.begun.notified().await;
    let queue = installation.admin().hook_queue().await.unwrap();
    assert_eq!((queue.len(), queue[0].is_running, queue[0].name.as_str()), (1, true, "gate"));
    assert!(dana.hook_queue().await.unwrap().is_empty(), "dana administers nothing");
    dana.abort_future(task.job_id.as_deref().unwrap()).await.unwrap();
    let detail = dana.wait(&task).await.unwrap();
    assert_eq!(detail.status, UpdateStatus::Aborted, "{}", log(&detail));
    assert!(rest.phases().is_empty(), "a cancelled update runs no further hook");
}

#[tokio::test]
async fn a_cancel_within_a_hook_after_a_failure_leaves_the_update_failed() {
    // R-D14, H2: whoever got the call of the hook knows of the failure.
    let pre = Recorder { fails: true, ..Recorder::default() };
    let rest = Recorder { waits: true, ..Recorder::default() };
    let installation = installation(&pre, &rest).await;
    let dana = installation.dana();
    let task = dana.start_update(&parsed("churn-dev")).await.unwrap();
    rest.begun.notified().await;
    dana.abort_future(task.job_id.as_deref().unwrap()).await.unwrap();
    let detail = dana.wait(&task).await.unwrap();
    assert_eq!(detail.status, UpdateStatus::Failed, "{}", log(&detail));
    assert!(log(&detail).contains("dana cancelled it after it had failed"), "{}", log(&detail));
    assert!(log(&detail).contains("pre hook `gate` failed"), "{}", log(&detail));
    assert_eq!(rest.phases(), [HookPhase::OnFailure], "it ran once, and was stopped");
}

#[tokio::test(start_paused = true)]
async fn a_cancel_while_a_hook_after_a_failure_waits_for_a_slot_leaves_the_update_failed() {
    // R-D14, H2, H3
    let (busy, rest) = (Recorder { waits: true, ..Recorder::default() }, Recorder::default());
    let (first, second) = (busy.clone(), rest.clone());
    let installation = Installation::set_up(|builder| {
        let limits = HookLimits::default().with_at_a_time(1);
        builder.hook_limits(limits).hook("busy", first).hook("rest", second)
    })
    .await
    .with_deployment()
    .await;
    installation
        .change_infra("dev", |infra| {
            infra.hooks.post = vec![in_process("other", "busy")];
            infra.hooks.on_failure = vec![in_process("page", "rest")];
        })
        .await;
    let admin = installation.admin();
    let trial =
        tokio::spawn(async move { admin.try_hook(&parsed("dev"), HookPhase::Post, "other").await });
    busy.begun.notified().await;
    installation.dev.remove_connection("sql-prod");
    let dana = installation.dana();
    let task = dana.start_update(&parsed("churn-dev")).await.unwrap();
    let admin = installation.admin();
    let waits = |hook: &project_deployer::hooks::QueuedHook| {
        hook.phase == HookPhase::OnFailure && !hook.is_running
    };
    while !admin.hook_queue().await.unwrap().iter().any(waits) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    dana.abort_future(task.job_id.as_deref().unwrap()).await.unwrap();
    let detail = dana.wait(&task).await.unwrap();
    assert_eq!(detail.status, UpdateStatus::Failed, "{}", log(&detail));
    assert!(log(&detail).contains("dana cancelled it after it had failed"), "{}", log(&detail));
    assert!(rest.phases().is_empty(), "it did not run");
    trial.abort();
}

#[tokio::test(start_paused = true)]
async fn a_hook_without_a_slot_in_time_fails() {
    // H3
    let (pre, rest) = (Recorder { waits: true, ..Recorder::default() }, Recorder::default());
    let (first, second) = (pre.clone(), rest.clone());
    let installation = Installation::set_up(|builder| {
        let limits = HookLimits::default().with_at_a_time(1);
        builder.hook_limits(limits).hook("pre", first).hook("rest", second)
    })
    .await
    .with_deployment()
    .await;
    let set = |infra: &mut project_deployer_core::infra::InfraSettings| {
        infra.hooks.pre = vec![in_process("gate", "rest")];
        infra.hooks.post = vec![in_process("other", "pre")];
    };
    installation.change_infra("dev", set).await;
    let admin = installation.admin();
    let busy =
        tokio::spawn(async move { admin.try_hook(&parsed("dev"), HookPhase::Post, "other").await });
    pre.begun.notified().await;
    let detail = installation.update("churn-dev").await;
    assert_eq!(detail.status, UpdateStatus::Failed);
    assert!(log(&detail).contains("waited 10 s"), "{}", log(&detail));
    assert!(rest.phases().is_empty(), "it did not run");
    let tried = busy.await.unwrap().unwrap();
    assert_eq!(tried.outcome.status, HookResult::Error);
    assert!(tried.took >= Duration::from_secs(60));
}

#[tokio::test]
async fn a_hook_is_tried_without_an_update_by_those_who_administer_it() {
    // H6
    let (pre, rest) = (Recorder { fails: true, ..Recorder::default() }, Recorder::default());
    let installation = installation(&pre, &rest).await;
    let dev = parsed("dev");
    let _ = installation.dev.take_calls();
    let tried = installation.admin().try_hook(&dev, HookPhase::Pre, "gate").await.unwrap();
    assert_eq!(tried.outcome, HookOutcome::error("frozen until Monday"));
    let call = pre.calls.lock().unwrap()[0].clone();
    assert!(call.is_trial && call.payload["data"]["isTrial"] == true);
    assert!(installation.dev.calls().is_empty());
    assert!(installation.dana().updates(&parsed("churn-dev")).await.unwrap().is_empty());
    let unknown = installation.admin().try_hook(&dev, HookPhase::Post, "gate").await.unwrap_err();
    assert!(matches!(unknown, DeployerError::NotFound(_)), "{unknown}");
    let refused = installation.dana().try_hook(&dev, HookPhase::Pre, "gate").await.unwrap_err();
    assert!(matches!(refused, DeployerError::Forbidden(_)), "{refused}");
}

#[tokio::test]
async fn what_this_deployer_cannot_run_refuses_updates_and_names_every_reason() {
    // R-H4
    let (pre, rest) = (Recorder::default(), Recorder::default());
    let installation = installation(&pre, &rest).await;
    let process = json!({"name": "p", "type": "process", "program": "check"});
    installation
        .change_infra("dev", |infra| {
            infra.hooks.pre =
                vec![Hook::from_document(process).unwrap(), in_process("gate", "unknown")];
            infra.hooks.post = Vec::new();
        })
        .await;
    let refused = installation.dana().start_update(&parsed("churn-dev")).await.unwrap_err();
    // The names are for administrators of the infrastructure (R-P5).
    let refused = refused.to_string();
    assert!(refused.contains("cannot run") && !refused.contains("gate"), "{refused}");
    let refused = installation.admin().start_update(&parsed("churn-dev")).await.unwrap_err();
    let refused = refused.to_string();
    assert!(refused.contains("runs no programs") && refused.contains("`unknown`"), "{refused}");
}

#[tokio::test]
async fn settings_with_a_mistake_in_a_hook_are_not_saved() {
    let installation = Installation::new().await.with_infras().await;
    let admin = installation.admin();
    let mut settings = admin.infra_settings(&parsed("dev")).await.unwrap();
    let wrong = json!({"name": "p", "type": "process", "program": "../check"});
    settings.hooks.pre = vec![Hook::from_document(wrong).unwrap()];
    let refused = admin.save_infra_settings(&settings).await.unwrap_err().to_string();
    assert!(refused.contains("pre hook `p`: `program` is no file name"), "{refused}");
}

/// Runs an update in a process that dies at a commit, and another process that goes on.
async fn dies_at(mode: FailureMode) -> (Recorder, Recorder) {
    let (pre, rest, inner) = (Recorder::default(), Recorder::default(), MemoryStore::new());
    let view = FailingStore::new(inner.clone(), mode);
    let (a, b) = (pre.clone(), rest.clone());
    let set_up = |builder: DeployerBuilder| builder.hook("pre", a).hook("rest", b);
    let installation = Installation::built(view, inner, set_up).await;
    let installation = with_hooks(installation).await;
    let began = installation.dana().start_update(&parsed("churn-dev")).await;
    // Longer than a lease.
    tokio::time::sleep(Duration::from_secs(600)).await;
    let builder = Deployer::builder(installation.fleet.clone()).name("second");
    let builder = builder.hook("pre", pre.clone()).hook("rest", rest.clone());
    let second = builder.on(installation.store.clone(), installation.archive.clone());
    second.resume_updates().await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    let acting = second.acting_as(dana());
    let updates = acting.updates(&parsed("churn-dev")).await.unwrap();
    match updates.first() {
        Some(update) => assert_eq!(update.status, UpdateStatus::Success, "{mode:?}"),
        None => assert!(began.is_err(), "{mode:?}: an update that was promised is lost"),
    }
    (pre, rest)
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_at_any_commit_leaves_hooks_with_one_key_each() {
    // H5: what is recorded is never run again, and what is unknown is run with the same key.
    let inner = MemoryStore::new();
    let store = FailingStore::new(inner.clone(), FailureMode::Before(usize::MAX));
    let (a, b) = (Recorder::default(), Recorder::default());
    let set_up = |builder: DeployerBuilder| builder.hook("pre", a).hook("rest", b);
    let installation = with_hooks(Installation::built(store.clone(), inner, set_up).await).await;
    let prepared = store.commits();
    installation.update("churn-dev").await;
    let mut twice = 0;
    for number in prepared..store.commits() {
        for mode in [FailureMode::Before(number), FailureMode::After(number)] {
            let (pre, rest) = dies_at(mode).await;
            for hook in [pre, rest] {
                let calls = hook.calls.lock().unwrap();
                assert!(calls.len() <= 2, "{mode:?}: {calls:?}");
                assert!(calls.windows(2).all(|two| two[0].key == two[1].key), "{mode:?}");
                assert!(calls.windows(2).all(|two| two[0].payload == two[1].payload), "{mode:?}");
                twice += calls.len() / 2;
            }
        }
    }
    // Each of the two hooks ran, and its end was not written.
    assert!(twice >= 2, "{twice}");
}

/// Whether a journal has the failure of the hook before the update ahead of the cancel, or a hook after the failure.
fn failed_before_cancel(entries: &[Value]) -> bool {
    let failure = |entry: &Value| {
        entry["event"] == "hook-finished"
            && entry["phase"] == "pre"
            && entry["outcome"]["status"] == "ERROR"
    };
    let failed = entries.iter().position(failure);
    let cancelled = entries.iter().position(|entry| entry["event"] == "cancel-requested");
    entries.iter().any(|entry| entry["phase"] == "on-failure")
        || failed.is_some_and(|failed| cancelled.is_some_and(|cancelled| failed < cancelled))
}

#[tokio::test(start_paused = true)]
async fn a_failed_update_that_was_cancelled_and_left_by_a_dead_process_is_ended_as_failed() {
    // R-D14, H2: a new update of the project ends it.
    let (mut found, mut cancelled) = (0, 0);
    for number in 0.. {
        let pre = Recorder { fails: true, ..Recorder::default() };
        let (rest, inner) = (Recorder::default(), MemoryStore::new());
        let view = FailingStore::new(inner.clone(), FailureMode::Before(number));
        let (a, b) = (pre.clone(), rest.clone());
        let set_up = |builder: DeployerBuilder| builder.hook("pre", a).hook("rest", b);
        let built = Installation::built(inner.clone(), inner.clone(), |builder| builder).await;
        let installation = with_hooks(built).await;
        let builder = Deployer::builder(installation.fleet.clone()).name("dying");
        let dying = set_up(builder).on(view.clone(), installation.archive.clone());
        let Ok(task) = dying.acting_as(dana()).start_update(&parsed("churn-dev")).await else {
            continue;
        };
        tokio::time::sleep(Duration::from_secs(600)).await;
        let builder = Deployer::builder(installation.fleet.clone()).name("second");
        let builder = builder.hook("pre", Recorder::default()).hook("rest", rest.clone());
        let second = builder.on(inner, installation.archive.clone()).acting_as(dana());
        let last = second.last_update(&parsed("churn-dev")).await.unwrap();
        if last.status != UpdateStatus::Running {
            break;
        }
        second.abort_future(task.job_id.as_deref().unwrap()).await.unwrap();
        let had_reported = rest.phases() == [HookPhase::OnFailure];
        let next = second.start_update(&parsed("churn-dev")).await.unwrap();
        assert_eq!(second.wait(&next).await.unwrap().status, UpdateStatus::Success);
        let all = second.updates(&parsed("churn-dev")).await.unwrap();
        let left =
            all.iter().find(|update| update.start_timestamp == last.start_timestamp).unwrap();
        let journal = JournalStream(format!("update/{}", task.job_id.as_deref().unwrap()));
        let entries = installation.store.journal(&journal, 0, 1000).await.unwrap();
        let entries: Vec<_> = entries.into_iter().map(|entry| entry.body).collect();
        let had_failed = failed_before_cancel(&entries);
        let expected = if had_failed { UpdateStatus::Failed } else { UpdateStatus::Aborted };
        assert_eq!(left.status, expected, "{number}: {entries:?}");
        assert!(had_failed || !had_reported, "whoever got the call of the hook knows: {number}");
        found += usize::from(had_reported);
        cancelled += usize::from(left.status == UpdateStatus::Aborted);
    }
    assert!(found > 0 && cancelled > 0, "{found} {cancelled}");
}
