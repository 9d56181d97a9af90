//! Everything that continuous integration does, and what takes too long to be done for every change.

mod report;

use std::fs;
use std::process::Command;
use std::time::Instant;

use self::report::{Part, Report};
use crate::ci::ci;
use crate::fuzz::{self, number};
use crate::process::{cargo, command, output, root};
use crate::python::offline;

const FAULTED_CALLS: u64 = 20_000;
const SEED: u64 = 20_260_101;
const FUZZ_SECONDS: u64 = 300;

/// How much is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Extent {
    fuzz_seconds: u64,
    seed: u64,
}

impl Extent {
    fn of(arguments: &[String]) -> Result<Self, String> {
        let mut extent = Self { fuzz_seconds: FUZZ_SECONDS, seed: SEED };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--full" => {}
                "--fuzz-seconds" => extent.fuzz_seconds = number(argument, arguments.next())?,
                "--seed" => extent.seed = number(argument, arguments.next())?,
                other => return Err(format!("`cargo xtask ci --full` knows no {other}")),
            }
        }
        Ok(extent)
    }
}

/// `cargo xtask ci --full [--fuzz-seconds N] [--seed N]`. What is done after `ci` is done to the end,
/// and told in `docs/full-run.md`, even where something fails.
pub(crate) fn full(arguments: &[String]) -> Result<(), String> {
    let extent = Extent::of(arguments)?;
    if offline() {
        println!("a full run fetches what it needs; what is there already is taken");
    }
    let commit = commit()?;
    let begun = output(command("date", &["-u", "+%Y-%m-%d %H:%M UTC"]))?.trim().to_owned();
    let start = Instant::now();
    ci()?;
    let checks = start.elapsed();
    let parts = vec![faulted_calls(extent.seed)?, worlds()?];
    let runs = fuzz::run(&[], extent.fuzz_seconds, extent.seed)?;
    let report = Report { commit, begun, seed: extent.seed, checks, parts, runs };
    let place = root().join("docs/full-run.md");
    fs::write(&place, report.to_string())
        .map_err(|error| format!("{}: {error}", place.display()))?;
    println!("\n{report}");
    if report.is_clean() { Ok(()) } else { Err("see docs/full-run.md for what failed".to_owned()) }
}

/// The commit that is checked out, and whether something else is there.
fn commit() -> Result<String, String> {
    let commit = output(command("git", &["rev-parse", "--short=12", "HEAD"]))?.trim().to_owned();
    let changes = output(command("git", &["status", "--porcelain"]))?;
    Ok(if changes.trim().is_empty() { commit } else { format!("{commit} with changes") })
}

/// R6: calls that something happens to.
fn faulted_calls(seed: u64) -> Result<Part, String> {
    let mut test = cargo(&["test", "--package", "project-deployer-tests", "--test", "wire"]);
    test.args(["seeded_faults_end_in_clear_errors", "--", "--nocapture"])
        .env("PROJECT_DEPLOYER_FAULTED_CALLS", FAULTED_CALLS.to_string())
        .env("PROJECT_DEPLOYER_SEED", seed.to_string());
    part("calls with seeded faults", FAULTED_CALLS.to_string(), test)
}

/// R10 and R23: matching of logins in random and in large worlds.
fn worlds() -> Result<Part, String> {
    let mut test = cargo(&["test", "--package", "project-deployer-ldap", "--lib"]);
    test.args(["matching::", "--", "--ignored"]);
    part("worlds for login matching", "100,000 random, and those of a large fleet".to_owned(), test)
}

fn part(what: &'static str, count: String, mut tests: Command) -> Result<Part, String> {
    println!("== {what}");
    let start = Instant::now();
    let ended = tests.output().map_err(|error| format!("{what}: {error}"))?;
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    println!("{told}");
    if !ended.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&ended.stderr));
    }
    Ok(Part::read(what, count, &told, ended.status.success(), start.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extent(arguments: &[&str]) -> Result<Extent, String> {
        Extent::of(&arguments.iter().map(|&argument| argument.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_full_run_can_be_made_shorter_and_repeated() {
        assert_eq!(extent(&["--full"]), Ok(Extent { fuzz_seconds: 300, seed: SEED }));
        let shorter = extent(&["--full", "--fuzz-seconds", "20", "--seed", "7"]);
        assert_eq!(shorter, Ok(Extent { fuzz_seconds: 20, seed: 7 }));
        assert!(extent(&["--full", "--fuzz-seconds"]).is_err());
        assert!(extent(&["--full", "--fast"]).is_err());
    }
}
