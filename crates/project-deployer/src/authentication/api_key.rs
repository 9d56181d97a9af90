use project_deployer_core::{GroupName, Login, Timestamp};
use secrecy::SecretString;

use crate::state::{ApiKeyRecord, StoredRights};

/// An API key of the Deployer, without its secret (wire-facts 5.5).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiKey {
    /// The id, which is no secret.
    pub id: String,
    /// What it may do.
    pub rights: ApiKeyRights,
    /// A name for it.
    pub label: String,
    /// What it is for.
    pub description: String,
    /// Who created it.
    pub created_by: Login,
    /// When it was created.
    pub created_on: Timestamp,
}

/// What an API key may do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiKeyRights {
    /// What its owner may do. Its actions are those of the owner.
    Personal {
        /// The owner.
        user: Login,
    },
    /// Rights of its own. Its actions are those of the key: their login is `api:` and the id.
    Global {
        /// Whether it is a global administrator.
        admin: bool,
        /// The groups that give it rights.
        groups: Vec<GroupName>,
        /// The user that it acts as, with the rights of that user instead of its own.
        acts_as: Option<Login>,
    },
}

/// An API key to create.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiKeyRequest {
    /// What it may do.
    pub rights: ApiKeyRights,
    /// A name for it.
    pub label: String,
    /// What it is for.
    pub description: String,
}

/// An API key that was just created, with its secret. Nobody can read the secret again.
#[derive(Debug)]
#[non_exhaustive]
pub struct NewApiKey {
    /// The key.
    pub key: ApiKey,
    /// The text that authenticates.
    pub secret: SecretString,
}

impl ApiKeyRequest {
    /// A key with these rights.
    #[must_use]
    pub fn new(rights: ApiKeyRights, label: impl Into<String>) -> Self {
        Self { rights, label: label.into(), description: String::new() }
    }

    /// The key with a description.
    #[must_use]
    pub fn with_description(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }
}

impl From<ApiKeyRecord> for ApiKey {
    fn from(record: ApiKeyRecord) -> Self {
        let rights = match record.rights {
            StoredRights::Personal { user } => ApiKeyRights::Personal { user },
            StoredRights::Global { admin, groups, acts_as } => {
                ApiKeyRights::Global { admin, groups, acts_as }
            }
        };
        Self {
            id: record.id,
            rights,
            label: record.label,
            description: record.description,
            created_by: record.created_by,
            created_on: record.created_on,
        }
    }
}

impl From<ApiKeyRights> for StoredRights {
    fn from(rights: ApiKeyRights) -> Self {
        match rights {
            ApiKeyRights::Personal { user } => Self::Personal { user },
            ApiKeyRights::Global { admin, groups, acts_as } => {
                Self::Global { admin, groups, acts_as }
            }
        }
    }
}
