use serde::{Deserialize, Serialize};

/// The policy for bundles that are not approved in Govern (R-G1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum GovernCheckPolicy {
    /// A bundle that is not approved is refused.
    Prevent,
    /// A bundle that is not approved needs a confirmation.
    Warn,
    /// Approval is not checked.
    #[default]
    NoCheck,
}

impl GovernCheckPolicy {
    pub(super) const WORDS: [(&'static str, Self); 3] =
        [("PREVENT", Self::Prevent), ("WARN", Self::Warn), ("NO_CHECK", Self::NoCheck)];
}

/// Which permissions of the design project a new project on the node gets (R-S1 to R-S3, R-S6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum PermissionsPropagationPolicy {
    /// None: the deploying user owns the project, and no other user has a right.
    #[default]
    None,
    /// Limited: all users of the design project may read.
    ReadOnly,
    /// Full: the permissions of the design project.
    All,
}

impl PermissionsPropagationPolicy {
    pub(super) const WORDS: [(&'static str, Self); 3] =
        [("NONE", Self::None), ("READ_ONLY", Self::ReadOnly), ("ALL", Self::All)];

    /// The value on the wire, in documents and in the query of an import.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::ReadOnly => "READ_ONLY",
            Self::All => "ALL",
        }
    }
}
