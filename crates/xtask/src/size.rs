//! Build times and numbers of crates, for `docs/benchmarks.md`.

use std::fs;
use std::time::Instant;

use crate::deps::below;
use crate::process::{cargo, root, run};

pub(crate) fn size() -> Result<(), String> {
    let core = timed(&["build", "--quiet", "--package", "project-deployer-core"])?;
    let workspace = timed(&["build", "--quiet", "--workspace", "--all-targets"])?;
    println!("project-deployer-core, from scratch      {core:>6.1} s");
    println!("workspace with all targets, from scratch {workspace:>6.1} s");
    for (package, options) in [
        ("project-deployer-core", &[][..]),
        ("project-deployer-client", &[]),
        ("project-deployer-ldap", &[]),
        ("project-deployer-store", &[]),
        ("project-deployer", &["--no-default-features"]),
        ("project-deployer", &[]),
        ("project-deployer-testkit", &[]),
    ] {
        let crates = below(package, options)?.len();
        println!("{package:<26} {:<22} {crates:>4} crates", options.join(" "));
    }
    Ok(())
}

/// Builds into an empty directory and returns the seconds that it took.
fn timed(arguments: &[&str]) -> Result<f64, String> {
    let target = root().join("target").join("size");
    if target.exists() {
        fs::remove_dir_all(&target).map_err(|error| format!("{}: {error}", target.display()))?;
    }
    // Downloads do not count as build time.
    run(cargo(&["fetch", "--quiet"]))?;
    let mut command = cargo(arguments);
    command.env("CARGO_TARGET_DIR", &target);
    let start = Instant::now();
    run(command)?;
    Ok(start.elapsed().as_secs_f64())
}
