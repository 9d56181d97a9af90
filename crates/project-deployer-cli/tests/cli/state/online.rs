//! Actions on a state with a Deployer that runs.

use std::collections::BTreeSet;

use project_deployer::core::accounts::Group;
use project_deployer::store::{Collection, Listing, Store as _};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::filled::{Filled, admin, parsed};
use super::{done, state};

const WRITERS: usize = 8;

/// The groups of a store with the revisions of their last write.
async fn groups(places: &Filled, name: &str) -> Vec<(String, u64)> {
    let store = places.store(name).await;
    let listing = Listing::of(Collection::new("group"), usize::MAX);
    let found = store.list(&listing).await.unwrap();
    found.into_iter().map(|group| (group.id, group.revision.0)).collect()
}

#[tokio::test]
async fn a_backup_under_eight_writers_is_one_state_of_the_store() {
    // R1
    let places = Filled::new().await;
    let deployer = places.open("one").await.unwrap();
    let (stop, stopped) = watch::channel(false);
    let (begin, mut begun) = tokio::sync::mpsc::channel(WRITERS);
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (deployer, stopped, begin) = (deployer.clone(), stopped.clone(), begin.clone());
        writers.spawn(async move {
            let admin = admin(&deployer);
            for number in 0.. {
                let group = Group::new(parsed(&format!("w{writer}-{number}")));
                admin.save_group(&group).await.unwrap();
                if number == 3 {
                    begin.send(()).await.unwrap();
                }
                if *stopped.borrow() && number >= 3 {
                    return;
                }
            }
        });
    }
    for _ in 0..WRITERS {
        begun.recv().await.unwrap();
    }
    let (one, backup, new) = (places.url("one"), places.url("backup"), places.url("new"));
    let copied = done(&["backup", &one, &backup]).await;
    let revision = copied["revision"].as_u64().unwrap();
    stop.send(true).unwrap();
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }
    let keys = format!("file:{}", places.file("one", "deployer.db.key").display());
    done(&["restore", &backup, &new, "--from-key", &keys]).await;
    // Each group was written once: those up to the revision of the backup are in it, and no other.
    let written = groups(&places, "one").await.into_iter();
    let expected: BTreeSet<_> =
        written.filter(|(_, at)| *at <= revision).map(|(id, _)| id).collect();
    let found: BTreeSet<_> = groups(&places, "new").await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(found, expected);
    assert!(found.len() >= 4 * WRITERS, "{found:?}");
    let checked = done(&["verify", &new]).await;
    assert_eq!(checked["secrets"], 2);
}

#[tokio::test]
async fn what_needs_a_quiet_state_names_the_deployer_that_runs() {
    let places = Filled::new().await;
    let deployer = places.open("one").await.unwrap();
    let (one, two) = (places.url("one"), places.url("two"));
    let (code, _, errors) = state(&["move", &one, &two]).await;
    assert!(code == 3 && errors.contains("the-running-one works on"), "{code} {errors}");
    assert!(!places.path().join("two").exists());
    for allowed in [&["status", &one][..], &["verify", &one], &["compact", &one]] {
        done(allowed).await;
    }
    // And it still runs.
    admin(&deployer).save_group(&Group::new(parsed("after"))).await.unwrap();
}

#[tokio::test]
async fn a_deployer_is_not_restored_over() {
    let places = Filled::new().await;
    let url = places.url("backup");
    done(&["backup", &places.url("one"), &url]).await;
    let before = places.contents("one").await;
    let (code, _, errors) = state(&["restore", &url, &places.url("one")]).await;
    assert!(code == 3 && errors.contains("has a state already"), "{code} {errors}");
    assert_eq!(places.contents("one").await, before);
}
