//! The audit on PostgreSQL.

use futures::TryStreamExt as _;
use project_deployer::audit::AuditEntry;
use project_deployer::core::rights::Caller;
use project_deployer::prelude::*;
use project_deployer::store::{Commit, MemoryArchive, PostgresStore, Store as _};
use project_deployer_tests::quick;
use tokio::task::JoinSet;

use crate::servers::new_store;

/// How many changes each process makes.
const EACH: usize = 20;

fn deployer(store: &PostgresStore) -> Deployer {
    let connector = HttpConnector::builder().timeouts(quick()).build().unwrap();
    Deployer::builder(connector).on(store.clone(), MemoryArchive::new())
}

fn admin(deployer: &Deployer) -> DeployerSession {
    deployer.acting_as(Caller::administrator("dana".parse().unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_processes_make_one_chain_and_a_change_of_it_is_found() {
    // R18
    let Some(store) = new_store().await else { return };
    let processes: Vec<_> = (0..4).map(|_| deployer(&store)).collect();
    let mut tasks = JoinSet::new();
    for (process, deployer) in processes.iter().enumerate() {
        let writer = admin(deployer);
        tasks.spawn(async move {
            for number in 0..EACH {
                let id = format!("i-{process}-{number}").parse().unwrap();
                let infra = InfraCreation::new(id, "Test".parse().unwrap());
                writer.create_infra(&infra).await.unwrap();
            }
        });
        let sealer = deployer.clone();
        tasks.spawn(async move {
            for _ in 0..10 {
                sealer.seal_audit().await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    processes[0].seal_audit().await.unwrap();
    let found = admin(&processes[1]).verify_audit(None).await.unwrap();
    assert_eq!(found.faults, []);
    assert_eq!((found.sealed, found.unsealed), (4 * EACH as u64, 0));
    let stream = admin(&processes[2]).export_audit(None).await.unwrap();
    let all: Vec<AuditEntry> = stream.try_collect().await.unwrap();
    assert_eq!(all.len(), 4 * EACH);

    let id = all[7].id.to_string();
    let (day, _) = id.split_once('/').unwrap();
    let journal = project_deployer::store::JournalStream(format!("audit/{day}"));
    let entries = store.journal(&journal, 0, 1000).await.unwrap();
    store.commit(Commit::new().remove_journal(journal.clone())).await.unwrap();
    let mut bodies: Vec<_> = entries.into_iter().map(|entry| entry.body).collect();
    bodies.swap(7, 8);
    let anew =
        bodies.into_iter().fold(Commit::new(), |commit, body| commit.append(journal.clone(), body));
    store.commit(anew).await.unwrap();
    let found = admin(&processes[3]).verify_audit(None).await.unwrap();
    assert_eq!(found.faults.len(), 2, "{:?}", found.faults);
}
