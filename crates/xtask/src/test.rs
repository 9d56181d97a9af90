//! Installs what the tests need, runs all of them, and counts them by ring.

use std::io::{BufRead as _, BufReader};

use crate::debian;
use crate::java;
use crate::process::cargo;
use crate::python::{CLIENTS, OFFLINE, offline};
use crate::rings::Rings;

pub(crate) fn test(more: &[String]) -> Result<(), String> {
    let mut command = cargo(&["test", "--workspace", "--all-features", "--no-fail-fast"]);
    command.args(more);
    if offline() {
        println!(
            "{OFFLINE}=1: tests that need the official Python client or directory servers are skipped"
        );
    } else {
        for client in CLIENTS {
            command.env(client.variable, client.python()?);
        }
        command.env(debian::TREE, debian::servers()?);
    }
    java::prepare(&mut command)?;
    // One pipe for both, so that the name of a binary comes before its tests.
    let (reader, writer) = std::io::pipe().map_err(|error| error.to_string())?;
    command.stdout(writer.try_clone().map_err(|error| error.to_string())?).stderr(writer);
    let mut tests = command.spawn().map_err(|error| format!("cargo test: {error}"))?;
    // Open copies of the pipe here would keep it open.
    drop(command);
    let mut rings = Rings::default();
    for line in BufReader::new(reader).split(b'\n') {
        let line = line.map_err(|error| error.to_string())?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        rings.read(&line);
    }
    let status = tests.wait().map_err(|error| error.to_string())?;
    println!("\n{rings}");
    if status.success() { Ok(()) } else { Err("some tests fail".to_owned()) }
}
