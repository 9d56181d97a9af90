//! Installs what the tests need, runs all of them, and counts them by ring.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Command, Stdio};

use crate::archivers;
use crate::burner::processors;
use crate::debian;
use crate::java;
use crate::nextest::Nextest;
use crate::npm;
use crate::process::{cargo, run};
use crate::python::{CLIENTS, OFFLINE, S3_SERVER, SCHEMATHESIS, offline, s3_server, schemathesis};
use crate::repeat::Rounds;
use crate::rings::Rings;

/// Everything, wherever it is tested.
const ALL: [&str; 2] = ["--workspace", "--all-features"];

/// `cargo xtask test [--repeat N [--under-load]] [argument of cargo nextest…]`.
pub(crate) fn test(arguments: &[String]) -> Result<(), String> {
    let (rounds, more) = Rounds::read(arguments)?;
    let suite = Suite::prepare(more)?;
    match rounds {
        Some(rounds) => rounds.run(&suite),
        None => suite.run_once(),
    }
}

/// All tests, with what they need.
pub(crate) struct Suite {
    nextest: Nextest,
    environment: Vec<(&'static str, OsString)>,
    /// Further arguments of the runner.
    more: Vec<String>,
}

impl Suite {
    /// Installs what is missing.
    pub(crate) fn prepare(more: Vec<String>) -> Result<Self, String> {
        let nextest = Nextest::find()?;
        let mut environment = Vec::new();
        if offline() {
            println!(
                "{OFFLINE}=1: tests that need the official Python client, the S3 server moto, schemathesis or servers are left out"
            );
        } else {
            for client in CLIENTS {
                environment.push((client.variable, client.python()?.into()));
            }
            environment.push((S3_SERVER, s3_server()?.into()));
            environment.push((SCHEMATHESIS, schemathesis()?.into()));
            environment.push((debian::TREE, debian::servers()?.into()));
        }
        archivers::install()?;
        npm::frontend()?;
        environment.extend(java::missing()?.map(|java| (java::VARIABLE, java.into())));
        Ok(Self { nextest, environment, more })
    }

    /// The arguments that choose some of the tests; none for all.
    pub(crate) fn chosen(&self) -> &[String] {
        &self.more
    }

    /// Builds all tests, so that a round measures tests alone.
    pub(crate) fn build(&self) -> Result<(), String> {
        let mut build = self.nextest.command();
        build.arg("run").args(ALL).args(&self.more).arg("--no-run");
        run(build)
    }

    /// Runs everything once, and prints the counts.
    ///
    /// # Errors
    ///
    /// Something does not build or run, or tests fail.
    pub(crate) fn run_once(&self) -> Result<(), String> {
        let rings = self.run()?;
        println!("\n{rings}");
        if rings.failures().is_empty() {
            println!("{}", rings.total());
            return Ok(());
        }
        Err(format!("these tests fail:\n  {}\n{}", rings.failures().join("\n  "), rings.total()))
    }

    /// Runs the tests, and then the examples in the documentation unless some tests are chosen.
    ///
    /// # Errors
    ///
    /// Something does not build or run. Tests that fail are in what is counted.
    pub(crate) fn run(&self) -> Result<Rings, String> {
        let mut rings = Rings::default();
        self.run_tests(&mut rings)?;
        if self.more.is_empty() {
            run_documentation(&mut rings)?;
        }
        Ok(rings)
    }

    /// People read standard error; standard output is JSON, for us.
    fn run_tests(&self, rings: &mut Rings) -> Result<(), String> {
        let mut tests = self.nextest.command();
        tests.arg("run").args(ALL).args(["--message-format", "libtest-json-plus"]);
        tests.env("NEXTEST_TEST_THREADS", at_once().to_string()).args(&self.more);
        tests.env("NEXTEST_EXPERIMENTAL_LIBTEST_JSON", "1");
        tests.envs(self.environment.iter().map(|(name, value)| (name, value)));
        tests.stdout(Stdio::piped());
        let failed = rings.failures().len();
        let well = read(tests, "cargo nextest", |line| rings.read_event(line))?;
        settled(well, failed, rings, "cargo nextest")
    }
}

/// How many tests run at once: twice as many as there are processors, since about half of the time a test waits for
/// another process, a lease or a pause.
fn at_once() -> usize {
    2 * processors()
}

fn run_documentation(rings: &mut Rings) -> Result<(), String> {
    let mut tests = cargo(&["test", "--doc", "--no-fail-fast"]);
    tests.args(ALL).stdout(Stdio::piped());
    let failed = rings.failures().len();
    let well = read(tests, "cargo test --doc", |line| {
        println!("{line}");
        rings.read_documentation(line);
    })?;
    settled(well, failed, rings, "cargo test --doc")
}

/// A runner that fails without a test that failed was stopped by something else.
fn settled(well: bool, failed: usize, rings: &Rings, what: &str) -> Result<(), String> {
    if well || rings.failures().len() > failed {
        return Ok(());
    }
    Err(format!("{what} failed before or after the tests; its message is above"))
}

/// Reads what a program prints, line by line. Whether it ended well.
fn read(mut command: Command, what: &str, mut line: impl FnMut(&str)) -> Result<bool, String> {
    let mut program = command.spawn().map_err(|error| format!("{what}: {error}"))?;
    let output = program.stdout.take().map(|output| Box::new(output) as Box<dyn Read>);
    let output = output.unwrap_or_else(|| Box::new(std::io::empty()));
    for bytes in BufReader::new(output).split(b'\n') {
        let bytes = bytes.map_err(|error| format!("{what}: {error}"))?;
        line(&String::from_utf8_lossy(&bytes));
    }
    let status = program.wait().map_err(|error| format!("{what}: {error}"))?;
    Ok(status.success())
}
