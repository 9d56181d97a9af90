use std::io::{Cursor, Read as _};

use serde_json::{Map, Value, json};
use zip::ZipArchive;

use super::NodeState;
use super::project::Project;
use crate::answer::{Answer, Refusal};
use crate::seed::MockPlugin;

impl NodeState {
    pub(crate) fn install(&mut self, plugin: MockPlugin) -> Value {
        let reported = plugin.to_json();
        self.plugins.insert(plugin.id.clone(), plugin);
        reported
    }

    /// Installs what is in a zip: `plugin.json` names `id` and `version`.
    ///
    /// # Errors
    ///
    /// It is no plugin.
    pub(crate) fn install_archive(&mut self, archive: &[u8]) -> Answer<Value> {
        let plugin = plugin_of(archive);
        let plugin = plugin.ok_or_else(|| Refusal::illegal("The archive holds no plugin"))?;
        Ok(self.install(plugin))
    }
}

fn plugin_of(archive: &[u8]) -> Option<MockPlugin> {
    let mut zip = ZipArchive::new(Cursor::new(archive)).ok()?;
    let mut text = String::new();
    zip.by_name("plugin.json").ok()?.take(1024 * 1024).read_to_string(&mut text).ok()?;
    let described: Value = serde_json::from_str(&text).ok()?;
    let field = |name: &str| described.get(name).and_then(Value::as_str);
    Some(MockPlugin::new(field("id")?, field("version")?))
}

impl Project {
    pub(crate) fn webapp(&self, id: &str) -> Answer<&Map<String, Value>> {
        self.webapps.get(id).ok_or_else(|| Refusal::not_found("Webapp", id))
    }
}

/// What a node reports about its Govern node.
pub(crate) fn govern_reference(general_settings: &Map<String, Value>) -> Value {
    let settings = general_settings.get("governIntegrationSettings");
    let field = |name: &str| settings.and_then(|settings| settings.get(name)).cloned();
    json!({
        "enabled": field("enabled").unwrap_or(Value::Bool(false)),
        "nodeUrl": field("nodeUrl"),
        "apiKey": field("apiKey"),
        "trustAllSSLCertificates": field("trustAllSSLCertificates").unwrap_or(Value::Bool(false)),
    })
}
