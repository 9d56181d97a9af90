//! Programs that write archives, for the test that reads what they write.

use crate::debian;
use crate::npm;
use crate::process::root;
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
    npm::install(&root().join("target/npm"), &NPM)
}
