//! Packages of npm, in a folder of their own.

use std::fs;
use std::path::{Path, PathBuf};

use crate::debian;
use crate::process::{command, root, run, succeeds};
use crate::python::{OFFLINE, offline};

/// What makes and compiles a client from the description of the API for frontends, and what drives a browser and looks for
/// barriers, in `target/frontend`.
const FRONTEND: [&str; 6] = [
    "@types/node@20.19.25",
    "axe-core@4.11.0",
    "openapi-fetch@0.17.0",
    "openapi-typescript@7.13.0",
    "playwright-core@1.65.1",
    "typescript@5.9.3",
];

/// The browser, in `target/browser`.
const BROWSER: [&str; 2] = ["chromium-headless-shell", "fonts-dejavu-core"];

/// Installs what the tests of frontends need.
pub(crate) fn frontend() -> Result<(), String> {
    if offline() {
        println!("{OFFLINE}=1: the client in TypeScript is left out if its generator is not there");
        return Ok(());
    }
    debian::tree("browser", &BROWSER)?;
    install(&root().join("target/frontend"), &FRONTEND)
}

/// Installs the browser and what drives it, and returns the variables that say where they are.
pub(crate) fn browser() -> Result<Vec<(&'static str, PathBuf)>, String> {
    let tree = debian::tree("browser", &BROWSER)?;
    let place = root().join("target/frontend");
    install(&place, &FRONTEND)?;
    let modules = place.join("node_modules");
    Ok(vec![("PROJECT_DEPLOYER_BROWSER", tree), ("PROJECT_DEPLOYER_FRONTEND", modules)])
}

/// Installs packages in a folder. No package runs a script while it is installed.
pub(crate) fn install(place: &Path, packages: &[&str]) -> Result<(), String> {
    let stamp = place.join("packages.txt");
    let wanted = packages.join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    if !["node", "npm"].iter().all(|program| succeeds(command(program, &["--version"]))) {
        debian::install(&["nodejs", "npm"], &format!("set {OFFLINE}=1"))?;
    }
    println!("installing under {}: {}", place.display(), packages.join(" "));
    fs::create_dir_all(place).map_err(|error| format!("{}: {error}", place.display()))?;
    let folder = place.to_string_lossy();
    let options = ["install", "--prefix", &*folder, "--no-save", "--ignore-scripts", "--no-audit"];
    run(command("npm", &[&options[..], &["--no-fund", "--loglevel=error"], packages].concat()))?;
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))
}
