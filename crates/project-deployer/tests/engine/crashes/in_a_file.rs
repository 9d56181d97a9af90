//! The same on SQLite, at fewer commits.

use project_deployer_store::{FailureMode, SecretsAtRest, SqliteStore};
use tempfile::TempDir;

use super::{commits, dies_and_is_resumed, dies_twice};
use crate::in_step::InStep;

/// A store in a file of its own.
async fn file() -> (InStep, TempDir) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("deployer.db");
    let store = SqliteStore::open(path, SecretsAtRest::Plain).await.unwrap();
    (InStep::new(store), folder)
}

#[tokio::test(start_paused = true)]
async fn a_death_at_many_commits_loses_and_doubles_nothing_in_a_file() {
    // R1, R2
    let (prepared, all) = commits().await;
    for commit in prepared..all {
        let mode = match commit % 2 {
            0 => FailureMode::Before(commit),
            _ => FailureMode::After(commit),
        };
        let (store, _folder) = file().await;
        dies_and_is_resumed(mode, store).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_deployer_that_dies_while_it_resumes_loses_and_doubles_nothing_in_a_file() {
    // R2: death during recovery.
    let (prepared, all) = commits().await;
    for first in (prepared + 1..all).step_by(2) {
        let (store, _folder) = file().await;
        dies_twice(first, first % 4, store).await;
    }
}
