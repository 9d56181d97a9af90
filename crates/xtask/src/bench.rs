//! Builds and runs the benchmarks, and prints one table for `docs/benchmarks.md`.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::debian;
use crate::npm;
use crate::process::{cargo, command, output, root, run};

/// How a benchmark is run.
enum Program {
    /// A program of the workspace of the benchmarks, with its arguments.
    Binary(&'static str, &'static [&'static str]),
    /// One that criterion measures.
    Criterion(&'static str),
}

const ALL: [(&str, Program); 24] = [
    ("upload", Program::Binary("boundary", &["upload"])),
    ("fan-out", Program::Binary("boundary", &["fan-out"])),
    ("users", Program::Binary("boundary", &["users"])),
    ("calls", Program::Binary("boundary", &["calls"])),
    ("authorize", Program::Criterion("authorize")),
    ("matching", Program::Binary("matching", &[])),
    ("fetch-and-match", Program::Binary("fetch_and_match", &[])),
    ("directory", Program::Binary("directory", &[])),
    ("asking", Program::Binary("asking", &[])),
    ("bundle-reader", Program::Binary("bundle_reader", &[])),
    ("remapping", Program::Binary("remapping", &[])),
    ("read-model", Program::Binary("read_model", &[])),
    ("estate", Program::Binary("estate", &[])),
    ("fleet", Program::Binary("fleet", &[])),
    ("watch-round", Program::Binary("watch_round", &[])),
    ("opening", Program::Binary("opening", &[])),
    ("archives", Program::Binary("archives", &[])),
    ("store", Program::Binary("store", &[])),
    ("store-postgres", Program::Binary("store_postgres", &[])),
    ("service-list", Program::Binary("service", &["list"])),
    ("service-mixed", Program::Binary("service", &["mixed"])),
    ("service-subscribers", Program::Binary("service", &["subscribers"])),
    ("service-console", Program::Binary("service", &["console"])),
    ("service-upload", Program::Binary("service", &["upload"])),
];

/// The variable that names the tree of packages with nginx, a peer.
const NGINX: &str = "PROJECT_DEPLOYER_NGINX";

/// The benchmarks with this peer.
const WITH_NGINX: [&str; 2] = ["service-list", "service-upload"];

/// The benchmark with a browser.
const WITH_BROWSER: &str = "service-console";

const HEAD: [&str; 2] = ["| What | Ours | Peer | Ratio | Limit |", "|---|---|---|---|---|"];

/// Runs the named benchmarks, or all of them.
pub(crate) fn bench(named: &[String]) -> Result<(), String> {
    if let Some(unknown) = named.iter().find(|name| ALL.iter().all(|(known, _)| known != name)) {
        let known = ALL.map(|(name, _)| name).join(", ");
        return Err(format!("there is no benchmark `{unknown}`; choose from {known}"));
    }
    run(cargo_there(&["build", "--quiet", "--release", "--bins"]))?;
    let mut rows = Vec::new();
    for (name, program) in ALL {
        if named.is_empty() || named.iter().any(|wanted| wanted == name) {
            println!("== {name}");
            rows.extend(rows_of(&program, &programs_for(name)?)?);
        }
    }
    println!("\n{}\n{}", HEAD.join("\n"), rows.join("\n"));
    println!("\n{}", machine()?);
    Ok(())
}

/// What a benchmark needs that is no program of ours: variables that say where it is.
fn programs_for(name: &str) -> Result<Vec<(&'static str, PathBuf)>, String> {
    if WITH_NGINX.contains(&name) {
        return Ok(vec![(NGINX, debian::tree("nginx", &["nginx"])?)]);
    }
    if name == WITH_BROWSER {
        return npm::browser();
    }
    Ok(Vec::new())
}

/// Cargo in the workspace of the benchmarks, which has a target folder of its own.
fn cargo_there(arguments: &[&str]) -> Command {
    let mut command = cargo(arguments);
    command.current_dir(root().join("tests").join("benchmarks"));
    command.env("CARGO_TARGET_DIR", root().join("target").join("benchmarks"));
    command
}

/// The rows of the table among what a benchmark prints; all of it is shown as it comes.
fn rows_of(program: &Program, others: &[(&str, PathBuf)]) -> Result<Vec<String>, String> {
    let mut command = match program {
        Program::Binary(name, arguments) => {
            let release = root().join("target").join("benchmarks").join("release");
            command(&release.join(name).to_string_lossy(), arguments)
        }
        Program::Criterion(name) => cargo_there(&["bench", "--quiet", "--bench", name]),
    };
    let mut running = command
        .envs(others.iter().map(|(variable, place)| (*variable, place)))
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    let mut rows = Vec::new();
    for line in running.stdout.take().into_iter().flat_map(|output| BufReader::new(output).lines())
    {
        let line = line.map_err(|error| error.to_string())?;
        println!("{line}");
        if line.starts_with("| ") && !HEAD.contains(&line.as_str()) {
            rows.push(line);
        }
    }
    let status = running.wait().map_err(|error| error.to_string())?;
    if status.success() { Ok(rows) } else { Err(format!("the benchmark failed ({status})")) }
}

/// The machine and the compiler of the figures.
fn machine() -> Result<String, String> {
    let cores = std::thread::available_parallelism().map_err(|error| error.to_string())?;
    let words = [
        format!("{cores} cores"),
        output(command("date", &["--utc", "+%F"]))?,
        output(command("rustc", &["--version"]))?,
        output(command("uptime", &[]))?,
    ];
    Ok(words.each_ref().map(|word| word.trim()).join(", "))
}
