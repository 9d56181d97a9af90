//! One update of a project at a time, whichever of its deployments and processes asks, and the end of an update's
//! work in a process.

use std::time::Duration;

use project_deployer_client::prelude::*;
use project_deployer_client::{AutomationNode as _, DeployerError, Operation, Warnings};
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{
    Collection, FailingStore, FailureMode, MemoryStore, PacedStore, Store as _,
};

use crate::crashes::commits;
use crate::installation::{Installation, churn, dana, deployment, parsed};

const MINUTES: Duration = Duration::from_secs(600);

/// The lease of the project that `churn-dev` writes.
const LEASE: &str = "deployed-project/dev/CHURN";

fn activations(installation: &Installation) -> usize {
    let calls = installation.dev.calls();
    calls.iter().filter(|call| call.operation == Operation::ActivateBundle).count()
}

#[tokio::test(start_paused = true)]
async fn a_store_that_became_read_only_ends_the_work_at_once_and_the_update_is_resumed() {
    // R1: no process repeats for ever what cannot pass.
    let (prepared, all) = commits().await;
    for commit in prepared + 1..all {
        let inner = MemoryStore::new();
        let view = FailingStore::new(inner.clone(), FailureMode::ReadOnlyFrom(commit));
        let installation = Installation::on(view, inner).await.with_deployment().await;
        installation.dana().start_update(&parsed("churn-dev")).await.unwrap();
        // Shorter than a lease, which was released.
        tokio::time::sleep(Duration::from_secs(30)).await;
        let calls = installation.dev.calls().len();
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert_eq!(installation.dev.calls().len(), calls, "{commit}: the work has ended");
        let second = installation.another_deployer("second");
        assert_eq!(second.resume_updates().await.unwrap(), 1, "{commit}");
        tokio::time::sleep(MINUTES).await;
        let detail = second.acting_as(dana()).last_update(&parsed("churn-dev")).await.unwrap();
        assert_eq!(detail.status, UpdateStatus::Success, "{commit} {detail:?}");
        assert_eq!(activations(&installation), 1, "{commit}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_deployments_of_one_project_are_updated_one_after_the_other() {
    // R5: both write the same project on the same nodes.
    let inner = MemoryStore::new();
    let slow = PacedStore::slow(inner.clone(), Duration::from_secs(2));
    let installation = Installation::on(slow, inner).await.with_deployment().await;
    let mut elsewhere = deployment("elsewhere", "dev", "v1");
    elsewhere.deployed_project_key = Some(parsed("CHURN_B"));
    let slow = installation.dana();
    slow.create_deployment(&elsewhere, Warnings::AsErrors).await.unwrap();
    let first = slow.start_update(&parsed("churn-dev")).await.unwrap();

    // Others are faster.
    let others = ["second", "third"].map(|name| installation.another_deployer(name));
    let [second, third] = others.map(|deployer| deployer.acting_as(dana()));
    let newer = deployment("newer", "dev", "v1");
    second.create_deployment(&newer, Warnings::AsErrors).await.unwrap();
    for session in [&second, &third] {
        let refused = session.start_update(&parsed("newer")).await.unwrap_err().to_string();
        assert!(refused.contains("another deployment of project `CHURN` on `dev`"), "{refused}");
        assert!(refused.contains("wait for the end of that update"), "{refused}");
        assert!(!refused.contains("churn-dev"), "R-P8: {refused}");
        let deleted = session.delete_deployment(&parsed("churn-dev")).await;
        assert!(matches!(deleted, Err(DeployerError::UpdateRunning { .. })), "{deleted:?}");
    }
    let beside = second.start_update(&parsed("elsewhere")).await.unwrap();
    assert_eq!(second.wait(&beside).await.unwrap().status, UpdateStatus::Success);
    let still = second.last_update(&parsed("churn-dev")).await.unwrap();
    assert_eq!(still.status, UpdateStatus::Running, "another project was not kept waiting");

    assert_eq!(slow.wait(&first).await.unwrap().status, UpdateStatus::Success);
    let newer = third.start_update(&parsed("newer")).await.unwrap();
    assert_eq!(third.wait(&newer).await.unwrap().status, UpdateStatus::Success);
}

#[tokio::test(start_paused = true)]
async fn a_start_beside_a_change_of_the_owner_is_before_it_or_refused() {
    // R5: whatever the order of their calls to the store.
    let mut started = 0;
    for pause in 0..60 {
        let installation = Installation::racing().await.with_deployment().await;
        let [starter, dana] = installation.in_processes(dana()).await;
        let (old, new) = (parsed("churn-dev"), parsed("newer"));
        let first = async {
            for _ in 0..pause {
                tokio::task::yield_now().await;
            }
            starter.start_update(&old).await
        };
        let replace = async {
            for _ in 0..30 {
                tokio::task::yield_now().await;
            }
            let newer = deployment("newer", "dev", "v1");
            dana.create_deployment(&newer, Warnings::AsErrors).await.unwrap();
            let key = Collection::new("deployed-project").key("dev/CHURN");
            let claimed = installation.store.read(&key).await.unwrap().unwrap().revision;
            let start = dana.start_update(&new).await;
            if start.is_ok() {
                let old = dana.last_update(&old).await;
                assert!(old.is_err() || old.unwrap().status != UpdateStatus::Running, "both run");
            }
            (claimed, start)
        };
        let (first, (claimed, second)) = futures::join!(first, replace);
        match &first {
            Ok(task) => {
                started += 1;
                let task = Collection::new("task").key(task.job_id.as_deref().unwrap());
                let began = installation.store.read(&task).await.unwrap().unwrap().revision;
                assert!(began < claimed, "{pause}: a superseded deployment began an update");
            }
            Err(DeployerError::ChangedMeanwhile(_)) => {}
            Err(error) => assert!(error.to_string().contains("superseded"), "{pause} {error}"),
        }
        for task in [&first, &second].into_iter().flatten() {
            assert_eq!(dana.wait(task).await.unwrap().status, UpdateStatus::Success, "{pause}");
        }
    }
    assert!(started > 0 && started < 60, "both orders occur: {started}");
}

#[tokio::test(start_paused = true)]
async fn a_start_whose_lease_went_to_another_process_is_refused() {
    // R5: the process was slow for longer than a lease.
    let inner = MemoryStore::new();
    let installation = Installation::on(inner.clone(), inner.clone()).await.with_deployment().await;
    let slow = PacedStore::slow(inner.clone(), Duration::from_secs(40));
    let stale = installation.deployer_on(slow, "slow").acting_as(dana());
    let id = parsed("churn-dev");
    let racing = async {
        while let Ok(free) = inner.take_lease(LEASE, "test", Duration::from_secs(1)).await {
            inner.release_lease(&free).await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let second = installation.another_deployer("second").acting_as(dana());
        loop {
            match second.start_update(&id).await {
                Ok(task) => break second.wait(&task).await.unwrap(),
                Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
            }
        }
    };
    let (stale, detail) = futures::join!(stale.start_update(&id), racing);
    assert!(stale.is_err(), "{stale:?}");
    assert_eq!(detail.status, UpdateStatus::Success);
    assert_eq!(installation.dana().updates(&id).await.unwrap().len(), 1);
    assert_eq!(activations(&installation), 1);
}

/// A process that died in the middle of an update of `churn-dev`, and a second one.
async fn left_behind() -> (Installation, project_deployer::Deployer) {
    let (prepared, _) = commits().await;
    let inner = MemoryStore::new();
    let view = FailingStore::new(inner.clone(), FailureMode::Before(prepared + 6));
    let installation = Installation::on(view, inner).await.with_deployment().await;
    installation.dana().start_update(&parsed("churn-dev")).await.unwrap();
    tokio::time::sleep(MINUTES).await;
    let second = installation.another_deployer("second");
    let session = second.acting_as(dana());
    let creation = deployment("newer", "dev", "v1");
    session.create_deployment(&creation, Warnings::AsErrors).await.unwrap();
    (installation, second)
}

#[tokio::test(start_paused = true)]
async fn an_update_left_behind_is_ended_by_that_of_the_new_owner_and_never_resumed() {
    // R5: it would write the old bundle over the new one.
    let (installation, second) = left_behind().await;
    let session = second.acting_as(dana());
    let task = session.start_update(&parsed("newer")).await.unwrap();
    assert_eq!(session.wait(&task).await.unwrap().status, UpdateStatus::Success);
    let calls = installation.dev.calls().len();
    let old = session.last_update(&parsed("churn-dev")).await.unwrap();
    assert_eq!(old.status, UpdateStatus::Failed);
    let log = old.logs.unwrap().lines.join("\n");
    assert!(log.contains("a new update of the project was requested"), "{log}");
    assert_eq!(second.resume_updates().await.unwrap(), 0);
    tokio::time::sleep(MINUTES).await;
    assert_eq!(installation.dev.calls().len(), calls);
    assert_eq!(session.updates(&parsed("churn-dev")).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_update_that_began_as_owner_goes_to_its_end() {
    // As it does if its process lives on. The new owner updates after it.
    let (installation, second) = left_behind().await;
    assert_eq!(second.resume_updates().await.unwrap(), 1);
    tokio::time::sleep(MINUTES).await;
    let session = second.acting_as(dana());
    let old = session.last_update(&parsed("churn-dev")).await.unwrap();
    assert_eq!(old.status, UpdateStatus::Success, "{old:?}");
    assert!(installation.dev.project(&churn()).await.unwrap().is_some());
    assert!(session.start_update(&parsed("churn-dev")).await.is_err(), "it is superseded");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_commit_stays_unknown_until_it_is_read_back() {
    // The error must not say that nothing was written.
    let inner = MemoryStore::new();
    let installation = Installation::on(inner.clone(), inner.clone()).await;
    let view = FailingStore::new(inner, FailureMode::AnswerLostThenReadOnly(0));
    let deployer = project_deployer::Deployer::builder(installation.fleet.clone())
        .on(view, installation.archive.clone());
    let error = deployer.acting_as(dana()).create_project(&churn()).await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("did not answer commit"), "{error}: {cause}");
    assert!(installation.dana().project(&churn()).await.is_ok(), "it was written");
}
