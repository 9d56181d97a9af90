//! What has to hold before a change lands.

use std::process::Command;
use std::time::Instant;

use crate::deps::deps;
use crate::process::{cargo, run};
use crate::test::test;

const EXAMPLES: [&str; 3] = ["quickstart", "embed_in_your_program", "test_against_a_mock_node"];

pub(crate) fn ci() -> Result<(), String> {
    step("format", || run(cargo(&["fmt", "--all", "--check"])))?;
    step("clippy", clippy)?;
    step("documentation", || run(documentation()))?;
    step("dependency direction", deps)?;
    for example in EXAMPLES {
        let arguments = ["run", "--quiet", "--package", "project-deployer-examples", "--example"];
        step(example, || run(cargo(&[&arguments[..], &[example]].concat())))?;
    }
    step("tests", || test(&[]))
}

fn step(name: &str, work: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    println!("== {name}");
    let start = Instant::now();
    work()?;
    println!("== {name}: {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Features are additive, so all of them and none of them show what can go wrong.
fn clippy() -> Result<(), String> {
    let deny = ["--", "--deny", "warnings"];
    let all = ["clippy", "--workspace", "--all-targets", "--all-features"];
    run(cargo(&[&all[..], &deny[..]].concat()))?;
    let bare = ["clippy", "--no-default-features", "--package", "project-deployer"];
    run(cargo(&[&bare[..], &deny[..]].concat()))?;
    let lean = ["clippy", "--no-default-features", "--package", "project-deployer-cli"];
    run(cargo(&[&lean[..], &deny[..]].concat()))?;
    let usual = ["clippy", "--workspace"];
    run(cargo(&[&usual[..], &deny[..]].concat()))
}

fn documentation() -> Command {
    let mut command = cargo(&["doc", "--workspace", "--no-deps", "--all-features"]);
    command.env("RUSTDOCFLAGS", "--deny warnings");
    command
}
