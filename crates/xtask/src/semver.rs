//! Changes of the public interfaces of the crates since the last state in git, by cargo-semver-checks.
//!
//! After a release (a tag `v*`), a break that the version in the manifest does not allow is an error. Before the first
//! release, breaks since the last commit are only shown.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::git::checkout;
use crate::process::{command, output, root, run, succeeds};
use crate::published;
use crate::rustdoc::unstable;
use crate::tools;

const FLAGS: &str = "-Z unstable-options --document-private-items --document-hidden-items --output-format=json --cap-lints=allow";

/// The exit code of cargo-semver-checks for breaks, as opposed to failures.
const BROKEN: i32 = 100;

/// The state to compare with.
#[derive(Debug, PartialEq, Eq)]
struct Baseline {
    revision: String,
    /// Whether it was released, so that its interface is binding.
    binds: bool,
}

/// Compares if the program is installed, and prints that it is skipped otherwise.
pub(crate) fn if_installed() -> Result<(), String> {
    let Some(program) = tools::cargo_semver_checks() else {
        println!(
            "skipped: cargo-semver-checks is not under target/tools, and takes minutes to build; \
             `cargo xtask semver` builds it, and so does `cargo xtask ci --full`"
        );
        return Ok(());
    };
    compare(&program)
}

/// Builds the program if it is missing, and compares.
pub(crate) fn semver() -> Result<(), String> {
    tools::install_cargo_semver_checks()?;
    if_installed()
}

fn compare(program: &Path) -> Result<(), String> {
    let Some(baseline) = baseline() else {
        println!("skipped: there is no earlier commit to compare with");
        return Ok(());
    };
    println!("compared with {}", baseline.revision);
    let libraries = published::libraries()?;
    let old = checkout(&baseline.revision)?;
    // To cargo, a crate of ours is the same one in either place, so the earlier ones are built elsewhere.
    let before = interfaces(&old, "before", &root().join("target/semver/build"))?;
    let after = interfaces(&root(), "after", &root().join("target"))?;
    let mut broken = Vec::new();
    for name in &libraries {
        let file = format!("{}.json", name.replace('-', "_"));
        let (before, after) = (before.join(&file), after.join(&file));
        if !before.exists() {
            println!("{name}: new");
            continue;
        }
        println!("{name}:");
        if !holds(comparison(program, &before, &after))? {
            broken.push(name.as_str());
        }
    }
    match (broken.is_empty(), baseline.binds) {
        (true, _) => Ok(()),
        (false, true) => Err(format!(
            "{} broke what {} promised; raise the version, or take the break back",
            broken.join(", "),
            baseline.revision
        )),
        (false, false) => {
            println!("nothing is released yet, so these breaks are allowed: {}", broken.join(", "));
            Ok(())
        }
    }
}

/// The last release; before the first one, the previous commit.
fn baseline() -> Option<Baseline> {
    let tag = output(command("git", &["describe", "--tags", "--abbrev=0", "--match", "v*"])).ok();
    let changes = output(command("git", &["status", "--porcelain", "--", "crates", "Cargo.toml"]));
    let chosen = choose(tag.as_deref(), &changes.unwrap_or_default());
    let commit = format!("{}^{{commit}}", chosen.revision);
    succeeds(command("git", &["rev-parse", "--verify", "--quiet", &commit])).then_some(chosen)
}

fn choose(tag: Option<&str>, changes: &str) -> Baseline {
    if let Some(tag) = tag.map(str::trim).filter(|tag| !tag.is_empty()) {
        return Baseline { revision: tag.to_owned(), binds: true };
    }
    let revision = if changes.trim().is_empty() { "HEAD~1" } else { "HEAD" };
    Baseline { revision: revision.to_owned(), binds: false }
}

/// The public interfaces of all libraries in a folder, as files of rustdoc.
fn interfaces(source: &Path, name: &str, build: &Path) -> Result<PathBuf, String> {
    let place = root().join("target/semver").join(name);
    let options = ["doc", "--quiet", "--workspace", "--lib", "--no-deps", "--all-features"];
    let mut doc = unstable(&options)?;
    doc.current_dir(source).env("RUSTDOCFLAGS", FLAGS);
    doc.env("CARGO_BUILD_BUILD_DIR", build).env("CARGO_TARGET_DIR", &place);
    run(doc)?;
    Ok(place.join("doc"))
}

fn comparison(program: &Path, before: &Path, after: &Path) -> Command {
    let mut command = command(&program.to_string_lossy(), &["semver-checks"]);
    command.arg("--baseline-rustdoc").arg(before).arg("--current-rustdoc").arg(after);
    command
}

/// Whether an interface is compatible with the earlier one; prints its breaks.
fn holds(mut comparison: Command) -> Result<bool, String> {
    let status = comparison.status().map_err(|error| format!("cargo-semver-checks: {error}"))?;
    match status.code() {
        Some(0) => Ok(true),
        Some(BROKEN) => Ok(false),
        _ => Err(format!("cargo-semver-checks failed ({status})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_binds_and_comes_before_commits() {
        let expected = Baseline { revision: "v0.2.0".to_owned(), binds: true };
        assert_eq!(choose(Some("v0.2.0\n"), " M crates/a/src/lib.rs\n"), expected);
    }

    #[test]
    fn before_the_first_release_the_last_commit_is_compared_with() {
        let revision = |changes| choose(None, changes).revision;
        assert_eq!(revision(""), "HEAD~1");
        assert_eq!(revision(" M crates/a/src/lib.rs\n"), "HEAD");
        assert!(!choose(Some(""), "").binds);
    }
}
