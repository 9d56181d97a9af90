//! That the engine has every row of the Deployer's interface. A default body would hide a missing one.

use crate::files;

const TRAITS: [(&str, &str); 6] = [
    ("InfraOperations", "infras"),
    ("ProjectOperations", "projects"),
    ("BundleOperations", "bundles"),
    ("DeploymentOperations", "deployments"),
    ("TestingOperations", "testing"),
    ("UpdateOperations", "updates"),
];

fn source(path: &str) -> String {
    files::all().into_iter().find(|file| file.path == path).unwrap().text
}

/// The methods of the trait, or of its implementation, that begins so.
fn rows(source: &str, start: &str) -> Vec<String> {
    let (_, body) = source.split_once(start).unwrap();
    let (body, _) = body.split_once("\n}\n").unwrap();
    let lines = body.lines().filter_map(|line| line.strip_prefix("    async fn "));
    lines.filter_map(|line| line.split_once('(')).map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn the_engine_has_every_row_of_the_interface() {
    let mut count = 0;
    for (name, file) in TRAITS {
        let interface = format!("crates/project-deployer-client/src/project_deployer/{file}.rs");
        let interface = rows(&source(&interface), &format!("pub trait {name}"));
        let engine = source(&format!("crates/project-deployer/src/session/{file}.rs"));
        let mut engine = rows(&engine, &format!("impl {name} for DeployerSession"));
        engine.sort_by_key(|row| interface.iter().position(|offered| offered == row));
        assert_eq!(engine, interface, "{name}");
        count += interface.len();
    }
    assert_eq!(count, 34);
}
