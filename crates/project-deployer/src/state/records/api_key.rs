use project_deployer_core::{GroupName, Login, Timestamp};
use serde::{Deserialize, Serialize};

/// An API key of the Deployer. Its secret is not kept: only a digest of it, which opens nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ApiKeyRecord {
    pub(crate) id: String,
    pub(crate) rights: StoredRights,
    pub(crate) label: String,
    pub(crate) description: String,
    pub(crate) created_by: Login,
    pub(crate) created_on: Timestamp,
    /// SHA-256 of the secret, in hexadecimal digits. The secret is random, so nobody can guess it from this.
    pub(crate) digest: String,
}

/// What a key may do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum StoredRights {
    /// What its owner may do.
    Personal { user: Login },
    /// What the key itself may do.
    Global { admin: bool, groups: Vec<GroupName>, acts_as: Option<Login> },
}

impl StoredRights {
    /// The user that the key acts as.
    pub(crate) fn user(&self) -> Option<&Login> {
        match self {
            Self::Personal { user } => Some(user),
            Self::Global { acts_as, .. } => acts_as.as_ref(),
        }
    }
}
