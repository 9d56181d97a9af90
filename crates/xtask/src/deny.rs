//! Licences, duplicates and sources of all dependencies, by cargo-deny and `.deny.toml`.

use std::path::Path;
use std::process::Command;

use crate::process::{command, output, run};
use crate::python::{OFFLINE, offline};
use crate::tools;

pub(crate) fn deny() -> Result<(), String> {
    let Some(program) = tools::cargo_deny()? else {
        println!("skipped: cargo-deny is not installed, and {OFFLINE}=1 forbids downloads");
        return Ok(());
    };
    let kinds = ["check", "--hide-inclusion-graph", "bans", "licenses", "sources"];
    run(cargo_deny(&program, &kinds))?;
    if let Err(reason) = advisories_fetched(&program) {
        println!("skipped: advisories, since their database could not be fetched: {reason}");
        return Ok(());
    }
    run(cargo_deny(&program, &["check", "--disable-fetch", "advisories"]))
}

fn advisories_fetched(program: &Path) -> Result<(), String> {
    if offline() {
        return Err(format!("{OFFLINE}=1"));
    }
    output(cargo_deny(program, &["fetch", "db"])).map(drop).map_err(|error| last_line(&error))
}

fn cargo_deny(program: &Path, arguments: &[&str]) -> Command {
    let config = ["--config", ".deny.toml", "--locked"];
    command(&program.to_string_lossy(), &[&config[..], arguments].concat())
}

/// The line in which a program says why it failed.
fn last_line(text: &str) -> String {
    text.trim_end().lines().next_back().unwrap_or_default().to_owned()
}
