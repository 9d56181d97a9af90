use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

use project_deployer_core::bundle::{
    BundleContents, RequiredCodeEnv, RequiredConnection, RequiredPlugin,
};

use super::document::Part;
use super::noted::Noted;
use super::weight;

pub(super) const PYTHON: &str = "PYTHON";
const R: &str = "R";

/// What a bundle needs on a node, from its documents. The manifest has precedence, and other
/// documents add what it omits.
#[derive(Default)]
pub(super) struct Required {
    connections: BTreeMap<String, Option<String>>,
    /// Their languages by name.
    code_envs: BTreeMap<String, BTreeSet<String>>,
    /// Those whose names only other documents than the manifest have.
    guessed: BTreeSet<String>,
    code_env_count: usize,
    plugins: BTreeMap<String, Option<String>>,
    /// The plugins that the bundle may not use.
    installed: BTreeSet<String>,
    bytes: usize,
}

impl Required {
    pub(super) fn add_connection(&mut self, name: Option<String>, kind: Option<String>) {
        let Some(name) = name else { return };
        self.bytes += add(&mut self.connections, name, kind);
    }

    /// Adds a plugin that the bundle uses.
    pub(super) fn add_plugin(&mut self, id: String, version: Option<String>) {
        self.bytes += add(&mut self.plugins, id, version);
    }

    /// Adds a plugin that the design node had installed. A plugin that is known already only gets
    /// its version.
    pub(super) fn add_installed_plugin(&mut self, id: String, version: Option<String>) {
        if !self.plugins.contains_key(&id) {
            self.bytes += weight::of_texts([id.as_str()]);
            self.installed.insert(id.clone());
        }
        self.add_plugin(id, version);
    }

    pub(super) fn add_code_env(&mut self, name: String, language: String) {
        let bytes = weight::of_texts([name.as_str(), &language]);
        if self.code_envs.entry(name).or_default().insert(language) {
            self.code_env_count += 1;
            self.bytes += bytes;
        }
    }

    /// Reads the default code environments of the project (wire-facts 3.6).
    pub(super) fn read_project(&mut self, params: &Part<'_>, noted: &mut Noted) {
        let defaults = params.object("settings", noted).object("codeEnvs", noted);
        for (field, language) in [("python", PYTHON), ("r", R)] {
            let default = defaults.object(field, noted);
            if default.name("mode", noted).as_deref() == Some("EXPLICIT_ENV") {
                self.guess_code_env(default.name("envName", noted), language);
            }
        }
    }

    /// Reads the connection of a dataset.
    pub(super) fn read_dataset(&mut self, dataset: &Part<'_>, noted: &mut Noted) {
        let connection = dataset.object("params", noted).name("connection", noted);
        let kind = dataset.name("type", noted);
        self.add_connection(connection, kind);
    }

    /// Reads the code environment that a recipe or a webapp selects by name.
    pub(super) fn read_code(&mut self, code: &Part<'_>, noted: &mut Noted) {
        let language = language(code.name("type", noted).as_deref());
        let params = code.object("params", noted);
        for selection in [code.object("envSelection", noted), params.object("envSelection", noted)]
        {
            let mode = selection.name("envMode", noted);
            if mode.is_none_or(|mode| mode == "EXPLICIT_ENV") {
                self.guess_code_env(selection.name("envName", noted), language);
            }
        }
    }

    /// The length of the longest list.
    pub(super) fn most(&self) -> usize {
        self.connections.len().max(self.code_env_count).max(self.plugins.len())
    }

    /// Their memory in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn fill(self, contents: &mut BundleContents) {
        contents.connections = self
            .connections
            .into_iter()
            .map(|(name, kind)| RequiredConnection::new(name, kind))
            .collect();
        let guessed = &self.guessed;
        let envs = self.code_envs.into_iter().flat_map(|(name, languages)| {
            let env = move |language| match guessed.contains(&name) {
                true => RequiredCodeEnv::guessed(name.clone(), language),
                false => RequiredCodeEnv::new(name.clone(), language),
            };
            languages.into_iter().map(env)
        });
        contents.code_envs = envs.collect();
        let plugin = |(id, version): (String, _)| match self.installed.contains(&id) {
            true => RequiredPlugin::installed(id, version),
            false => RequiredPlugin::used(id, version),
        };
        contents.plugins = self.plugins.into_iter().map(plugin).collect();
    }

    /// An environment that is known already keeps its language: from documents it is only guessed.
    fn guess_code_env(&mut self, name: Option<String>, language: &str) {
        let Some(name) = name else { return };
        if !self.code_envs.contains_key(&name) {
            self.guessed.insert(name.clone());
            self.add_code_env(name, language.to_owned());
        }
    }
}

/// Adds an item, or the missing detail of a known one. Returns the additional memory in bytes.
fn add(
    known: &mut BTreeMap<String, Option<String>>,
    name: String,
    detail: Option<String>,
) -> usize {
    let of_detail = detail.as_ref().map_or(0, String::len);
    match known.entry(name) {
        Entry::Vacant(vacant) => {
            let bytes = weight::of_texts([vacant.key().as_str()]) + of_detail;
            vacant.insert(detail);
            bytes
        }
        Entry::Occupied(mut occupied) if occupied.get().is_none() => {
            occupied.insert(detail);
            of_detail
        }
        Entry::Occupied(_) => 0,
    }
}

/// The language of a recipe's or webapp's type. There are few types in R; all others are Python.
fn language(kind: Option<&str>) -> &'static str {
    match kind.map(str::to_ascii_lowercase).as_deref() {
        Some("r" | "sparkr" | "spark_r" | "sparklyr" | "shiny") => R,
        _ => PYTHON,
    }
}
