//! B5: an update that windows refused, in a process that died before it could end it.

use project_deployer::history::HistoryFilter;
use project_deployer_core::infra::Target;
use project_deployer_store::{Commit, JournalStream};
use serde_json::json;

use super::*;
use crate::installation::entry;

/// The process that comes next, and the second update, which is open.
async fn refused_and_left() -> (Installation, Deployer, FutureState) {
    let (installation, clock, deployer) = two_at_night().await;
    let [_, second] = started(&installation, &deployer, &deployer.acting_as(dana())).await;
    let _ = deployer.shutdown(Duration::ZERO).await;
    tokio::time::sleep(Duration::from_secs(120)).await;
    let journal = JournalStream(format!("update/{}", second.job_id.as_deref().unwrap()));
    let refused =
        json!({"event": "outside-window", "at": at(NIGHT), "refused": "`nights` is over"});
    installation.store.commit(Commit::new().append(journal, refused)).await.unwrap();
    let next = queued_on(&installation, &clock, "next");
    (installation, next, second)
}

/// Nothing was begun, so it has not failed.
async fn assert_aborted(next: &Deployer, update: &FutureState) {
    let start = Timestamp::from_millis(update.start_time);
    let detail = next.acting_as(dana()).update(&parsed("churn-copy"), start).await.unwrap();
    let log = log(&detail);
    assert_eq!(detail.status, UpdateStatus::Aborted, "{log}");
    assert!(log.contains("outside-window: "), "{log}");
}

#[tokio::test(start_paused = true)]
async fn a_new_update_ends_one_that_windows_refused_as_aborted() {
    // B5
    let (_installation, next, second) = refused_and_left().await;
    let dana = next.acting_as(dana());
    let again = dana.start_update(&parsed("churn-copy")).await.unwrap();
    assert_eq!(dana.wait(&again).await.unwrap().status, UpdateStatus::Success);
    assert_aborted(&next, &second).await;
}

#[tokio::test(start_paused = true)]
async fn an_update_that_windows_refused_ends_as_aborted_also_where_its_node_is_gone() {
    // B5
    let (installation, next, second) = refused_and_left().await;
    let elsewhere = Target::SingleNode(entry("elsewhere"));
    installation.change_infra("dev", |infra| infra.target = elsewhere).await;
    next.resume_updates().await.unwrap();
    assert_aborted(&next, &second).await;
}

#[tokio::test(start_paused = true)]
async fn the_deletion_of_a_deployment_ends_an_update_that_windows_refused_as_aborted() {
    // B5
    let (installation, next, second) = refused_and_left().await;
    let dana = next.acting_as(dana());
    dana.delete_deployment(&parsed("churn-copy")).await.unwrap();
    let filter = HistoryFilter::default().with_deployment(Some(parsed("churn-copy")));
    let page = dana.history(&filter, None, 10).await.unwrap();
    assert_eq!(page.entries.len(), 1);
    assert_eq!(page.entries[0].status, UpdateStatus::Aborted);
    let journal = JournalStream(format!("update/{}", second.job_id.as_deref().unwrap()));
    let entries = installation.store.journal(&journal, 0, 100).await.unwrap();
    let closed = &entries.last().unwrap().body;
    assert_eq!((&closed["event"], &closed["status"]), (&json!("closed"), &json!("ABORTED")));
    let reason = closed["reason"].as_str().unwrap();
    assert!(reason.starts_with("outside-window: ") && reason.contains("was deleted"), "{reason}");
}
