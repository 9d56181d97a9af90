//! A Deployer whose state is at a URL.

use std::fs;
use std::path::Path;
use std::time::Duration;

use project_deployer::{Deployer, DeployerBuilder, DeployerOpenError};
use project_deployer_client::FakeFleet;
use project_deployer_client::prelude::*;
use project_deployer_core::rights::Caller;
use tempfile::TempDir;

use crate::installation::{creation, parsed};

async fn open(path: &Path) -> Result<Deployer, DeployerOpenError> {
    Deployer::builder(FakeFleet::new()).open(&format!("sqlite:{}", path.display())).await
}

async fn infras(deployer: &Deployer) -> usize {
    deployer.acting_as(Caller::administrator(parsed("root"))).infras().await.unwrap().len()
}

/// The names of all files of a directory, without those of SQLite's log.
fn names(directory: &TempDir) -> Vec<String> {
    let files = fs::read_dir(directory.path()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> =
        names.filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm")).collect();
    names.sort();
    names
}

#[tokio::test]
async fn databases_of_one_stem_share_neither_key_nor_archives() {
    let directory = TempDir::new().unwrap();
    for name in ["a.db", "a.sqlite", "a"] {
        open(&directory.path().join(name)).await.unwrap();
    }
    let expected = [
        "a",
        "a.bundles",
        "a.db",
        "a.db.bundles",
        "a.db.key",
        "a.key",
        "a.sqlite",
        "a.sqlite.bundles",
        "a.sqlite.key",
    ];
    assert_eq!(names(&directory), expected);
    let key = |name: &str| fs::read(directory.path().join(name)).unwrap();
    assert_ne!(key("a.db.key"), key("a.sqlite.key"));
}

#[tokio::test]
async fn files_of_the_old_names_are_used_where_only_they_exist() {
    let directory = TempDir::new().unwrap();
    let at = |name: &str| directory.path().join(name);
    let path = at("a.db");
    // In a runtime of its own, so that nothing of it runs on beside the next Deployer.
    let first = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let deployer = open(&path).await.unwrap();
            let admin = deployer.acting_as(Caller::administrator(parsed("root")));
            admin.create_infra(&creation("dev", "Development")).await.unwrap();
        });
    });
    first.await.unwrap();
    fs::rename(at("a.db.key"), at("a.key")).unwrap();
    fs::rename(at("a.db.bundles"), at("a.bundles")).unwrap();
    assert_eq!(infras(&open(&at("a.db")).await.unwrap()).await, 1);
    assert!(!at("a.db.key").exists() && !at("a.db.bundles").exists());
    // A new database beside them does not take them.
    open(&at("a.sqlite")).await.unwrap();
    assert!(at("a.sqlite.key").exists() && at("a.sqlite.bundles").exists());
}

#[tokio::test]
async fn a_missing_key_is_an_error_that_changes_nothing() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a.db");
    drop(open(&path).await.unwrap());
    let key = directory.path().join("a.db.key");
    let kept = directory.path().join("kept");
    fs::rename(&key, &kept).unwrap();
    let before = names(&directory);
    let missing = open(&path).await.unwrap_err();
    assert!(matches!(missing, DeployerOpenError::KeyMissing { .. }), "{missing:?}");
    let text = missing.to_string();
    assert!(text.contains("a.db.key") && text.contains("backup"), "{text}");
    assert_eq!(names(&directory), before, "no new key was made");
    fs::rename(&kept, &key).unwrap();
    assert_eq!(infras(&open(&path).await.unwrap()).await, 0);
}

/// How many tasks the runtime has got since `open` was called. A runtime of one thread runs none of them meanwhile.
async fn tasks_of(builder: DeployerBuilder, path: &Path) -> usize {
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let deployer = builder.open(&format!("sqlite:{}", path.display())).await.unwrap();
    let begun = tasks() - before;
    assert_eq!(infras(&deployer).await, 0, "it serves calls");
    begun
}

#[tokio::test]
async fn without_background_work_a_deployer_only_reports_that_it_runs() {
    // M3: a program that makes a few calls takes no update, round or block from the service beside it.
    let directory = TempDir::new().unwrap();
    let builder = || Deployer::builder(FakeFleet::new());
    let alone = tasks_of(builder().without_background_work(), &directory.path().join("a.db")).await;
    assert_eq!(alone, 1, "the task that renews its lease of presence");
    let with_rounds = tasks_of(builder(), &directory.path().join("b.db")).await;
    assert!(with_rounds >= 5, "resumption and four kinds of rounds: {with_rounds}");
}

#[tokio::test]
async fn processes_that_end_one_after_the_other_leave_a_place_for_the_next_one() {
    let directory = TempDir::new().unwrap();
    // More than there are places. Each is a process of its own, as far as tasks are concerned.
    for number in 0..70 {
        let path = directory.path().join("a.db");
        let ended = tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let deployer = open(&path).await?;
                let _ = deployer.shutdown(Duration::from_secs(30)).await;
                Ok::<_, DeployerOpenError>(())
            })
        });
        assert!(ended.await.unwrap().is_ok(), "process {number}");
    }
}
