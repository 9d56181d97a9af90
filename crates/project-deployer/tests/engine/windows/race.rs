//! B5: windows that change between the decision about a start and its commit.

use project_deployer::Deployer;
use project_deployer_client::prelude::*;
use project_deployer_store::{MeanwhileStore, MemoryStore};

use super::{Hand, NOON, admin, dana, freeze, nights, on, parsed, refused};
use crate::installation::Installation;

/// A second Deployer on the same state, and its store, in which something else may happen.
fn second(installation: &Installation, clock: &Hand) -> (MeanwhileStore<MemoryStore>, Deployer) {
    let store = MeanwhileStore::new(installation.store.clone());
    let deployer = Deployer::builder(installation.fleet.clone())
        .name("second")
        .clock(clock.clone())
        .on(store.clone(), installation.archive.clone());
    (store, deployer)
}

#[tokio::test]
async fn a_start_that_was_decided_before_windows_changed_is_refused() {
    // B5
    let installation = Installation::new().await.with_deployment().await;
    let clock = Hand::at(NOON);
    let (store, other) = second(&installation, &clock);
    let dana = other.acting_as(dana());
    let root = admin(&on(&installation, &clock));

    let adding = root.clone();
    store.before_a_commit_of("update", async move {
        adding.add_window(freeze("everything")).await.unwrap();
    });
    assert_eq!(refused(&dana).await.code(), "changed-meanwhile", "a window that denies");
    assert_eq!(refused(&dana).await.code(), "outside-window");
    root.remove_window(&parsed("everything"), &parsed("freeze")).await.unwrap();

    // Of two windows that allow, the open one.
    let mut days = nights("everything");
    days.name = parsed("days");
    days.recurrence = super::Recurrence::new("0 8 * * *", 600, "UTC").unwrap();
    root.add_window(days).await.unwrap();
    root.add_window(nights("everything")).await.unwrap();
    let removing = root.clone();
    store.before_a_commit_of("update", async move {
        removing.remove_window(&parsed("everything"), &parsed("days")).await.unwrap();
    });
    assert_eq!(refused(&dana).await.code(), "changed-meanwhile", "the window that allowed it");
    assert_eq!(refused(&dana).await.code(), "outside-window");
    assert_eq!(dana.updates(&super::churn_dev()).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_plan_that_took_its_time_has_the_windows_that_there_are_at_its_end() {
    // B5, F7
    let installation = Installation::new().await.with_deployment().await;
    let clock = Hand::at(NOON);
    let (store, other) = second(&installation, &clock);
    let (dana, root) = (other.acting_as(dana()), admin(&on(&installation, &clock)));
    let plan = async || dana.plan_deployment(&super::churn_dev(), None).await.unwrap();
    let open = plan().await;
    assert_eq!(open.outside_window, None);
    // After the plan has read what there is.
    store.after_changes(0, async move {
        root.add_window(freeze("everything")).await.unwrap();
    });
    let shut = plan().await;
    assert!(store.is_done() && shut.outside_window.is_some(), "{shut}");
    assert_eq!(shut.digest, open.digest);
}
