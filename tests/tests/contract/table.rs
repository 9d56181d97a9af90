//! The table of operations: `operations.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Every operation, by the service that has it, in the order in which they are called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    node: Vec<Row>,
    deployer: Vec<Row>,
    design: Vec<Row>,
    fleet: Vec<Row>,
    launchpad: Vec<Row>,
}

/// An operation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// The function of our `request` modules that builds it, or a name for what only the official
    /// client does.
    pub(crate) operation: String,
    /// The section of docs/product/wire.md.
    pub(crate) facts: String,
    /// How it is called with the official client; none when it has no such call.
    pub(crate) call: Option<String>,
    /// How it is called in versions where that is not the same.
    #[serde(default, rename = "call_in")]
    _call_in: BTreeMap<String, String>,
    /// What is done with the official client before.
    #[serde(default, rename = "before")]
    _before: Vec<String>,
    /// Why the official client has no such call.
    #[serde(default)]
    pub(crate) reason: Option<String>,
    /// Why ours has no such request.
    #[serde(default)]
    pub(crate) only_official: Option<String>,
    /// The versions of the official client that lack it.
    #[serde(default)]
    pub(crate) absent: Vec<String>,
    /// Why the mock does not do it.
    #[serde(default)]
    pub(crate) refused: Option<String>,
    /// Why our service does not do it.
    #[serde(default)]
    pub(crate) refused_by_service: Option<String>,
    /// What is done with the official client before, on our service.
    #[serde(default, rename = "on_service")]
    _on_service: Option<OnService>,
    /// Where our request differs, and why it may.
    #[serde(default)]
    pub(crate) differences: BTreeMap<String, String>,
    /// Why our client does not read what the official one reads.
    #[serde(default)]
    pub(crate) unread: Option<String>,
}

/// How an operation is called on our service, where that is not as on a node.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OnService {
    #[serde(rename = "before")]
    _before: Vec<String>,
}

/// The value of `refused` where the mock just lacks a route.
const NOT_SERVED: &str = "not served";

impl Row {
    /// Whether the mock has no such operation, as far as it is known.
    pub(crate) fn is_not_served(&self) -> bool {
        self.refused.as_deref() == Some(NOT_SERVED)
    }

    /// Where our request may differ from that of a version. A place that is meant for one version alone
    /// starts with it.
    pub(crate) fn accepted(&self, version: &str) -> BTreeSet<String> {
        let places = self.differences.keys().filter_map(|place| match place.split_once(": ") {
            Some((only, place)) => (only == version).then_some(place),
            None => Some(place.as_str()),
        });
        places.map(str::to_owned).collect()
    }
}

/// The folder of this test.
pub(crate) fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract")
}

impl Table {
    pub(crate) fn read() -> Self {
        let text = std::fs::read_to_string(here().join("operations.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        let nodes = self.node.iter().chain(&self.deployer).chain(&self.design);
        nodes.chain(&self.fleet).chain(&self.launchpad)
    }
}
