//! Programs that write archives, for the test that reads what they write.

use std::fs;
use std::path::Path;

use crate::debian;
use crate::process::{command, root, run, succeeds};
use crate::python::{OFFLINE, offline};

/// Info-ZIP, bsdtar, 7-Zip and commons-compress, in `target/archivers`.
const PACKAGES: [&str; 4] = ["7zip", "libarchive-tools", "libcommons-compress-java", "zip"];

/// The archivers of npm, in `target/npm`.
const NPM: [&str; 8] = [
    "@zip.js/zip.js@2.24.0",
    "adm-zip@0.6.1",
    "archiver@8.0.0",
    "client-zip@2.5.1",
    "compressing@2.1.3",
    "fflate@0.8.3",
    "jszip@3.10.2",
    "yazl@3.3.1",
];

/// Installs what is missing below `target/`, where the tests look for it.
pub(crate) fn install() -> Result<(), String> {
    if offline() {
        println!("{OFFLINE}=1: writers of archives that are not there are left out");
        return Ok(());
    }
    debian::tree("archivers", &PACKAGES)?;
    npm(&root().join("target/npm"))
}

/// No package runs a script while it is installed.
fn npm(place: &Path) -> Result<(), String> {
    let stamp = place.join("packages.txt");
    let wanted = NPM.join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    if !["node", "npm"].iter().all(|program| succeeds(command(program, &["--version"]))) {
        debian::install(&["nodejs", "npm"], &format!("set {OFFLINE}=1"))?;
    }
    println!("installing under {}: {}", place.display(), NPM.join(" "));
    fs::create_dir_all(place).map_err(|error| format!("{}: {error}", place.display()))?;
    let folder = place.to_string_lossy();
    let options = ["install", "--prefix", &*folder, "--no-save", "--ignore-scripts", "--no-audit"];
    run(command("npm", &[&options[..], &["--no-fund", "--loglevel=error"], &NPM].concat()))?;
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))
}
