use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::BundleError;
use crate::moment;
use crate::seed::CodeEnvLanguage;

pub(super) const FILE: &str = "export-manifest.json";

/// A manifest with the names of a design node (wire-facts 9.1) and with those of the older layout
/// of this project.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    original_project_key: Option<String>,
    project_key: Option<String>,
    pub(super) bundle_id: String,
    pub(super) project_name: Option<String>,
    #[serde(default)]
    export_user_info: Author,
    #[serde(flatten)]
    author: Author,
    required_connections: Option<BTreeMap<String, Connection>>,
    connections: Option<Vec<Connection>>,
    used_code_env_refs: Option<Vec<CodeEnv>>,
    code_envs: Option<Vec<CodeEnv>>,
    exported_with_plugins: Option<Vec<Plugin>>,
    plugins: Option<Vec<Plugin>>,
    design_node_id: Option<String>,
    #[serde(default)]
    design_node: Origin,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Author {
    exported_by: Option<String>,
    #[serde(default, deserialize_with = "time")]
    exported_on: Option<i64>,
    release_notes: Option<String>,
}

#[derive(Clone, Deserialize)]
struct Connection {
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct CodeEnv {
    #[serde(alias = "envName")]
    name: String,
    #[serde(alias = "envLang")]
    lang: String,
}

#[derive(Deserialize)]
struct Plugin {
    #[serde(alias = "pluginId")]
    id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Origin {
    node_id: Option<String>,
}

impl Manifest {
    /// # Errors
    ///
    /// It is not a manifest, or has two values for one thing.
    pub(super) fn read(document: Value) -> Result<Self, BundleError> {
        let manifest: Self = serde_json::from_value(document)
            .map_err(|source| BundleError::Json { file: FILE.to_owned(), source })?;
        manifest.release_notes()?;
        let (real, older) = (&manifest.export_user_info, &manifest.author);
        either(["exportedBy"; 2], real.exported_by.as_ref(), older.exported_by.as_ref())?;
        either(["exportedOn"; 2], real.exported_on.as_ref(), older.exported_on.as_ref())?;
        let node = manifest.design_node.node_id.as_ref();
        either(["designNodeId", "designNode.nodeId"], manifest.design_node_id.as_ref(), node)?;
        Ok(manifest)
    }

    pub(super) fn project_key(&self) -> Result<String, BundleError> {
        let names = ["originalProjectKey", "projectKey"];
        let key = either(names, self.original_project_key.as_ref(), self.project_key.as_ref())?;
        key.cloned().ok_or(BundleError::Missing("originalProjectKey"))
    }

    pub(super) fn release_notes(&self) -> Result<Option<String>, BundleError> {
        let real = self.export_user_info.release_notes.as_ref();
        either(["releaseNotes"; 2], real, self.author.release_notes.as_ref())
            .map(Option::<&_>::cloned)
    }

    /// Types by name, where the manifest has one.
    pub(super) fn connections(&self) -> Result<BTreeMap<String, Option<String>>, BundleError> {
        let named = |(key, it): (&String, &Connection)| (key.clone(), it.kind.clone());
        let real = self.required_connections.as_ref().map(|it| it.iter().map(named).collect());
        let listed = |it: &Connection| Some((it.name.clone()?, it.kind.clone()));
        let older = self.connections.as_ref().map(|it| it.iter().filter_map(listed).collect());
        owned(["requiredConnections", "connections"], real, older)
    }

    pub(super) fn code_envs(&self) -> Result<BTreeSet<(String, CodeEnvLanguage)>, BundleError> {
        let read = |env: &CodeEnv| Some((env.name.clone(), CodeEnvLanguage::parse(&env.lang)?));
        let set = |envs: &Vec<CodeEnv>| envs.iter().filter_map(read).collect();
        let (real, older) = (self.used_code_env_refs.as_ref(), self.code_envs.as_ref());
        owned(["usedCodeEnvRefs", "codeEnvs"], real.map(set), older.map(set))
    }

    /// A design node lists all plugins that it has installed, so the older list may be shorter.
    pub(super) fn plugins(&self) -> Result<BTreeSet<String>, BundleError> {
        let ids = |plugins: &Vec<Plugin>| -> BTreeSet<String> {
            plugins.iter().map(|plugin| plugin.id.clone()).collect()
        };
        match (self.exported_with_plugins.as_ref().map(ids), self.plugins.as_ref().map(ids)) {
            (Some(installed), Some(used)) if !installed.is_superset(&used) => {
                Err(BundleError::TwoValues(["exportedWithPlugins", "plugins"]))
            }
            (installed, used) => Ok(installed.or(used).unwrap_or_default()),
        }
    }
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => moment::parse(&text),
        other => other.as_i64(),
    })
}

/// The value under either of two names.
fn either<'a, T: PartialEq>(
    names: [&'static str; 2],
    real: Option<&'a T>,
    older: Option<&'a T>,
) -> Result<Option<&'a T>, BundleError> {
    match (real, older) {
        (Some(real), Some(older)) if real != older => Err(BundleError::TwoValues(names)),
        _ => Ok(real.or(older)),
    }
}

fn owned<T: PartialEq + Default>(
    names: [&'static str; 2],
    real: Option<T>,
    older: Option<T>,
) -> Result<T, BundleError> {
    either(names, real.as_ref(), older.as_ref())?;
    Ok(real.or(older).unwrap_or_default())
}
