//! Runs the fuzz targets of `tests/fuzz`, several at a time.

mod output;
mod toolchain;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;

pub(crate) use self::output::Findings;
use self::toolchain::Toolchain;
use crate::process::{command, root};

/// The default number of targets at once.
pub(crate) const AT_ONCE: u64 = 2;
/// An input that takes longer is a finding.
const SLOW_SECONDS: u32 = 10;
/// A single allocation beyond this is a finding; the reader of bundles promises less than 64 MiB (R16).
const LARGEST_ALLOCATION_MIB: u32 = 128;
const MEMORY_MIB: u32 = 2048;

/// The size of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Effort {
    /// For each target.
    pub(crate) seconds: u64,
    pub(crate) seed: u64,
    /// The number of targets at once.
    pub(crate) at_once: u64,
}

/// The outcome of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FuzzRun {
    pub(crate) target: String,
    pub(crate) seconds: u64,
    pub(crate) findings: Findings,
}

/// `cargo xtask fuzz [target…] [--seconds N] [--seed N] [--at-once N]`.
pub(crate) fn fuzz(arguments: &[String]) -> Result<(), String> {
    let mut wanted = Vec::new();
    let mut effort = Effort { seconds: 60, seed: 1, at_once: AT_ONCE };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seconds" => effort.seconds = number(argument, arguments.next())?,
            "--seed" => effort.seed = number(argument, arguments.next())?,
            "--at-once" => effort.at_once = number(argument, arguments.next())?,
            target => wanted.push(target.to_owned()),
        }
    }
    let runs = run(&wanted, effort)?;
    for run in &runs {
        println!("{:<20} {}", run.target, run.findings);
    }
    if runs.iter().all(|run| run.findings.is_clean()) {
        Ok(())
    } else {
        Err("there are findings; the inputs are in tests/fuzz/artifacts".to_owned())
    }
}

/// The number that follows an option.
pub(crate) fn number(option: &str, text: Option<&String>) -> Result<u64, String> {
    let number = text.and_then(|text| text.parse().ok());
    number.ok_or_else(|| format!("write a number after {option}"))
}

/// Builds all targets and runs the named ones, or all of them.
pub(crate) fn run(wanted: &[String], effort: Effort) -> Result<Vec<FuzzRun>, String> {
    let Effort { seconds, seed, at_once } = effort;
    let known = targets()?;
    if let Some(unknown) = wanted.iter().find(|target| !known.contains(target)) {
        return Err(format!("there is no fuzz target {unknown}; choose from {}", known.join(", ")));
    }
    let targets = if wanted.is_empty() { known } else { wanted.to_vec() };
    let binaries = Toolchain::find()?.build()?;
    let waiting = Mutex::new(targets.into_iter().rev().collect::<Vec<_>>());
    let done = Mutex::new(Vec::new());
    let work = || -> Result<(), String> {
        loop {
            let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(target) = next else { return Ok(()) };
            println!("fuzzing {target} for {seconds} s");
            let run = one(&binaries, target, seconds, seed)?;
            println!("fuzzed {}: {}", run.target, run.findings);
            done.lock().unwrap_or_else(PoisonError::into_inner).push(run);
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..at_once.max(1)).map(|_| scope.spawn(work)).collect();
        let ended = workers.into_iter().map(|worker| {
            worker.join().unwrap_or_else(|_| Err("a worker of the fuzzer panicked".to_owned()))
        });
        ended.collect::<Vec<_>>().into_iter().collect::<Result<(), String>>()
    })?;
    let mut runs = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    runs.sort_by(|left, right| left.target.cmp(&right.target));
    Ok(runs)
}

fn directory() -> PathBuf {
    root().join("tests/fuzz")
}

/// The names of the programs in `fuzz_targets/`.
fn targets() -> Result<Vec<String>, String> {
    let place = directory().join("fuzz_targets");
    let listed = fs::read_dir(&place).map_err(|error| format!("{}: {error}", place.display()))?;
    let mut targets: Vec<String> = listed
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            path.file_stem().map(|stem| stem.to_string_lossy().into_owned())
        })
        .collect();
    targets.sort();
    Ok(targets)
}

fn one(
    binaries: &std::path::Path,
    target: String,
    seconds: u64,
    seed: u64,
) -> Result<FuzzRun, String> {
    let ended = program(binaries, &target, seconds, seed)?.output();
    let ended = ended.map_err(|error| format!("{target}: {error}"))?;
    let printed = String::from_utf8_lossy(&ended.stderr);
    let mut findings = Findings::read(&printed);
    if !ended.status.success() && findings.is_clean() {
        findings.faults.push(format!("it ended with {}", ended.status));
    }
    if !findings.is_clean() {
        eprintln!("{printed}");
    }
    Ok(FuzzRun { target, seconds, findings })
}

/// The fuzzer of a target. Its corpus is kept below `target/`; its seeds are committed.
fn program(
    binaries: &std::path::Path,
    target: &str,
    seconds: u64,
    seed: u64,
) -> Result<Command, String> {
    let learnt = root().join("target/fuzz-corpus").join(target);
    let artifacts = directory().join("artifacts").join(target);
    for place in [&learnt, &artifacts] {
        fs::create_dir_all(place).map_err(|error| format!("{}: {error}", place.display()))?;
    }
    let mut program = command(&binaries.join(target).to_string_lossy(), &[]);
    program
        .arg(format!("-max_total_time={seconds}"))
        // Zero would mean a random seed.
        .arg(format!("-seed={}", seed % u64::from(u32::MAX) + 1))
        .arg(format!("-timeout={SLOW_SECONDS}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB}"))
        .arg(format!("-malloc_limit_mb={LARGEST_ALLOCATION_MIB}"))
        .arg(format!(
            "-dict={}",
            directory().join("dictionaries").join(dictionary(target)).display()
        ))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg(learnt)
        .arg(directory().join("seeds").join(target))
        .env("ASAN_OPTIONS", "detect_odr_violation=0")
        .stdin(Stdio::null());
    Ok(program)
}

/// The dictionary of a target.
fn dictionary(target: &str) -> &'static str {
    match target {
        "bundle_arriving" | "bundle_reader" => "zip.dict",
        "dn" | "filter" | "ldif" | "template" => "ldap.dict",
        "identifiers" | "node_address" => "addresses.dict",
        "remapping" => "patterns.dict",
        "requests" => "http.dict",
        _ => "json.dict",
    }
}
