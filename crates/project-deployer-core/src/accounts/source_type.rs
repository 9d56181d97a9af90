use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a user or group comes from (wire-facts 5.1 and 5.3). Fixed once set (R-L10).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum SourceType {
    /// An account of the node itself, with a password there.
    #[default]
    Local,
    /// Supplied by an LDAP directory.
    Ldap,
    /// An account of the node that cannot log in with a password.
    LocalNoAuth,
    /// Supplied by Dataiku Cloud.
    Saas,
    /// Supplied by Azure Active Directory.
    AzureAd,
    /// Supplied by single sign-on.
    Sso,
    /// Supplied by a custom supplier.
    Custom,
    /// Supplied by the host's PAM.
    Pam,
    /// A value that the product added later.
    Other(String),
}

impl SourceType {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Local => "LOCAL",
            Self::Ldap => "LDAP",
            Self::LocalNoAuth => "LOCAL_NO_AUTH",
            Self::Saas => "SAAS",
            Self::AzureAd => "AZURE_AD",
            Self::Sso => "SSO",
            Self::Custom => "CUSTOM",
            Self::Pam => "PAM",
            Self::Other(word) => word,
        }
    }

    fn known(word: &str) -> Option<Self> {
        Some(match word {
            "LOCAL" => Self::Local,
            "LDAP" => Self::Ldap,
            "LOCAL_NO_AUTH" => Self::LocalNoAuth,
            "SAAS" => Self::Saas,
            "AZURE_AD" => Self::AzureAd,
            "SSO" => Self::Sso,
            "CUSTOM" => Self::Custom,
            "PAM" => Self::Pam,
            _ => return None,
        })
    }
}

impl From<String> for SourceType {
    fn from(word: String) -> Self {
        Self::known(&word).unwrap_or(Self::Other(word))
    }
}

impl From<&str> for SourceType {
    fn from(word: &str) -> Self {
        Self::known(word).unwrap_or_else(|| Self::Other(word.to_owned()))
    }
}

impl From<SourceType> for String {
    fn from(source: SourceType) -> Self {
        source.as_str().to_owned()
    }
}

impl fmt::Display for SourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
