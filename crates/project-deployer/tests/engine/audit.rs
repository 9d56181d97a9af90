//! The audit: one record for each change, whoever makes it, and nobody changes records unnoticed.

mod chain;
mod every_method;
mod methods;
mod reading;
mod refused;
mod retention;

use futures::TryStreamExt as _;
use project_deployer::audit::{AuditEntry, AuditOutcome};
use project_deployer::store::{MemoryStore, SecretsAtRest, SqliteStore, Store};
use project_deployer::{Deployer, DeployerSession};
use project_deployer_core::rights::Caller;

use crate::installation::{Installation, parsed};

/// A session of a global administrator of a Deployer.
fn administrator(deployer: &Deployer) -> DeployerSession {
    deployer.acting_as(Caller::administrator(parsed("root")))
}

/// All records, in the order of the chain.
async fn records(deployer: &Deployer) -> Vec<AuditEntry> {
    let stream = administrator(deployer).export_audit(None).await.unwrap();
    stream.try_collect().await.unwrap()
}

/// A record in one line: outcome, action, kind and id.
fn line(entry: &AuditEntry) -> String {
    let record = &entry.record;
    let outcome = match record.outcome {
        AuditOutcome::Done => String::new(),
        _ => format!("{} ", record.code.as_deref().unwrap_or("refused")),
    };
    format!("{outcome}{} {} {}", record.action, record.kind, record.id)
}

async fn lines(deployer: &Deployer) -> Vec<String> {
    records(deployer).await.iter().map(line).collect()
}

/// A store on SQLite. Its directory has to outlive it.
async fn sqlite() -> (SqliteStore, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deployer.db");
    (SqliteStore::open(path, SecretsAtRest::Plain).await.unwrap(), directory)
}

/// A Deployer on a store.
fn deployer_on(store: impl Store) -> Deployer {
    let fleet = project_deployer_client::FakeFleet::new();
    Deployer::builder(fleet).name("first").on(store, project_deployer::store::MemoryArchive::new())
}

/// A Deployer on a store in memory, with a deployment.
async fn installation() -> (Installation, MemoryStore) {
    let store = MemoryStore::new();
    (Installation::on(store.clone(), store.clone()).await.with_deployment().await, store)
}
