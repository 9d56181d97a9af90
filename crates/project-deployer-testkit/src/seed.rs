//! What a node is seeded with, and how it spells that in JSON (wire-facts 3.3 to 3.9, 5.1 to
//! 5.6).

mod accounts;
mod file;
mod ldap_settings;
mod permission;
mod profile;
mod quirk;
mod resources;

use serde::{Deserialize, Serialize};

pub use accounts::{AccountSource, MockGroup, MockUser};
pub use file::{SeedFile, SeedFileError, SeedProblem};
pub use ldap_settings::MockLdapSettings;
pub use permission::MockPermission;
pub(crate) use permission::implied_by;
pub use profile::Profile;
pub use quirk::Quirk;
pub use resources::{CodeEnvLanguage, MockCodeEnv, MockConnection, MockFolder, MockPlugin};

/// What the node does (`nodeType` of `GET /instance-info`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum NodeKind {
    /// Bundles run here.
    #[default]
    Automation,
    /// Projects are made here.
    Design,
    /// Deployments are managed here.
    Deployer,
}

/// How a run of a scenario ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Well.
    #[default]
    Success,
    /// With warnings.
    Warning,
    /// Badly.
    Failed,
    /// A user stopped it.
    Aborted,
}

impl Outcome {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Warning => "WARNING",
            Self::Failed => "FAILED",
            Self::Aborted => "ABORTED",
        }
    }
}
