//! Packs every crate that is published, and builds each from its package.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, remove_dir_all};
use std::path::{Path, PathBuf};

use crate::debian::list;
use crate::process::{cargo, root, run};
use crate::published;
use crate::python::offline;

/// What every folder of a crate of ours begins with, in the folders of cargo.
const OURS: &str = "project-deployer";

pub(crate) fn package() -> Result<(), String> {
    let faults = published::faults()?;
    if !faults.is_empty() {
        return Err(faults.join("\n"));
    }
    // Cargo packs in the order of dependencies, and lets later packages depend on earlier ones.
    let mut package = cargo(&["package", "--workspace", "--all-features", "--allow-dirty"]);
    for name in published::OURS_ALONE {
        package.args(["--exclude", name]);
    }
    if offline() {
        package.arg("--offline");
    }
    remove_copies()?;
    let before: BTreeSet<PathBuf> = built().into_iter().collect();
    let result = run(package);
    built().iter().filter(|folder| !before.contains(*folder)).try_for_each(remove)?;
    result
}

/// Removes what cargo unpacked of our packages in an earlier run. It takes a version that it knows for
/// unchanged, and so would build the later packages with the earlier ones of that run.
fn remove_copies() -> Result<(), String> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    let Some(home) = home else { return Ok(()) };
    // A registry on this machine has no host, so that its folder begins with the hyphen before the hash.
    let local = |folder: &PathBuf| name(folder).starts_with('-');
    let registries = list(&home.join("registry/src")).unwrap_or_default();
    let copies = registries.into_iter().filter(local).flat_map(|registry| ours(&registry));
    copies.collect::<Vec<_>>().iter().try_for_each(remove)
}

/// What cargo keeps of its builds of our crates; the next run must not take those of packages for current.
fn built() -> Vec<PathBuf> {
    ours(&root().join("target/debug/.fingerprint"))
}

fn ours(folder: &Path) -> Vec<PathBuf> {
    let all = list(folder).unwrap_or_default();
    all.into_iter().filter(|path| name(path).starts_with(OURS)).collect()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn remove(folder: &PathBuf) -> Result<(), String> {
    match remove_dir_all(folder) {
        Err(_) if !fs::exists(folder).unwrap_or(true) => Ok(()),
        result => result.map_err(|error| format!("{}: {error}", folder.display())),
    }
}
