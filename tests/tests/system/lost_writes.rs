//! A store in SQLite whose machine loses power: of its files is left what was synced, and any part of the rest. A
//! trace of a real process says what it wrote and synced. `PROJECT_DEPLOYER_CRASHES` says how often it crashes, and
//! `PROJECT_DEPLOYER_SEED` repeats a run that failed.

mod disk;
mod recording;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use project_deployer_store::{Maintenance as _, SecretsAtRest, SqliteStore, Store as _};
use project_deployer_testkit::servers::{ServerError, strace};
use project_deployer_tests::Written;
use tempfile::TempDir;

use self::disk::Disk;
use self::recording::Action;

const SEED: u64 = 20_260_101;
const CRASHES: u64 = 100;
/// How many commits a process writes: enough for SQLite to write its log back into the file, and to begin it anew.
const COMMITS: u64 = 1_100;
/// How often each recorded process crashes.
const CRASHES_OF_ONE: u64 = 500;
const FILE: &str = "deployer.db";

#[expect(clippy::disallowed_methods, reason = "where this test reads the environment")]
fn number(variable: &str, usual: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) if !text.is_empty() => text.parse().unwrap(),
        _ => usual,
    }
}

/// Runs a process that writes, and records what it does to its files; none if this is to be left out.
fn recorded(seed: u64) -> Option<Vec<Action>> {
    let folder = TempDir::new().unwrap();
    let (files, traces) = (folder.path().join("files"), folder.path().join("traces"));
    for folder in [&files, &traces] {
        std::fs::create_dir(folder).unwrap();
    }
    let files = files.canonicalize().unwrap();
    let mut traced = tracer()?;
    traced.args(["-f", "-ff", "-ttt", "-xx", "-y", "-s", "1000000", "-e"]);
    traced.arg("trace=write,pwrite64,lseek,ftruncate,fsync,fdatasync,unlink");
    traced.arg("-o").arg(traces.join("thread"));
    traced.arg(env!("CARGO_BIN_EXE_store-that-writes")).arg(files.join(FILE));
    traced.args([seed.to_string(), COMMITS.to_string()]);
    let ended = traced.stdout(Stdio::null()).status().unwrap();
    assert!(ended.success(), "{ended}");
    Some(recording::read(&traces, &files))
}

fn tracer() -> Option<Command> {
    #[expect(clippy::disallowed_methods, reason = "the environment configures tests")]
    let offline = std::env::var("PROJECT_DEPLOYER_OFFLINE").is_ok_and(|value| value == "1");
    match strace() {
        Err(ServerError::NotInstalled { .. }) if offline => None,
        other => Some(other.unwrap_or_else(|error| panic!("{error}"))),
    }
}

/// What is wrong with a store after a crash, when these commits were acknowledged before it.
async fn faults(folder: &Path, written: Written, acknowledged: &BTreeSet<u64>) -> Vec<String> {
    let store = match SqliteStore::open(folder.join(FILE), SecretsAtRest::Plain).await {
        Ok(store) => store,
        Err(error) => return vec![format!("it does not open: {error}")],
    };
    let damage = store.damage().await.unwrap();
    let mut faults: Vec<String> = damage.iter().map(|damage| format!("{damage:?}")).collect();
    match written.find(&store).await {
        Ok(found) => {
            faults.extend(found.faults);
            let there: BTreeSet<u64> = found.commits.into_iter().collect();
            let lost: Vec<_> = acknowledged.difference(&there).collect();
            if !lost.is_empty() {
                faults.push(format!("acknowledged commits {lost:?} are lost"));
            }
        }
        Err(error) => faults.push(format!("it cannot be read: {error}")),
    }
    if let Err(error) = store.commit(written.commit(1_000_000)).await {
        faults.push(format!("it takes no commit: {error}"));
    }
    faults
}

/// Crashes at random moments of a recording, and returns what was wrong after each crash.
async fn crash(actions: &[Action], written: Written, seed: u64, times: u64) -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut moments: Vec<usize> = (0..times).map(|_| random.usize(..=actions.len())).collect();
    moments.sort_unstable();
    let (mut disk, mut acknowledged, mut done) = (Disk::default(), BTreeSet::new(), 0);
    let mut wrong = Vec::new();
    for moment in moments {
        for action in &actions[done..moment] {
            disk.apply(action);
            if let Action::Acknowledge(number) = action {
                acknowledged.insert(*number);
            }
        }
        done = moment;
        let folder = TempDir::new().unwrap();
        disk.crash(&mut random, folder.path());
        let faults = faults(folder.path(), written, &acknowledged).await;
        wrong
            .extend(faults.into_iter().map(|fault| format!("crash after {moment} calls: {fault}")));
    }
    wrong
}

#[tokio::test]
async fn a_store_that_loses_power_keeps_what_it_acknowledged_and_nothing_by_halves() {
    // R1
    let crashes = number("PROJECT_DEPLOYER_CRASHES", CRASHES);
    let first = number("PROJECT_DEPLOYER_SEED", SEED);
    for (seed, before) in (first..).zip((0..crashes).step_by(CRASHES_OF_ONE as usize)) {
        let written = Written::new(seed);
        let Some(actions) = recorded(seed) else { return };
        let count = |wanted: fn(&Action) -> bool| actions.iter().filter(|it| wanted(it)).count();
        assert_eq!(count(|it| matches!(it, Action::Acknowledge(_))) as u64, COMMITS);
        let is_write_back = |it: &Action| matches!(it, Action::Write { file, .. } if file == FILE);
        assert!(count(is_write_back) > 100, "the log was never written back");
        let wrong = crash(&actions, written, seed, CRASHES_OF_ONE.min(crashes - before)).await;
        assert!(wrong.is_empty(), "{wrong:#?}; PROJECT_DEPLOYER_SEED={seed}");
    }
    println!("{crashes} crashes");
}

#[tokio::test]
async fn a_store_that_did_not_sync_would_be_found() {
    // Else nothing is shown above: the same recording without its syncs of the log.
    let written = Written::new(SEED);
    let Some(mut actions) = recorded(SEED) else { return };
    let log = format!("{FILE}-wal");
    actions.retain(|action| !matches!(action, Action::Sync { file } if *file == log));
    let wrong = crash(&actions, written, SEED, 20).await;
    assert!(wrong.iter().any(|fault| fault.contains("are lost")), "{wrong:#?}");
}
