use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::document::{Fields, FromFields};
use crate::setters;
use crate::unknown_fields::UnknownFields;

const IMPORT_TIME_MODE: &str = "importTimeMode";
const SPECIFICATION_MODE: &str = "envImportSpecificationMode";

/// What a node does with the code environments of a bundle (R-A2, R-A3).
///
/// A node may return values that the product added later. They read as the default of the product, stay
/// among the unknown fields, and are written back unless the mode is set to another value here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Map<String, Value>", into = "Map<String, Value>")]
#[non_exhaustive]
pub struct CodeEnvsBehavior {
    /// What to do with one that is missing or outdated.
    pub import_time_mode: ImportTimeMode,
    /// How to compare them.
    pub env_import_specification_mode: EnvSpecificationMode,
    /// All other fields, unchanged.
    pub extra: UnknownFields,
}

setters!(CodeEnvsBehavior {
    with_import_time_mode(import_time_mode: ImportTimeMode),
    with_env_import_specification_mode(env_import_specification_mode: EnvSpecificationMode),
});

/// What to do with a code environment that is missing or outdated (R-A3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum ImportTimeMode {
    /// Create or update it.
    #[default]
    InstallIfMiss,
    /// Stop preloading.
    FailIfMiss,
    /// Do nothing.
    DoNothing,
}

/// How code environments are compared (R-A2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum EnvSpecificationMode {
    /// By the requested packages.
    #[default]
    Specified,
    /// By the installed packages.
    Actual,
}

impl From<Map<String, Value>> for CodeEnvsBehavior {
    fn from(mut fields: Map<String, Value>) -> Self {
        Self {
            import_time_mode: take_known(&mut fields, IMPORT_TIME_MODE),
            env_import_specification_mode: take_known(&mut fields, SPECIFICATION_MODE),
            extra: fields.into(),
        }
    }
}

/// Removes a mode with a known value. An unknown value stays.
fn take_known<T: Default + DeserializeOwned>(fields: &mut Map<String, Value>, name: &str) -> T {
    match fields.get(name).map(T::deserialize) {
        Some(Ok(mode)) => {
            fields.remove(name);
            mode
        }
        Some(Err(_)) | None => T::default(),
    }
}

impl From<CodeEnvsBehavior> for Map<String, Value> {
    fn from(behavior: CodeEnvsBehavior) -> Self {
        let mut fields = behavior.extra.fields().clone();
        set_known(&mut fields, IMPORT_TIME_MODE, behavior.import_time_mode);
        set_known(&mut fields, SPECIFICATION_MODE, behavior.env_import_specification_mode);
        fields
    }
}

fn set_known<T: Default + PartialEq + Serialize>(
    fields: &mut Map<String, Value>,
    name: &str,
    mode: T,
) {
    let kept = fields.get(name).is_some_and(|word| !word.is_null()) && mode == T::default();
    if !kept && let Ok(word) = serde_json::to_value(mode) {
        fields.insert(name.to_owned(), word);
    }
}

impl FromFields for CodeEnvsBehavior {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        const IMPORT: [(&str, ImportTimeMode); 3] = [
            ("INSTALL_IF_MISS", ImportTimeMode::InstallIfMiss),
            ("FAIL_IF_MISS", ImportTimeMode::FailIfMiss),
            ("DO_NOTHING", ImportTimeMode::DoNothing),
        ];
        const COMPARE: [(&str, EnvSpecificationMode); 2] = [
            ("SPECIFIED", EnvSpecificationMode::Specified),
            ("ACTUAL", EnvSpecificationMode::Actual),
        ];
        Some(Self {
            import_time_mode: fields.word(IMPORT_TIME_MODE, &IMPORT, ImportTimeMode::default()),
            env_import_specification_mode: fields.word(
                SPECIFICATION_MODE,
                &COMPARE,
                EnvSpecificationMode::default(),
            ),
            extra: fields.rest(),
        })
    }
}
