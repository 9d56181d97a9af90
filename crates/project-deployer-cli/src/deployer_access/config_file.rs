use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::AccessError;

/// The configuration file of the official client (docs/product.md#conventions).
#[derive(Deserialize)]
pub(super) struct ConfigFile {
    #[serde(default)]
    dss_instances: BTreeMap<String, Instance>,
    #[serde(default)]
    default_instance: Option<String>,
}

/// One node in this file.
#[derive(Deserialize)]
pub(super) struct Instance {
    /// Its address.
    pub(super) url: String,
    /// The secret of a key.
    pub(super) api_key: String,
    /// Accept any certificate.
    #[serde(default)]
    pub(super) no_check_certificate: bool,
}

/// Where the file may be. The guide names one for Linux and another for Windows; both names occur on
/// both systems.
pub(super) fn places(home: Option<&Path>) -> Vec<PathBuf> {
    let folder = home.map(|home| home.join(".dataiku"));
    let files = ["config.json", ".config.json"];
    folder.iter().flat_map(|folder| files.map(|file| folder.join(file))).collect()
}

impl ConfigFile {
    /// Reads a file; none where there is no such file.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, AccessError> {
        let fault = |what: String| AccessError::ConfigFile { path: path.to_owned(), what };
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fault(error.to_string())),
        };
        // The parser's own message may repeat a key that is in a wrong place.
        serde_json::from_slice(&text).map(Some).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            fault(format!(
                "line {line}, column {column} is not valid; write \
                 {{\"dss_instances\": {{NAME: {{\"url\": …, \"api_key\": …}}}}, \"default_instance\": NAME}}"
            ))
        })
    }

    /// An instance by name, or the default instance. A single instance is the default.
    pub(super) fn instance(&self, name: Option<&str>) -> Option<(&str, &Instance)> {
        let wanted = name.or(self.default_instance.as_deref());
        let mut instances = self.dss_instances.iter();
        let found = match wanted {
            Some(wanted) => instances.find(|(name, _)| *name == wanted),
            None if self.dss_instances.len() == 1 => instances.next(),
            None => None,
        };
        found.map(|(name, instance)| (name.as_str(), instance))
    }

    /// Its instances by name, the default one marked. No address and no key is in it.
    pub(super) fn summary(&self) -> String {
        if self.dss_instances.is_empty() {
            return "no instances".to_owned();
        }
        let default = self.instance(None).map(|(name, _)| name);
        let name = |name: &str| match default {
            Some(default) if default == name => format!("`{name}` (default)"),
            _ => format!("`{name}`"),
        };
        format!("instances: {}", self.names().map(name).collect::<Vec<_>>().join(", "))
    }

    /// The names of all instances.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.dss_instances.keys().map(String::as_str)
    }
}
