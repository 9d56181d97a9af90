//! Packs every crate that is published, and builds each from its package.

use crate::process::{cargo, run};
use crate::published;
use crate::python::offline;

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
    run(package)
}
