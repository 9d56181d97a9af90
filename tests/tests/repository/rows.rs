//! That the engine has every row of the Deployer's interface. A default body would hide a missing one.

use crate::files;

fn source(path: &str) -> String {
    files::all().into_iter().find(|file| file.path == path).unwrap().text
}

/// The word before each `(` that follows one of these beginnings.
fn names(source: &str, after: &str, begin: &str) -> Vec<String> {
    let (_, body) = source.split_once(after).unwrap();
    let (body, _) = body.split_once("\n}\n").unwrap();
    let lines = body.lines().filter_map(|line| line.strip_prefix(begin));
    let lines = lines.filter(|line| line.starts_with(char::is_alphabetic));
    lines.filter_map(|line| line.split_once('(')).map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn the_engine_has_every_row_of_the_interface() {
    let interface = source("crates/project-deployer-client/src/project_deployer.rs");
    let engine = source("crates/project-deployer/src/session/project_deployer.rs");
    let rows = names(&interface, "pub trait ProjectDeployer", "    async fn ");
    assert_eq!(names(&engine, "\noperations! {", "    "), rows);
    assert_eq!(rows.len(), 33);
}
