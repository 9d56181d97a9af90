//! Earlier states of the repository, from git.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use crate::process::{command, root, run};

/// The files of a revision, unpacked under `target/`; those of the revision before are removed.
pub(crate) fn checkout(revision: &str) -> Result<PathBuf, String> {
    let place = root().join("target/revision");
    let wrong = |error| format!("{}: {error}", place.display());
    if place.exists() {
        fs::remove_dir_all(&place).map_err(wrong)?;
    }
    fs::create_dir_all(&place).map_err(wrong)?;
    let mut archive = command("git", &["archive", "--format=tar", revision])
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("git archive {revision}: {error}"))?;
    let Some(files) = archive.stdout.take() else {
        return Err(format!("git archive {revision}: no output"));
    };
    // With the present time: cargo treats files that are older than its build as built.
    let mut tar = command("tar", &["--extract", "--touch", "--directory"]);
    tar.arg(&place).stdin(files);
    run(tar)?;
    let status = archive.wait().map_err(|error| format!("git archive {revision}: {error}"))?;
    if status.success() { Ok(place) } else { Err(format!("git archive {revision}: {status}")) }
}
