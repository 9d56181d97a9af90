use std::future::pending;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, test_kill_process};
use tempfile::TempDir;

use crate::hooks::process::{Start, run};
use crate::hooks::{HookOutcome, HookResult};

/// A program in a directory of its own.
fn program(text: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("hook");
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    directory
}

async fn ended(directory: &Path, ends: impl Future<Output = HookOutcome>) -> HookOutcome {
    let start = Start {
        program: directory.join("hook"),
        directory,
        arguments: &["a b; exit 3".to_owned()],
        variables: &["CARGO_PKG_NAME".to_owned(), "NO_SUCH_VARIABLE".to_owned()],
        input: br#"{"data": {"key": "hook_1"}}"#.to_vec(),
    };
    run(start, ends).await
}

async fn outcome(text: &str) -> HookOutcome {
    ended(program(text).path(), pending()).await
}

/// Waits until a program wrote a file, and returns the numbers in it.
async fn pids(path: &Path) -> Vec<i32> {
    loop {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        if text.ends_with("ready\n") {
            return text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        }
        tokio::task::yield_now().await;
    }
}

/// Whether a process runs. One that has ended and waits for its parent does not.
fn runs(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    let is_zombie = stat.is_ok_and(|stat| stat.contains(") Z "));
    !is_zombie && Pid::from_raw(pid).is_some_and(|pid| test_kill_process(pid).is_ok())
}

/// A killed process may need a moment to go.
async fn gone(pids: &[i32]) {
    while pids.iter().any(|pid| runs(*pid)) {
        tokio::task::yield_now().await;
    }
}

fn stop() -> HookOutcome {
    HookOutcome::error("stopped")
}

#[tokio::test]
async fn the_payload_arrives_and_the_output_is_the_result() {
    // H1
    let said = outcome("read line; echo \"$line\" | grep -q hook_1 && echo checked").await;
    assert_eq!(said, HookOutcome::success("checked"));
    let warns = outcome(r#"echo '{"status": "WARNING", "message": "late"}'"#).await;
    assert_eq!(warns, HookOutcome::warning("late"));
    assert_eq!(outcome("exit 0").await, HookOutcome::success(""));
    let failed = outcome("echo reason >&2; exit 7").await;
    assert_eq!(failed.status, HookResult::Error);
    assert!(failed.message.contains('7') && failed.message.contains("reason"), "{failed:?}");
    let garbage = outcome("echo '{\"status\": '").await;
    assert!(garbage.message.contains("is none"), "{garbage:?}");
}

#[tokio::test]
async fn no_shell_reads_the_arguments_and_no_other_variable_is_there() {
    // R19
    let said = outcome("echo \"[$1]\"; /usr/bin/env").await.message;
    assert!(said.contains("[a b; exit 3]") && said.contains("CARGO_PKG_NAME=(withheld)"), "{said}");
    assert!(!said.contains("CARGO_MANIFEST_DIR") && !said.contains("HOME="), "{said}");
}

#[tokio::test]
async fn a_program_that_is_missing_is_an_error() {
    let empty = tempfile::tempdir().unwrap();
    let outcome = ended(empty.path(), pending()).await;
    assert_eq!(outcome.status, HookResult::Error);
    assert!(outcome.message.contains("cannot be started"), "{outcome:?}");
}

#[tokio::test]
async fn output_without_end_is_capped_and_ended() {
    // R19
    let directory = program("echo \"$$ ready\" > pids; exec yes");
    let path = directory.path().join("pids");
    let ends = async {
        let _ = pids(&path).await;
        stop()
    };
    assert_eq!(ended(directory.path(), ends).await, stop());
    gone(&pids(&path).await).await;
    let long = outcome("head -c 300000 /dev/zero | tr '\\0' x").await;
    assert_eq!((long.status, long.message.chars().count()), (HookResult::Success, 2001));
}

#[tokio::test]
async fn what_a_program_leaves_behind_ends_with_it() {
    // R19: its child holds the output open, and the run ends all the same.
    let directory = program("sleep 1000 & echo \"$! ready\" > pids; echo done");
    assert_eq!(ended(directory.path(), pending()).await, HookOutcome::success("done"));
    gone(&pids(&directory.path().join("pids")).await).await;
}

#[tokio::test(start_paused = true)]
async fn a_group_that_ignores_sigterm_is_killed_with_its_children() {
    // R19: time is paused, so no time of ours is spent.
    let text = "trap '' TERM; (trap '' TERM; sleep 1000; :) & echo \"$! $$ ready\" > pids; \
                while :; do sleep 1000; done";
    let directory = program(text);
    let path = directory.path().join("pids");
    let ends = async {
        let _ = pids(&path).await;
        stop()
    };
    assert_eq!(ended(directory.path(), ends).await, stop());
    let pids = pids(&path).await;
    assert_eq!(pids.len(), 2);
    gone(&pids).await;
}

#[tokio::test]
async fn a_run_that_is_dropped_kills_its_group() {
    let directory = program("sleep 1000 & echo \"$! $$ ready\" > pids; wait");
    let path = directory.path().join("pids");
    let known = tokio::select! {
        biased;
        known = pids(&path) => known,
        outcome = ended(directory.path(), pending()) => panic!("{outcome:?}"),
    };
    assert_eq!(known.len(), 2);
    gone(&known).await;
}

#[tokio::test]
async fn a_program_that_obeys_sigterm_is_not_waited_for() {
    let directory =
        program("trap 'echo bye; exit 0' TERM; echo \"$$ ready\" > pids; while :; do :; done");
    let path = directory.path().join("pids");
    let ends = async {
        let _ = pids(&path).await;
        stop()
    };
    let limit = Duration::from_secs(60);
    assert_eq!(tokio::time::timeout(limit, ended(directory.path(), ends)).await.unwrap(), stop());
}
