use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::bundle::{
    BundleContents, RequiredCodeEnv, RequiredConnection, RequiredPlugin,
};
use project_deployer_core::problem::Problems;

use super::document::Part;

const PYTHON: &str = "PYTHON";
const R: &str = "R";

/// What a bundle needs of a node, gathered from its documents. The manifest comes first: what it says
/// counts, and other documents add what it leaves out.
#[derive(Default)]
pub(super) struct Required {
    connections: BTreeMap<String, Option<String>>,
    code_envs: BTreeSet<RequiredCodeEnv>,
    plugins: BTreeMap<String, Option<String>>,
}

impl Required {
    /// Takes what the manifest lists; an item may be a plain name.
    pub(super) fn read_manifest(&mut self, manifest: &Part<'_>, problems: &mut Problems) {
        for item in manifest.list("connections", problems) {
            let (name, kind) = named(&item, ["name", "type"], problems);
            add(&mut self.connections, name, kind);
        }
        for item in manifest.list("plugins", problems) {
            let (id, version) = named(&item, ["id", "version"], problems);
            add(&mut self.plugins, id, version);
        }
        for item in manifest.list("codeEnvs", problems) {
            let (name, language) = named(&item, ["name", "lang"], problems);
            if let Some(name) = name {
                let language = language.map_or_else(|| PYTHON.to_owned(), |it| it.to_uppercase());
                self.code_envs.insert(RequiredCodeEnv { name, language });
            }
        }
    }

    /// Takes the default code environments of the project (`wire-facts.md` 3.6).
    pub(super) fn read_project(&mut self, params: &Part<'_>, problems: &mut Problems) {
        let defaults = params.object("settings", problems).object("codeEnvs", problems);
        for (field, language) in [("python", PYTHON), ("r", R)] {
            let default = defaults.object(field, problems);
            if default.name("mode", problems).as_deref() == Some("EXPLICIT_ENV") {
                self.add_code_env(default.name("envName", problems), language);
            }
        }
    }

    /// Takes the connection of a dataset.
    pub(super) fn read_dataset(&mut self, dataset: &Part<'_>, problems: &mut Problems) {
        let connection = dataset.object("params", problems).name("connection", problems);
        let kind = dataset.name("type", problems);
        add(&mut self.connections, connection, kind);
    }

    /// Takes the code environment that a recipe or a webapp selects by name.
    pub(super) fn read_code(&mut self, code: &Part<'_>, problems: &mut Problems) {
        let language = language(code.name("type", problems).as_deref());
        let params = code.object("params", problems);
        for selection in
            [code.object("envSelection", problems), params.object("envSelection", problems)]
        {
            let mode = selection.name("envMode", problems);
            if mode.is_none_or(|mode| mode == "EXPLICIT_ENV") {
                self.add_code_env(selection.name("envName", problems), language);
            }
        }
    }

    /// The most things of one kind.
    pub(super) fn most(&self) -> usize {
        self.connections.len().max(self.code_envs.len()).max(self.plugins.len())
    }

    pub(super) fn fill(self, contents: &mut BundleContents) {
        contents.connections = self
            .connections
            .into_iter()
            .map(|(name, kind)| RequiredConnection { name, kind })
            .collect();
        contents.code_envs = self.code_envs.into_iter().collect();
        contents.plugins =
            self.plugins.into_iter().map(|(id, version)| RequiredPlugin { id, version }).collect();
    }

    /// An environment that is known already keeps its language: documents only let us guess it.
    fn add_code_env(&mut self, name: Option<String>, language: &str) {
        let Some(name) = name else { return };
        if !self.code_envs.iter().any(|env| env.name == name) {
            self.code_envs.insert(RequiredCodeEnv { name, language: language.to_owned() });
        }
    }
}

/// The two fields of an item of a list, or the item as the first of them.
fn named(
    item: &Part<'_>,
    [name, detail]: [&str; 2],
    problems: &mut Problems,
) -> (Option<String>, Option<String>) {
    if item.value().is_string() {
        return (item.as_name(problems), None);
    }
    let read = (item.name(name, problems), item.name(detail, problems));
    if read.0.is_none() {
        item.missing(name, problems);
    }
    read
}

fn add(known: &mut BTreeMap<String, Option<String>>, name: Option<String>, detail: Option<String>) {
    let Some(name) = name else { return };
    let known = known.entry(name).or_default();
    if known.is_none() {
        *known = detail;
    }
}

/// The language of a recipe's or webapp's type. The types in R are few; any other is Python.
fn language(kind: Option<&str>) -> &'static str {
    match kind.map(str::to_ascii_lowercase).as_deref() {
        Some("r" | "sparkr" | "spark_r" | "sparklyr" | "shiny") => R,
        _ => PYTHON,
    }
}
