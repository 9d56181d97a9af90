//! Completeness: every request of ours is called here, and is in the table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::ours::{Noted, operations};
use crate::table::Table;

/// The requests that no product has: they are below `/api/v1` of our service.
const OF_OUR_SERVICE: &str = "frontend";

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/project-deployer-client/src")
}

/// The functions below a folder that build requests, as `area::function`.
fn constructors(folder: &Path, area: &str, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let area = if area.is_empty() { stem.to_owned() } else { format!("{area}::{stem}") };
        if [OF_OUR_SERVICE, "tests"].contains(&stem) {
        } else if path.is_dir() {
            constructors(&path, &area, found);
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            found.extend(functions(&text).map(|function| format!("{area}::{function}")));
        }
    }
}

/// The public functions of a source that answer a request.
fn functions(source: &str) -> impl Iterator<Item = &str> {
    source.split("\npub fn ").skip(1).filter_map(|rest| {
        let head = rest.split_once('{')?.0;
        let answers = ["-> Call<", "-> NodeRequest"];
        let builds = answers.iter().any(|answer| head.contains(answer));
        builds.then(|| head.split(['(', '<']).next().unwrap_or_default())
    })
}

fn called() -> BTreeSet<String> {
    let noted = Arc::new(Noted(BTreeMap::new()));
    operations(&noted).into_iter().map(|operation| operation.name).collect()
}

#[test]
fn every_request_of_ours_is_called() {
    let mut built = BTreeSet::new();
    constructors(&sources().join("request"), "", &mut built);
    assert!(built.len() > 100, "{built:?}");
    let called = called();
    let missing: Vec<_> = built.symmetric_difference(&called).collect();
    assert!(missing.is_empty(), "write these into tests/contract/ours: {missing:?}");
}

#[test]
fn every_request_of_ours_stands_in_the_table() {
    let table = Table::read();
    let rows: BTreeSet<_> = table.rows().map(|row| row.operation.clone()).collect();
    assert_eq!(rows.len(), table.rows().count(), "an operation is in the table twice");
    let called = called();
    let missing: Vec<_> = called.difference(&rows).collect();
    assert!(missing.is_empty(), "write these into operations.json: {missing:?}");
}

#[test]
fn whatever_one_client_alone_has_says_why() {
    let table = Table::read();
    let called = called();
    for row in table.rows() {
        let (name, ours) = (&row.operation, called.contains(&row.operation));
        assert_eq!(row.only_official.is_none(), ours, "`only_official` of {name}");
        assert_eq!(row.call.is_none(), row.reason.is_some(), "`reason` of {name}");
        assert!(ours || row.call.is_some(), "no client has {name}");
    }
}
