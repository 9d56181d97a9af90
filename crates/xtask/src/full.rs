//! All checks of continuous integration, and the runs that take too long for every change.

mod report;

use std::fs;
use std::process::Command;
use std::time::Instant;

use self::report::{Part, Report};
use crate::ci::ci;
use crate::debian;
use crate::fuzz::{self, Effort, number};
use crate::java;
use crate::process::{cargo, command, output, root};
use crate::python::{S3_SERVER, offline, s3_server};
use crate::sbom::sbom;
use crate::tools;

const FAULTED_CALLS: u64 = 20_000;
const MUTATED_ARCHIVES: u64 = 1_000_000;
const REMAPPINGS: u64 = 1_000_000;
const TWO_DEPLOYERS: u64 = 10_000;
/// Each call to the store waits for its file.
const TWO_DEPLOYERS_IN_A_FILE: u64 = 1_000;
const CRASHES: u64 = 10_000;
/// The names of these tests have the number.
const PAIRS: u64 = 10_000;
const HOOKS: u64 = 10_000;
const DECISIONS: u64 = 1_000_000;
const BODIES: u64 = 100_000;
const ESTATES: u64 = 100_000;
const TWO_SERVICES_SECONDS: u64 = 600;
const SEED: u64 = 20_260_101;
const FUZZ_SECONDS: u64 = 300;

/// The size of a full run: the seed, and the time of the fuzz targets.
fn effort(arguments: &[String]) -> Result<Effort, String> {
    let mut effort = Effort { seconds: FUZZ_SECONDS, seed: SEED, at_once: fuzz::AT_ONCE };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--full" => {}
            "--fuzz-seconds" => effort.seconds = number(argument, arguments.next())?,
            "--fuzz-at-once" => effort.at_once = number(argument, arguments.next())?,
            "--seed" => effort.seed = number(argument, arguments.next())?,
            other => {
                return Err(format!(
                    "`cargo xtask ci --full` has no option {other}; see `cargo xtask`"
                ));
            }
        }
    }
    Ok(effort)
}

/// `cargo xtask ci --full [--fuzz-seconds N] [--fuzz-at-once N] [--seed N]`. The parts after `ci` all run, and
/// `docs/full-run.md` reports them, even if one fails.
pub(crate) fn full(arguments: &[String]) -> Result<(), String> {
    let effort = effort(arguments)?;
    if offline() {
        println!("a full run downloads missing programs");
    }
    let commit = commit()?;
    let begun = output(command("date", &["-u", "+%Y-%m-%d %H:%M UTC"]))?.trim().to_owned();
    // Its build takes too long for every change; `ci` uses it if it is installed.
    tools::install_cargo_semver_checks()?;
    let start = Instant::now();
    ci()?;
    sbom()?;
    let checks = start.elapsed();
    let parts = vec![
        faulted_calls(effort.seed)?,
        worlds()?,
        mutated_archives(effort.seed)?,
        remappings(effort.seed)?,
        pairs()?,
        killed_deployers()?,
        hooks(effort.seed)?,
        failures_between_hooks()?,
        windows()?,
        decisions()?,
        bodies()?,
        estates()?,
        two_deployers(effort.seed, "memory_keep_every_promise_1", TWO_DEPLOYERS)?,
        two_deployers(effort.seed, "a_file_keep_every_promise", TWO_DEPLOYERS_IN_A_FILE)?,
        lost_writes(effort.seed)?,
        postgres()?,
        two_services()?,
    ];
    let runs = fuzz::run(&[], effort)?;
    let report = Report { commit, begun, seed: effort.seed, checks, parts, runs };
    let place = root().join("docs/full-run.md");
    fs::write(&place, report.to_string())
        .map_err(|error| format!("{}: {error}", place.display()))?;
    println!("\n{report}");
    if report.is_clean() { Ok(()) } else { Err("see docs/full-run.md for what failed".to_owned()) }
}

/// The commit that is checked out, and whether something else is there.
pub(crate) fn commit() -> Result<String, String> {
    let commit = output(command("git", &["rev-parse", "--short=12", "HEAD"]))?.trim().to_owned();
    let changes = output(command("git", &["status", "--porcelain"]))?;
    Ok(if changes.trim().is_empty() { commit } else { format!("{commit} with changes") })
}

/// R6: calls with seeded faults.
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

/// R16: archives that are changed, and taken only where both readers of Java see the same.
fn mutated_archives(seed: u64) -> Result<Part, String> {
    let mut test = cargo(&["test", "--package", "project-deployer-tests", "--test", "archives"]);
    test.envs(java::missing()?.map(|java| (java::VARIABLE, java)));
    test.arg("mutated_archives")
        .env("PROJECT_DEPLOYER_MUTATED_ARCHIVES", MUTATED_ARCHIVES.to_string())
        .env("PROJECT_DEPLOYER_SEED", seed.to_string());
    part("mutated archives against Java", MUTATED_ARCHIVES.to_string(), test)
}

/// R-L9: generated remapping rules, with the result of Java or refused.
fn remappings(seed: u64) -> Result<Part, String> {
    let mut test = cargo(&["test", "--package", "project-deployer-tests", "--test", "remapping"]);
    test.envs(java::missing()?.map(|java| (java::VARIABLE, java)));
    test.args(["generated_rules", "--", "--nocapture"])
        .env("PROJECT_DEPLOYER_REMAPPINGS", REMAPPINGS.to_string())
        .env("PROJECT_DEPLOYER_SEED", seed.to_string());
    part("remapping rules against Java", REMAPPINGS.to_string(), test)
}

/// R10: random settings, people, groups and logins, against what three real directories answer.
fn pairs() -> Result<Part, String> {
    let mut test = cargo(&["test", "--package", "project-deployer-tests", "--test", "directories"]);
    test.env(debian::TREE, debian::servers()?);
    test.args(["of_ten_thousand", "--", "--ignored", "--nocapture"]);
    part("settings and logins against real directories", format!("{PAIRS} each on three"), test)
}

/// R1 and R2: Deployer processes that are killed in the middle of an update.
fn killed_deployers() -> Result<Part, String> {
    let mut test = cargo(&["test", "--package", "project-deployer-tests", "--test", "system"]);
    test.env(debian::TREE, debian::servers()?);
    test.args(["killed::", "--", "--ignored"]);
    let count = "1,000 in updates on SQLite, and on PostgreSQL; 100 each in hooks, rotations and registrations";
    part("killed Deployers", count.to_owned(), test)
}

/// R19 and H3: hooks that misbehave in every way, without a leak.
fn hooks(seed: u64) -> Result<Part, String> {
    let mut test = cargo(&["test", "--package", "project-deployer-tests", "--test", "system"]);
    test.args(["ten_thousand_runs_of_hooks", "--", "--ignored", "--nocapture"])
        .env("PROJECT_DEPLOYER_SEED", seed.to_string());
    part("runs of hooks that misbehave", HOOKS.to_string(), test)
}

/// H2 and H4: every call of an update goes wrong in every way, with every fate of its hooks.
fn failures_between_hooks() -> Result<Part, String> {
    let mut test = cargo(&["test", "--package", "project-deployer", "--test", "engine"]);
    test.args(["with_every_fate_of_hooks", "--", "--ignored", "--nocapture"]);
    part("failures between hooks", "every call, on one and three nodes".to_owned(), test)
}

/// R24: windows in zones whose clocks change.
fn windows() -> Result<Part, String> {
    let mut test = cargo(&["test", "--package", "project-deployer", "--lib", "--all-features"]);
    test.args(["ten_thousand_random_windows", "--", "--ignored", "--nocapture"]);
    part("random windows", "10000".to_owned(), test)
}

/// R9: rights of random callers, decided as a plain reading of the rules does.
fn decisions() -> Result<Part, String> {
    let mut test = cargo(&["test", "--package", "project-deployer-core", "--lib"]);
    test.args(["decisions_agree_with_the_oracle", "--", "--nocapture"])
        .env("PROJECT_DEPLOYER_DECISIONS", DECISIONS.to_string());
    part("random decisions", DECISIONS.to_string(), test)
}

/// R20: requests to the public API with random bodies and ids.
fn bodies() -> Result<Part, String> {
    let mut test = cargo(&["test", "--package", "project-deployer-server", "--test", "service"]);
    test.args(["random_bodies_and_ids", "--", "--nocapture"])
        .env("PROJECT_DEPLOYER_BODIES", BODIES.to_string());
    part("requests with random bodies", BODIES.to_string(), test)
}

/// Random estates: a plan that is carried out leaves none, and a file with a mistake is refused.
fn estates() -> Result<Part, String> {
    let mut test = cargo(&["test", "--package", "project-deployer", "--lib", "--all-features"]);
    test.args(["estate::tests::random", "--", "--nocapture"])
        .env("PROJECT_DEPLOYER_ESTATES", ESTATES.to_string());
    part("random estates", ESTATES.to_string(), test)
}

/// R1, R2 and R5: two Deployers while calls are lost, late and doubled, and processes stand still or die.
fn two_deployers(seed: u64, test: &str, seeds: u64) -> Result<Part, String> {
    let mut tests = cargo(&["test", "--package", "project-deployer", "--test", "engine"]);
    tests
        .args([&format!("two_deployers_on_a_store_in_{test}"), "--", "--nocapture"])
        .env("PROJECT_DEPLOYER_SEEDS", seeds.to_string())
        .env("PROJECT_DEPLOYER_SEED", seed.to_string());
    part("seeds of two Deployers on one store", seeds.to_string(), tests)
}

/// R1: a store in SQLite whose machine loses what was not synced.
fn lost_writes(seed: u64) -> Result<Part, String> {
    let mut test = cargo(&["test", "--package", "project-deployer-tests", "--test", "system"]);
    test.env(debian::TREE, debian::servers()?);
    test.args(["a_store_that_loses_power", "--", "--nocapture"])
        .env("PROJECT_DEPLOYER_CRASHES", CRASHES.to_string())
        .env("PROJECT_DEPLOYER_SEED", seed.to_string());
    part("crashes of a disk under SQLite", CRASHES.to_string(), test)
}

/// R1 and R2: connections to PostgreSQL that are cut around a commit, and readers beside many writers.
fn postgres() -> Result<Part, String> {
    let mut test = cargo(&["test", "--package", "project-deployer-tests", "--test", "postgres"]);
    test.env(debian::TREE, debian::servers()?);
    test.args(["--", "--ignored", "--nocapture"]);
    part(
        "cut connections, and changes read beside 64 writers",
        "2,000, and 1,000,000".to_owned(),
        test,
    )
}

/// R1, R2 and R5: two services on PostgreSQL and S3, of which one is killed again and again.
fn two_services() -> Result<Part, String> {
    let mut test = cargo(&["test", "--package", "project-deployer-cli", "--all-features"]);
    test.env(debian::TREE, debian::servers()?).env(S3_SERVER, s3_server()?);
    test.args(["--test", "cli", "two_services_of_which_one", "--", "--nocapture"])
        .env("PROJECT_DEPLOYER_SERVERS_SECONDS", TWO_SERVICES_SECONDS.to_string());
    part("two services, of which one is killed", format!("{TWO_SERVICES_SECONDS} s"), test)
}

fn part(what: &'static str, count: String, mut tests: Command) -> Result<Part, String> {
    println!("== {what}");
    let start = Instant::now();
    let ended = tests.output().map_err(|error| format!("{what}: {error}"))?;
    let printed = String::from_utf8_lossy(&ended.stdout).into_owned();
    println!("{printed}");
    if !ended.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&ended.stderr));
    }
    Ok(Part::read(what, count, &printed, ended.status.success(), start.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Effort, String> {
        effort(&arguments.iter().map(|&argument| argument.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_full_run_can_be_made_shorter_and_repeated() {
        assert_eq!(read(&["--full"]), Ok(Effort { seconds: 300, seed: SEED, at_once: 2 }));
        let shorter =
            read(&["--full", "--fuzz-seconds", "20", "--seed", "7", "--fuzz-at-once", "4"]);
        assert_eq!(shorter, Ok(Effort { seconds: 20, seed: 7, at_once: 4 }));
        assert!(read(&["--full", "--fuzz-seconds"]).is_err());
        assert!(read(&["--full", "--fast"]).is_err());
    }
}
