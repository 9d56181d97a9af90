//! A Deployer on a store that its host opened: it runs on the state as every other one does.

use project_deployer::state_admin::{Archives, StateError, backup, move_state};
use project_deployer::{Deployer, DeployerError};
use project_deployer_core::accounts::Group;
use project_deployer_core::rights::Caller;
use project_deployer_store::{MemoryArchive, SqliteStore, Store as _};

use super::*;
use crate::installation::parsed;

/// Takes the store at a place as a host does that opens it itself.
async fn on_the_store(installation: &Installation, places: &Places, name: &str) -> Deployer {
    let path = places.0.path().join(name).join("deployer.db");
    let ring = Keyring::from_file(&path.with_extension("db.key")).unwrap();
    let store = SqliteStore::open_existing(path, SecretsAtRest::Sealed(ring)).await.unwrap();
    let builder = Deployer::builder(installation.fleet.clone()).name("the-one-of-the-host");
    builder.on(store, MemoryArchive::new())
}

async fn writes(deployer: &Deployer, group: &str) -> Result<(), DeployerError> {
    let root = deployer.acting_as(Caller::administrator(parsed("root")));
    root.save_group(&Group::new(parsed(group))).await
}

#[tokio::test]
async fn a_state_is_not_moved_while_a_host_works_on_its_store() {
    // R1
    let (places, installation) = (Places::new(), installed().await);
    restore(&state_of(&installation), &places.place("one"), SILENT()).await.unwrap();
    let state = places.place("one").open().await.unwrap();
    let deployer = on_the_store(&installation, &places, "one").await;
    let background = on_the_store(&installation, &places, "one").await;
    writes(&deployer, "before").await.unwrap();
    let refused = move_state(&state, &places.place("two"), SILENT()).await.unwrap_err();
    let holder = match &refused {
        StateError::Running { holder, .. } => holder.as_str(),
        other => panic!("{other:?}"),
    };
    assert_eq!(holder, "the-one-of-the-host");
    writes(&deployer, "between").await.unwrap();
    // One that only works in the background runs as well.
    drop(deployer);
    background.trim_history().await.unwrap();
    let refused = move_state(&state, &places.place("two"), SILENT()).await.unwrap_err();
    assert!(matches!(refused, StateError::Running { .. }), "{refused:?}");
    backup(&state, &places.place("backup"), Archives::Copy, SILENT()).await.unwrap();

    // Its task releases the lease as soon as it runs.
    drop(background);
    let moved = loop {
        match move_state(&state, &places.place("two"), SILENT()).await {
            Err(StateError::Running { .. }) => tokio::task::yield_now().await,
            done => break done,
        }
    };
    moved.unwrap();
    let moved = contents_at(&places, "two").await;
    let groups = moved.documents.keys().filter(|key| key.collection.name() == "group");
    let groups: Vec<_> = groups.map(|key| key.id.as_str()).collect();
    assert!(groups.contains(&"before") && groups.contains(&"between"), "{groups:?}");

    let late = on_the_store(&installation, &places, "one").await;
    let refused = writes(&late, "late").await.unwrap_err();
    let cause = std::error::Error::source(&refused).unwrap().to_string();
    assert!(cause.contains("was moved to"), "{refused:?}");
}

#[tokio::test]
async fn a_host_waits_while_somebody_works_on_the_whole_state() {
    // R1
    let (places, installation) = (Places::new(), installed().await);
    restore(&state_of(&installation), &places.place("one"), SILENT()).await.unwrap();
    let path = places.0.path().join("one").join("deployer.db");
    let ring = Keyring::from_file(&path.with_extension("db.key")).unwrap();
    let store = SqliteStore::open_existing(path, SecretsAtRest::Sealed(ring)).await.unwrap();
    let mut leases = Vec::new();
    for number in 0..64 {
        let time = std::time::Duration::from_secs(60);
        let name = format!("presence/{number}");
        leases.push(store.take_lease(&name, "deployer state move", time).await.unwrap());
    }
    let deployer = on_the_store(&installation, &places, "one").await;
    let refused = writes(&deployer, "a").await.unwrap_err();
    assert!(matches!(refused, DeployerError::NotPossible { .. }), "{refused:?}");
    assert!(refused.to_string().contains("`deployer state move` works"), "{refused}");
    for lease in &leases {
        store.release_lease(lease).await.unwrap();
    }
    writes(&deployer, "a").await.unwrap();
}
