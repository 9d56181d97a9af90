//! How long the first page of the console takes in a browser until it can be used.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use project_deployer_benchmarks::rounds::median;
use project_deployer_benchmarks::table::Row;
use serde::Deserialize;
use serde_json::json;

use super::Answer;
use super::serve::Service;

/// The variables that name the tree of packages with Chromium, and the folder with the packages of npm; `cargo xtask bench` sets
/// them.
const BROWSER: &str = "PROJECT_DEPLOYER_BROWSER";
const MODULES: &str = "PROJECT_DEPLOYER_FRONTEND";

/// The milliseconds until the page can be used.
const LIMIT: f64 = 300.0;

const ROUNDS: usize = 11;

/// Milliseconds, one for each round.
#[derive(Deserialize)]
struct Times {
    /// Of browsers that never saw the console.
    never: Vec<f64>,
    /// Of one that did.
    before: Vec<f64>,
}

pub(super) fn measure(service: &Service, deployments: usize) -> Answer<()> {
    let folder = tempfile::tempdir()?;
    let Times { never, before } = times(service, deployments, folder.path())?;
    println!("ms in each round: {never:.0?}, with its files: {before:.0?}");
    let what = format!("the first page of the console, {deployments} deployments, interactive");
    println!("{}", Row::at_most(&*what, median(never), LIMIT, "ms"));
    println!(
        "{}",
        Row::said(format!("{what} at the second visit"), format!("{:.2} ms", median(before)))
    );
    Ok(())
}

fn times(service: &Service, deployments: usize, folder: &Path) -> Answer<Times> {
    let (tree, modules) = (installed(BROWSER)?, installed(MODULES)?);
    let libraries = tree.join("usr/lib/x86_64-linux-gnu");
    let fonts = folder.join("fonts.conf");
    // The tree has only what the machine lacks.
    let text = format!(
        "<?xml version=\"1.0\"?><fontconfig><dir>{}</dir><dir>/usr/share/fonts</dir><cachedir>{}</cachedir></fontconfig>",
        tree.join("usr/share/fonts").display(),
        folder.join("fonts").display()
    );
    std::fs::write(&fonts, text)?;
    let given = json!({
        "url": format!("http://{}", service.address), "key": service.key, "deployments": deployments, "rounds": ROUNDS,
        "browser": tree.join("usr/lib/chromium/chromium-headless-shell"), "modules": modules,
    });
    let searched = [libraries.clone(), libraries.join("pulseaudio")];
    let done = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin/service/interactive.mjs"))
        .arg(given.to_string())
        .env("LD_LIBRARY_PATH", std::env::join_paths(searched)?)
        .env("FONTCONFIG_FILE", fonts)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !done.status.success() {
        return Err("the browser did not show the console".into());
    }
    Ok(serde_json::from_slice(&done.stdout)?)
}

fn installed(variable: &str) -> io::Result<PathBuf> {
    let missing = || format!("{variable} is not set; run the benchmark by `cargo xtask bench`");
    std::env::var_os(variable).map(PathBuf::from).ok_or_else(|| io::Error::other(missing()))
}
