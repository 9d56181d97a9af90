//! A Java with its compiler, for the test with the two archive readers of Java.

use std::fs::{self, read_link, remove_file};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::debian::{self, list};
use crate::process::{command, output};
use crate::python::offline;

/// Names the program to the tests.
pub(crate) const VARIABLE: &str = "PROJECT_DEPLOYER_JAVA";
/// The Java of the distribution, with `javac` and without a desktop.
const PACKAGES: [&str; 1] = ["default-jdk-headless"];
/// Where Debian keeps the programs of Java in a tree.
const PLACE: &str = "usr/lib/jvm";

/// The Java that tests use in place of the machine's, unpacked under `target/` where the machine has none.
pub(crate) fn missing() -> Result<Option<PathBuf>, String> {
    if has_compiler("java") {
        return Ok(None);
    }
    if offline() {
        println!("there is no Java with its compiler: the test against its readers is left out");
        return Ok(None);
    }
    let tree = debian::tree("java", &PACKAGES)?;
    let java = java_in(&tree)?;
    if !has_compiler(&java.to_string_lossy()) {
        return Err(format!("{} does not run; install a JDK", java.display()));
    }
    Ok(Some(java))
}

fn has_compiler(java: &str) -> bool {
    output(command(java, &["--list-modules"])).is_ok_and(|modules| modules.contains("jdk.compiler"))
}

/// The program in a tree of packages. Its settings are links to `/etc`, which has to be that of the tree.
fn java_in(tree: &Path) -> Result<PathBuf, String> {
    let homes = list(&tree.join(PLACE))?;
    let home = homes
        .into_iter()
        .find(|home| !home.is_symlink() && home.join("bin/java").is_file())
        .ok_or_else(|| format!("there is no Java in {}", tree.display()))?;
    lead_into(tree, &home)?;
    Ok(home.join("bin/java"))
}

fn lead_into(tree: &Path, folder: &Path) -> Result<(), String> {
    for path in list(folder)? {
        let fault = |error| format!("{}: {error}", path.display());
        if path.is_symlink() {
            let target = read_link(&path).map_err(fault)?;
            if let Ok(below) = target.strip_prefix("/etc") {
                remove_file(&path).map_err(fault)?;
                symlink(tree.join("etc").join(below), &path).map_err(fault)?;
            }
        } else if fs::metadata(&path).map_err(fault)?.is_dir() {
            lead_into(tree, &path)?;
        }
    }
    Ok(())
}
