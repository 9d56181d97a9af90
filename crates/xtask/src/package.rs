//! Packs every crate that is published, and checks each as it is in its package.

use std::fs;
use std::path::{Path, PathBuf};

use crate::debian::list;
use crate::process::{cargo, command, root, run};
use crate::published;
use crate::python::offline;

/// A package as a file.
const PACKED: &str = "crate";

pub(crate) fn package() -> Result<(), String> {
    let faults = published::faults()?;
    if !faults.is_empty() {
        return Err(faults.join("\n"));
    }
    let place = root().join("target/package");
    if place.exists() {
        fs::remove_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
    }
    pack()?;
    let unpacked = place.join("unpacked");
    let folders = unpack(&place, &unpacked)?;
    write(&unpacked.join("Cargo.toml"), &workspace(&folders))?;
    fs::copy(root().join("Cargo.lock"), unpacked.join("Cargo.lock"))
        .map_err(|error| format!("Cargo.lock: {error}"))?;
    check(&unpacked.join("Cargo.toml"))
}

/// Cargo packs in the order of dependencies, and lets later packages depend on earlier ones. It would build each of
/// them as well, from the beginning; `check` compiles the same files in a quarter of the time.
fn pack() -> Result<(), String> {
    let mut package =
        cargo(&["package", "--workspace", "--all-features", "--allow-dirty", "--no-verify"]);
    for name in published::OURS_ALONE {
        package.args(["--exclude", name]);
    }
    if offline() {
        package.arg("--offline");
    }
    run(package)
}

/// Unpacks all packages, and returns the name of the folder of each.
fn unpack(place: &Path, unpacked: &Path) -> Result<Vec<String>, String> {
    fs::create_dir_all(unpacked).map_err(|error| format!("{}: {error}", unpacked.display()))?;
    let is_packed = |path: &PathBuf| path.extension().is_some_and(|ending| ending == PACKED);
    let mut folders = Vec::new();
    for packed in list(place)?.into_iter().filter(is_packed) {
        // With the present time: cargo treats files that are older than its build as built.
        let mut tar = command("tar", &["--extract", "--gzip", "--touch", "--directory"]);
        tar.arg(unpacked).arg("--file").arg(&packed);
        run(tar)?;
        folders.extend(packed.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    }
    let expected = published::crates()?.len();
    if folders.len() == expected {
        return Ok(folders);
    }
    Err(format!("{} packages instead of {expected} are in {}", folders.len(), place.display()))
}

/// A workspace of the packages, in which each takes the others for those of the registry.
fn workspace(folders: &[String]) -> String {
    let mut manifest = format!("[workspace]\nresolver = \"3\"\nmembers = {folders:?}\n");
    manifest.push_str("\n[patch.crates-io]\n");
    for folder in folders {
        let name = folder.rsplit_once('-').map_or(folder.as_str(), |(name, _)| name);
        manifest.push_str(&format!("{name} = {{ path = \"{folder}\" }}\n"));
    }
    manifest
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}

/// Compiles the packages with what is built of their dependencies already.
fn check(manifest: &Path) -> Result<(), String> {
    let mut check = cargo(&["check", "--workspace", "--all-features", "--target-dir", "target"]);
    check.arg("--manifest-path").arg(manifest);
    if offline() {
        check.arg("--offline");
    }
    run(check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_package_is_a_member_that_stands_for_the_one_of_the_registry() {
        let manifest = workspace(&["a-core-0.1.0".to_owned(), "a-0.1.0".to_owned()]);
        let expected = "[workspace]\nresolver = \"3\"\nmembers = [\"a-core-0.1.0\", \"a-0.1.0\"]\n\n\
                        [patch.crates-io]\na-core = { path = \"a-core-0.1.0\" }\na = { path = \"a-0.1.0\" }\n";
        assert_eq!(manifest, expected);
    }
}
