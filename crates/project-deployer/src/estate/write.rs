//! From an estate to a text.

use std::error::Error;

use super::document::Estate;
use super::text::EstateFormat;

impl Estate {
    /// Writes a file. Reading it gives the same estate.
    ///
    /// # Errors
    ///
    /// TOML has no null, which a hook or a variable may have.
    pub fn to_text(&self, format: EstateFormat) -> Result<String, EstateNotWritten> {
        let refused = |error: Box<dyn Error + Send + Sync>| EstateNotWritten(error);
        match format {
            EstateFormat::Yaml => {
                serde_saphyr::to_string(self).map_err(|error| refused(error.into()))
            }
            EstateFormat::Json => {
                let text = serde_json::to_string_pretty(self);
                Ok(text.map_err(|error| refused(error.into()))? + "\n")
            }
            EstateFormat::Toml => toml::to_string(self).map_err(|error| refused(error.into())),
        }
    }
}

/// The format cannot hold the estate.
#[derive(Debug, thiserror::Error)]
#[error("this format cannot hold the estate; write it as YAML or JSON")]
pub struct EstateNotWritten(#[source] Box<dyn Error + Send + Sync>);
