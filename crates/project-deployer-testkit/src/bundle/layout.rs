use serde_json::{Map, Value, json};

use super::BundleBuilder;
use crate::moment;
use crate::seed::{CodeEnvLanguage, MockCodeEnv, MockPlugin};

/// The names of the fields in the manifest of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum BundleLayout {
    /// Those of a design node (wire-facts 9.1).
    #[default]
    Real,
    /// Those that this project used before the others were known.
    Older,
    /// Both, with equal values.
    Both,
}

/// The manifest of a bundle.
pub(super) fn manifest(bundle: &BundleBuilder) -> Value {
    let mut fields = common(bundle);
    if bundle.layout != BundleLayout::Older {
        fields.extend(object(real(bundle)));
    }
    if bundle.layout != BundleLayout::Real {
        fields.extend(object(older(bundle)));
    }
    fields.into()
}

fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(fields) = value { fields } else { Map::new() }
}

/// The address and the installation of the design node have no known names in a real manifest.
fn common(bundle: &BundleBuilder) -> Map<String, Value> {
    let mut fields = object(json!({
        "designNode": {
            "nodeId": bundle.design_node,
            "url": format!("https://{}.example.test", bundle.design_node),
            "installId": format!("inst-{}", bundle.design_node),
        },
    }));
    // The export of a project has the same manifest, without this.
    if bundle.is_bundle {
        fields.insert("bundleId".to_owned(), bundle.bundle_id.clone().into());
    }
    fields
}

fn real(bundle: &BundleBuilder) -> Value {
    let mut author =
        json!({"exportedBy": exported_by(bundle), "exportedOn": moment::text(bundle.exported_on)});
    if let Some(notes) = &bundle.release_notes {
        author["releaseNotes"] = notes.clone().into();
    }
    let connection = |(name, kind): &(String, String)| {
        (name.clone(), json!({"name": name, "type": kind, "isMissing": false}))
    };
    let code_env = |env: &MockCodeEnv| json!({"envName": env.name, "envLang": language(env)});
    let plugin = |plugin: &MockPlugin| json!({"pluginId": plugin.id, "version": plugin.version});
    json!({
        "originalProjectKey": bundle.project_key,
        "manifestVersion": 3,
        "generatedWithDSSVersion": bundle.release,
        "exportUserInfo": author,
        "exportedWithPlugins": bundle.plugins.iter().map(plugin).collect::<Vec<_>>(),
        "requiredConnections": bundle.connections.iter().map(connection).collect::<Map<_, _>>(),
        "usedCodeEnvRefs": bundle.code_envs.iter().map(code_env).collect::<Vec<_>>(),
        "actualContent": {"includedDatasets": []},
        "designNodeId": bundle.design_node,
    })
}

fn older(bundle: &BundleBuilder) -> Value {
    let connection = |(name, kind): &(String, String)| json!({"name": name, "type": kind});
    let code_env = |env: &MockCodeEnv| json!({"name": env.name, "lang": language(env)});
    let plugin = |plugin: &MockPlugin| json!({"id": plugin.id, "version": plugin.version});
    json!({
        "projectKey": bundle.project_key,
        "projectName": bundle.project_name,
        "exportedBy": exported_by(bundle),
        "exportedOn": bundle.exported_on,
        "releaseNotes": bundle.release_notes,
        "connections": bundle.connections.iter().map(connection).collect::<Vec<_>>(),
        "codeEnvs": bundle.code_envs.iter().map(code_env).collect::<Vec<_>>(),
        "plugins": bundle.plugins.iter().map(plugin).collect::<Vec<_>>(),
    })
}

fn exported_by(bundle: &BundleBuilder) -> &str {
    bundle.exported_by.as_ref().unwrap_or(&bundle.owner)
}

fn language(env: &MockCodeEnv) -> &'static str {
    match env.language {
        CodeEnvLanguage::Python => "PYTHON",
        CodeEnvLanguage::R => "R",
    }
}
