//! Checks the allowed dependencies between crates, as `docs/architecture.md` shows them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::process::{cargo, output};

/// The crates of the workspace with their allowed dependencies. Tests, examples and this command may depend
/// on all of them.
const ALLOWED: [(&str, &[&str]); 8] = [
    ("project-deployer-core", &[]),
    ("project-deployer-client", &["project-deployer-core"]),
    ("project-deployer-ldap", &["project-deployer-core"]),
    ("project-deployer-store", &["project-deployer-core"]),
    ("project-deployer-testkit", &[]),
    (
        "project-deployer",
        &[
            "project-deployer-core",
            "project-deployer-client",
            "project-deployer-ldap",
            "project-deployer-store",
        ],
    ),
    ("project-deployer-server", &["project-deployer"]),
    (
        "project-deployer-cli",
        &[
            "project-deployer",
            "project-deployer-server",
            "project-deployer-core",
            "project-deployer-client",
            "project-deployer-ldap",
            "project-deployer-store",
            "project-deployer-testkit",
        ],
    ),
];

const FREE: [&str; 3] = ["project-deployer-tests", "project-deployer-examples", "xtask"];

const TRANSPORTS: [&str; 11] = [
    "axum",
    "hyper",
    "ldap3",
    "libsqlite3-sys",
    "native-tls",
    "reqwest",
    "rusqlite",
    "rustls",
    "sqlx",
    "tokio-postgres",
    "object_store",
];

const RUNTIMES: [&str; 5] = ["async-std", "futures-executor", "mio", "smol", "tokio"];

/// The maximum number of crates below the core, including itself.
const CORE_LIMIT: usize = 60;

pub(crate) fn deps() -> Result<(), String> {
    let mut faults = directions()?;
    let core = below("project-deployer-core", &[])?;
    faults.extend(forbidden("project-deployer-core", &core, &TRANSPORTS));
    faults.extend(forbidden("project-deployer-core", &core, &RUNTIMES));
    if core.len() > CORE_LIMIT {
        faults.push(format!(
            "project-deployer-core has {} crates, more than {CORE_LIMIT}",
            core.len()
        ));
    }
    let bare = below("project-deployer", &["--no-default-features"])?;
    faults.extend(forbidden("project-deployer without features", &bare, &TRANSPORTS));
    let lean = below("project-deployer-cli", &["--no-default-features"])?;
    let testkit = ["project-deployer-testkit"];
    faults.extend(forbidden("project-deployer-cli without features", &lean, &testkit));
    if faults.is_empty() {
        println!("dependency direction holds; project-deployer-core has {} crates", core.len());
        return Ok(());
    }
    Err(faults.join("\n"))
}

fn directions() -> Result<Vec<String>, String> {
    let metadata = output(cargo(&["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&metadata).map_err(|error| error.to_string())?;
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(packages.iter().flat_map(direction_faults).collect())
}

fn direction_faults(package: &Value) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or_default();
    if FREE.contains(&name) {
        return Vec::new();
    }
    let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
        return vec![format!("{name} is not in the list of crates in xtask/src/deps.rs")];
    };
    let ours = |dependency: &&Value| {
        dependency["kind"] != "dev"
            && dependency["name"].as_str().is_some_and(|name| name.starts_with("project-deployer"))
    };
    let dependencies = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
    dependencies
        .iter()
        .filter(ours)
        .filter_map(|dependency| dependency["name"].as_str())
        .filter(|dependency| !allowed.contains(dependency))
        .map(|dependency| format!("{name} depends on {dependency}, which it must not"))
        .collect()
}

/// The names of all crates below one, including itself.
pub(crate) fn below(package: &str, options: &[&str]) -> Result<BTreeSet<String>, String> {
    let fixed = ["tree", "--edges", "normal", "--prefix", "none", "--package", package];
    let tree = output(cargo(&[&fixed[..], options].concat()))?;
    Ok(tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}

fn forbidden(what: &str, found: &BTreeSet<String>, names: &[&str]) -> Vec<String> {
    let wrong = names.iter().filter(|name| found.contains(**name));
    wrong.map(|name| format!("{what} has {name} below it, which it must not")).collect()
}
