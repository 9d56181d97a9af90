//! One bundle, written by common programs in each of their ways.

use std::fs;
use std::path::Path;
use std::process::Command;

use project_deployer_testkit::BundleBuilder;

use crate::environment;

/// An archive and how it came about.
pub(crate) struct Written {
    pub(crate) writer: String,
    pub(crate) version: String,
    pub(crate) mode: String,
    pub(crate) archive: Vec<u8>,
}

/// The archives of all writers that this run has.
pub(crate) fn all() -> Vec<Written> {
    let place = tempfile::tempdir().unwrap();
    let programs = [
        Some(environment::python("writers/python.py", place.path())),
        environment::java_writer(place.path()),
        environment::commons_compress(place.path()),
        environment::programs(place.path()),
        environment::npm(place.path()),
    ];
    let mut archives = vec![rust()];
    for program in programs.into_iter().flatten() {
        archives.extend(run(program, place.path()));
    }
    archives
}

/// Runs a program that prints a line for each archive: file, writer, version and mode, with tabs.
fn run(mut program: Command, place: &Path) -> Vec<Written> {
    let output = program.output().unwrap();
    assert!(output.status.success(), "{program:?}: {}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    lines
        .lines()
        .map(|line| {
            let [file, writer, version, mode] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{program:?}: {line}")
            };
            let archive = fs::read(place.join(format!("{file}.zip"))).unwrap();
            let [writer, version, mode] = [writer, version, mode].map(str::to_owned);
            Written { writer, version, mode, archive }
        })
        .collect()
}

fn rust() -> Written {
    let bundle = BundleBuilder::new("CHURN", "v1").connection("sql", "PostgreSQL");
    Written {
        writer: "Rust `zip`".to_owned(),
        version: "9.8".to_owned(),
        mode: "deflated".to_owned(),
        archive: bundle.file("data/a", "a,b").build().unwrap(),
    }
}
