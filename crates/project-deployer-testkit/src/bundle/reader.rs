use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};

use serde_json::{Map, Value};
use zip::ZipArchive;

use super::manifest::{self, Manifest};
use super::{BundleContents, BundleError};
use crate::seed::MockPermission;

/// The largest file of a bundle that is read; data files of others are passed over.
const MAX_FILE: u64 = 16 * 1024 * 1024;

/// Reads an archive.
///
/// # Errors
///
/// It is no zip, or not a bundle as a design node or [`BundleBuilder`](super::BundleBuilder) writes
/// it.
pub(crate) fn read(archive: &[u8]) -> Result<BundleContents, BundleError> {
    let files = json_files(archive)?;
    let document = files.get(manifest::FILE).cloned();
    let document = document.ok_or(BundleError::Missing(manifest::FILE))?;
    let manifest = Manifest::read(document.clone())?;
    let project_key = manifest.project_key()?;
    let params = files.get("project_config/params.json").cloned().unwrap_or_default();
    let variables = files.get("project_config/variables.json").cloned().unwrap_or_default();
    let name = manifest.project_name.clone();
    let name = name.or_else(|| params.get("name")?.as_str().map(str::to_owned));
    Ok(BundleContents {
        project_name: name.unwrap_or_else(|| project_key.clone()),
        project_key,
        bundle_id: manifest.bundle_id.clone(),
        release_notes: manifest.release_notes()?,
        connections: connections(manifest.connections()?, &files),
        code_envs: manifest.code_envs()?,
        plugins: manifest.plugins()?,
        permissions: list(&params, "permissions").filter_map(MockPermission::from_json).collect(),
        tags: list(&params, "tags").filter_map(Value::as_str).map(str::to_owned).collect(),
        settings: object(&params, "settings"),
        standard_variables: object(&variables, "standard"),
        datasets: documents_below("project_config/datasets/", &files),
        scenarios: documents_below("project_config/scenarios/", &files),
        webapps: documents_below("project_config/webapps/", &files),
        manifest: document,
    })
}

fn json_files(archive: &[u8]) -> Result<BTreeMap<String, Value>, BundleError> {
    let mut zip = ZipArchive::new(Cursor::new(archive)).map_err(BundleError::zip)?;
    let mut files = BTreeMap::new();
    for index in 0..zip.len() {
        let file = zip.by_index(index).map_err(BundleError::zip)?;
        let name = file.name().map_err(BundleError::zip)?.into_owned();
        if !name.ends_with(".json") {
            continue;
        }
        let mut text = Vec::new();
        file.take(MAX_FILE + 1).read_to_end(&mut text)?;
        if text.len() as u64 > MAX_FILE {
            return Err(BundleError::TooLarge(name));
        }
        let document = serde_json::from_slice(&text)
            .map_err(|source| BundleError::Json { file: name.clone(), source })?;
        files.insert(name, document);
    }
    Ok(files)
}

/// Connections that the manifest names, and those that datasets use.
fn connections(
    mut found: BTreeMap<String, Option<String>>,
    files: &BTreeMap<String, Value>,
) -> BTreeSet<(String, Option<String>)> {
    for dataset in documents_below("project_config/datasets/", files) {
        let params = dataset.get("params");
        let name = params.and_then(|params| params.get("connection")).and_then(Value::as_str);
        let kind = dataset.get("type").and_then(Value::as_str).map(str::to_owned);
        if let Some(name) = name {
            found.entry(name.to_owned()).or_insert(kind);
        }
    }
    found.into_iter().collect()
}

fn list<'a>(document: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    document.get(field).and_then(Value::as_array).into_iter().flatten()
}

fn object(document: &Value, field: &str) -> Map<String, Value> {
    document.get(field).and_then(Value::as_object).cloned().unwrap_or_default()
}

fn documents_below(folder: &str, files: &BTreeMap<String, Value>) -> Vec<Map<String, Value>> {
    let inside = files.range(folder.to_owned()..).take_while(|(name, _)| name.starts_with(folder));
    inside.filter_map(|(_, document)| document.as_object().cloned()).collect()
}
