use std::path::Path;

use serde_json::Value;

use super::error::InventoryError;

/// The format of an inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Yaml,
    Json,
    Toml,
}

impl Format {
    /// The format by the extension of the file.
    pub(super) fn of(path: &Path) -> Result<Self, InventoryError> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        match ending.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => Ok(Self::Yaml),
            "json" => Ok(Self::Json),
            "toml" => Ok(Self::Toml),
            _ => Err(InventoryError::UnknownFormat { path: path.to_owned() }),
        }
    }

    /// The text as JSON values. Errors give the place and never the text, which may hold a secret by
    /// mistake.
    pub(super) fn parse(self, text: &str) -> Result<Value, String> {
        match self {
            Self::Yaml => yaml(text),
            Self::Json => serde_json::from_str(text).map_err(|error| {
                format!("invalid JSON at line {}, column {}", error.line(), error.column())
            }),
            Self::Toml => toml::from_str(text).map_err(|error| {
                let line = error.span().map_or(1, |span| line_of(text, span.start));
                format!("invalid TOML at line {line}")
            }),
        }
    }
}

fn yaml(text: &str) -> Result<Value, String> {
    serde_saphyr::from_str(text).map_err(|error| match error.location() {
        Some(at) => format!("invalid YAML at line {}, column {}", at.line(), at.column()),
        None => "invalid YAML".to_owned(),
    })
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
