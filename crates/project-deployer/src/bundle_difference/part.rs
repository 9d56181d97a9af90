use std::fmt;

use serde::{Deserialize, Serialize};

/// A part of a bundle that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum BundlePart {
    /// Scenarios by id.
    Scenarios,
    /// Required connections by name.
    Connections,
    /// Required code environments by name.
    CodeEnvs,
    /// Plugins by id.
    Plugins,
    /// Project variables by name.
    Variables,
    /// Files by path, compared by digest.
    Files,
}

impl BundlePart {
    /// Its name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scenarios => "scenarios",
            Self::Connections => "connections",
            Self::CodeEnvs => "codeEnvs",
            Self::Plugins => "plugins",
            Self::Variables => "variables",
            Self::Files => "files",
        }
    }
}

impl fmt::Display for BundlePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::CodeEnvs => "code environments",
            other => other.as_str(),
        })
    }
}
