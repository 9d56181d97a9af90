use project_deployer_core::accounts::SourceType;
use project_deployer_core::setters;
use project_deployer_core::{GroupName, Login};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;

use crate::response::null_as_default;

/// A user to create (wire-facts 5.1). Its `Debug` hides the password.
#[derive(Clone)]
#[non_exhaustive]
pub struct NewUser {
    /// The login, which never changes.
    pub login: Login,
    /// The name that people see.
    pub display_name: String,
    /// Who supplies the user.
    pub source_type: SourceType,
    /// The password; for local users only.
    pub password: Option<SecretString>,
    /// The groups.
    pub groups: Vec<GroupName>,
    /// The licence profile. Names depend on the licence, so there is no default of ours.
    pub user_profile: Option<String>,
    /// The mail address.
    pub email: Option<String>,
}

impl NewUser {
    /// A user in no group.
    #[must_use]
    pub fn new(login: Login, source_type: SourceType) -> Self {
        Self {
            display_name: login.as_str().to_owned(),
            login,
            source_type,
            password: None,
            groups: Vec::new(),
            user_profile: None,
            email: None,
        }
    }

    pub(crate) fn document(&self) -> Value {
        let mut document = json!({
            "login": self.login,
            "displayName": self.display_name,
            "sourceType": self.source_type,
            "groups": self.groups,
        });
        let password = self.password.as_ref().map(|password| password.expose_secret());
        let optional = [
            ("password", password),
            ("userProfile", self.user_profile.as_deref()),
            ("email", self.email.as_deref()),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                document[name] = json!(value);
            }
        }
        document
    }
}

setters!(NewUser {
    with_display_name(display_name: impl Into<String>),
    with_password(password: Option<SecretString>),
    with_groups(groups: Vec<GroupName>),
    with_user_profile(user_profile: Option<String>),
    with_email(email: Option<String>),
});

impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser")
            .field("login", &self.login)
            .field("source_type", &self.source_type)
            .field("groups", &self.groups)
            .finish_non_exhaustive()
    }
}

/// What to change of a user; what is none stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserChange {
    /// Whose.
    pub login: Login,
    /// The name that people see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<GroupName>>,
    /// The licence profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_profile: Option<String>,
    /// Whether the user may log in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

impl UserChange {
    /// No change yet.
    #[must_use]
    pub fn of(login: Login) -> Self {
        Self {
            login,
            display_name: None,
            email: None,
            groups: None,
            user_profile: None,
            enabled: None,
        }
    }
}

setters!(UserChange {
    with_display_name(display_name: Option<String>),
    with_email(email: Option<String>),
    with_groups(groups: Option<Vec<GroupName>>),
    with_user_profile(user_profile: Option<String>),
    with_enabled(enabled: Option<bool>),
});

/// What became of one entry of a bulk call: the call itself succeeds even where entries fail
/// (wire-facts 5.2).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct BulkOutcome {
    /// The login.
    pub login: String,
    /// `SUCCESS` or `FAILURE`.
    pub status: String,
    /// Why it failed.
    #[serde(default, deserialize_with = "null_as_default")]
    pub error: String,
}

impl BulkOutcome {
    /// Whether it went well. A word that we do not know is no success.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.status == "SUCCESS"
    }
}

/// When a user was last seen, in milliseconds (wire-facts 5.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct UserActivity {
    /// The login.
    pub login: String,
    /// The last login that succeeded: a user who never logged in here was never imported (R-S10).
    pub last_successful_login: Option<i64>,
    /// The last login that failed.
    pub last_failed_login: Option<i64>,
    /// The last action.
    pub last_session_activity: Option<i64>,
}
