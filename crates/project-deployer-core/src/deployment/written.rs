//! Settings in the form in which this program writes them, read without a tree of values.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::code_envs::{CodeEnvsBehavior, EnvSpecificationMode, ImportTimeMode};
use super::settings::{BundleContainerSettings, DeploymentSettings};
use crate::identifier::{BundleId, DeploymentId, InfraId, ProjectKey};

/// Settings that were read from text in exactly the form in which [`DeploymentSettings::to_document`] writes most of
/// them. Every other form is an error here, and is read by [`Document`](crate::document::Document).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub struct WrittenSettings(
    /// The settings.
    pub DeploymentSettings,
);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    id: DeploymentId,
    infra_id: InfraId,
    tags: Vec<String>,
    published_project_key: ProjectKey,
    bundle_id: BundleId,
    deployed_project_key: ProjectKey,
    bundle_container_settings: WrittenContainer,
    local_variables: Map<String, Value>,
    scenarios_to_activate: BTreeMap<String, bool>,
    disable_automatic_triggers: bool,
    include_infra_remappings: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenContainer {
    #[serde(rename = "remapping")]
    _remapping: NoRemapping,
    code_envs_behavior: WrittenBehavior,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NoRemapping {
    #[serde(rename = "connections")]
    _connections: [(); 0],
    #[serde(rename = "codeEnvs")]
    _code_envs: [(); 0],
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenBehavior {
    env_import_specification_mode: EnvSpecificationMode,
    import_time_mode: ImportTimeMode,
}

impl From<Written> for WrittenSettings {
    fn from(written: Written) -> Self {
        let behavior = written.bundle_container_settings.code_envs_behavior;
        let bundle_container_settings = BundleContainerSettings {
            code_envs_behavior: CodeEnvsBehavior {
                import_time_mode: behavior.import_time_mode,
                env_import_specification_mode: behavior.env_import_specification_mode,
                ..CodeEnvsBehavior::default()
            },
            ..BundleContainerSettings::default()
        };
        Self(DeploymentSettings {
            id: written.id,
            infra_id: written.infra_id,
            tags: written.tags,
            published_project_key: written.published_project_key,
            bundle_id: written.bundle_id,
            deployed_project_key: written.deployed_project_key,
            project_folder_id: None,
            bundle_container_settings,
            local_variables: written.local_variables.into(),
            scenarios_to_activate: written.scenarios_to_activate,
            disable_automatic_triggers: written.disable_automatic_triggers,
            include_infra_remappings: written.include_infra_remappings,
            extra: Default::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::document::Document as _;

    fn plain() -> Value {
        json!({
            "id": "d", "infraId": "i", "tags": ["a", "b"], "publishedProjectKey": "P", "bundleId": "v1",
            "deployedProjectKey": "P_1", "localVariables": {"a": {"b": [1, 2.5, null]}},
            "bundleContainerSettings": {
                "remapping": {"connections": [], "codeEnvs": []},
                "codeEnvsBehavior": {
                    "envImportSpecificationMode": "SPECIFIED", "importTimeMode": "FAIL_IF_MISS",
                },
            },
            "scenariosToActivate": {"s": true}, "disableAutomaticTriggers": true,
            "includeInfraRemappings": false,
        })
    }

    fn fast(document: &Value) -> Option<DeploymentSettings> {
        serde_json::from_str::<WrittenSettings>(&document.to_string()).ok().map(|read| read.0)
    }

    #[test]
    fn both_ways_read_the_same_and_write_it_again() {
        let read = fast(&plain()).unwrap();
        assert_eq!(read, DeploymentSettings::from_document(plain()).unwrap());
        assert_eq!(read.to_document(), plain());
    }

    #[test]
    fn whatever_is_not_plain_is_left_to_the_other_way() {
        for (place, value) in [
            ("/id", json!("a/b")),
            ("/tags", json!("a,b")),
            ("/tags", json!([null])),
            ("/localVariables", json!(null)),
            ("/scenariosToActivate", json!({"s": "true"})),
            ("/disableAutomaticTriggers", json!("yes")),
            (
                "/bundleContainerSettings/remapping/connections",
                json!([{"source": "a", "target": "b"}]),
            ),
            ("/bundleContainerSettings/codeEnvsBehavior/importTimeMode", json!("LATER")),
            (
                "/bundleContainerSettings/remapping",
                json!({"connections": [], "codeEnvs": [], "x": 1}),
            ),
        ] {
            let mut document = plain();
            *document.pointer_mut(place).unwrap() = value;
            assert_eq!(fast(&document), None, "{place}");
        }
        for field in ["projectFolderId", "somethingNew"] {
            let mut document = plain();
            document[field] = json!("x");
            assert_eq!(fast(&document), None, "{field}");
        }
        let whole = plain();
        for field in whole.as_object().unwrap().keys() {
            let mut document = whole.clone();
            document.as_object_mut().unwrap().remove(field);
            assert_eq!(fast(&document), None, "without {field}");
        }
    }
}
