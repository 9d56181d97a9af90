//! API keys of a node (wire-facts 5.5). [`super::accounts::create_personal_key`] creates one for
//! another user.

use project_deployer_core::setters;
use project_deployer_core::{ApiKeySecret, GroupName, Login, UnknownFields};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Call, NodeRequest};
use crate::documents::personal_key;
use crate::error::NodeErrorKind;
use crate::node_accounts::PersonalKey;
use crate::response::null_as_default;

/// A global API key (wire-facts 5.5). Its secret, if the node returns it at all, is among the other
/// fields, of which `Debug` prints names only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GlobalKey {
    /// Its id.
    pub id: String,
    /// The name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub label: String,
    /// What it is for.
    #[serde(default, deserialize_with = "null_as_default")]
    pub description: String,
    /// What it may do by itself.
    #[serde(default, deserialize_with = "null_as_default")]
    pub global_permissions: UnknownFields,
    /// The groups that give it rights.
    #[serde(default, deserialize_with = "null_as_default")]
    pub groups: Vec<GroupName>,
    /// The login that it always acts as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dss_user_for_impersonation: Option<Login>,
    /// When it ends, in milliseconds; 0 means never.
    #[serde(default, deserialize_with = "null_as_default")]
    pub expires_on: i64,
    /// Everything else, kept as it is.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

impl GlobalKey {
    /// Replaces its rights: what it may do by itself, in everything and in projects, is taken away, and its groups are
    /// others. Whom it acts as stays, and so does everything else.
    pub fn set_rights(&mut self, rights: GlobalKeyRights) {
        let is_admin = rights == GlobalKeyRights::Admin;
        self.groups = match rights {
            GlobalKeyRights::Admin => Vec::new(),
            GlobalKeyRights::Groups(groups) => groups,
        };
        let named = |name: &str| (name.to_owned(), none_of(self.global_permissions.get(name)));
        let mut permissions: Map<String, Value> =
            self.global_permissions.names().map(named).collect();
        permissions.insert("admin".to_owned(), json!(is_admin));
        self.global_permissions = permissions.into();
        let kept = |name: &str| {
            let value = self.extra.get(name);
            let value = if RIGHTS.contains(&name) {
                none_of(value)
            } else {
                value.cloned().unwrap_or_default()
            };
            (name.to_owned(), value)
        };
        let extra: Map<String, Value> = self.extra.names().map(kept).collect();
        self.extra = extra.into();
    }

    /// Whether it is an admin key, as an infrastructure needs one (R-I3).
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.global_permissions.get("admin").and_then(Value::as_bool) == Some(true)
    }
}

/// The other fields of a global key that give rights: those in projects and in folders of projects.
const RIGHTS: [&str; 2] = ["projects", "projectFolders"];

/// The value of a field of rights that gives none. A field that is left out may keep its value.
fn none_of(rights: Option<&Value>) -> Value {
    match rights {
        Some(Value::Bool(_)) => json!(false),
        Some(Value::Array(_)) => json!([]),
        Some(Value::Object(_)) => json!({}),
        _ => Value::Null,
    }
}

/// A personal API key in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListedPersonalKey {
    /// Its id.
    pub id: String,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Login>,
    /// The name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub label: String,
    /// What it is for.
    #[serde(default, deserialize_with = "null_as_default")]
    pub description: String,
    /// When it was created, in milliseconds.
    #[serde(default, deserialize_with = "null_as_default")]
    pub created_on: i64,
    /// Everything else.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

/// A global API key that was created.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreatedGlobalKey {
    /// Its id.
    pub id: String,
    /// Its secret. The node returns it only here.
    pub secret: ApiKeySecret,
}

const GLOBAL: [&str; 2] = ["admin", "global-api-keys"];
const OF_ALL: [&str; 2] = ["admin", "personal-api-keys"];

/// A global API key to create.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewGlobalKey {
    /// A name for it.
    pub label: String,
    /// What it is for.
    pub description: String,
    /// What it may do.
    pub rights: GlobalKeyRights,
}

impl NewGlobalKey {
    /// A key without a description.
    #[must_use]
    pub fn new(label: impl Into<String>, rights: GlobalKeyRights) -> Self {
        Self { label: label.into(), description: String::new(), rights }
    }
}

setters!(NewGlobalKey {
    with_description(description: impl Into<String>),
});

/// What a global API key may do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GlobalKeyRights {
    /// Everything: what an infrastructure needs (R-I3).
    Admin,
    /// What these groups may.
    Groups(Vec<GroupName>),
}

/// All global API keys.
pub fn global() -> Call<Vec<GlobalKey>> {
    NodeRequest::get("list global API keys", &[GLOBAL[0], GLOBAL[1], ""]).list().json()
}

/// Creates a global key. Only this response has its secret.
pub fn create_global(key: &NewGlobalKey) -> Call<CreatedGlobalKey> {
    let mut body = json!({ "label": key.label, "description": key.description });
    match &key.rights {
        GlobalKeyRights::Admin => body["globalPermissions"] = json!({ "admin": true }),
        GlobalKeyRights::Groups(groups) => body["groups"] = json!(groups),
    }
    let operation = format!("create global API key {}", key.label);
    NodeRequest::post(operation, &[GLOBAL[0], GLOBAL[1], ""])
        .with_body(body)
        .reading(|answer| created(&answer))
}

/// One global API key.
pub fn global_one(id: &str) -> Call<GlobalKey> {
    NodeRequest::get(format!("read global API key {id}"), &[GLOBAL[0], GLOBAL[1], id]).json()
}

/// Replaces the document of a global API key: change what [`global_one`] gave.
pub fn save_global(id: &str, document: &impl Serialize) -> Call<()> {
    NodeRequest::put(format!("write global API key {id}"), &[GLOBAL[0], GLOBAL[1], id], document)
        .nothing()
}

/// Deletes a global API key.
pub fn delete_global(id: &str) -> Call<()> {
    NodeRequest::delete(format!("delete global API key {id}"), &[GLOBAL[0], GLOBAL[1], id])
        .nothing()
}

/// The caller's own personal API keys.
pub fn own() -> Call<Vec<ListedPersonalKey>> {
    NodeRequest::get("list the caller's API keys", &["personal-api-keys", ""]).list().json()
}

/// Creates a personal API key for the caller.
pub fn create_own(label: &str, description: &str) -> Call<PersonalKey> {
    let operation = format!("create personal API key {label}");
    NodeRequest::post(operation, &["personal-api-keys", ""])
        .with_body(json!({ "label": label, "description": description }))
        .reading(|key| personal_key(&key))
}

/// One of the caller's own personal API keys.
pub fn own_one(id: &str) -> Call<ListedPersonalKey> {
    NodeRequest::get(format!("read personal API key {id}"), &["personal-api-keys", id]).json()
}

/// Replaces the document of one of the caller's own personal API keys: change what [`own_one`] gave.
pub fn save_own(id: &str, document: &impl Serialize) -> Call<()> {
    NodeRequest::put(format!("write personal API key {id}"), &["personal-api-keys", id], document)
        .nothing()
}

/// Deletes one of the caller's own personal API keys.
pub fn delete_own(id: &str) -> Call<()> {
    NodeRequest::delete(format!("delete personal API key {id}"), &["personal-api-keys", id])
        .nothing()
}

/// The personal API keys of all users.
pub fn personal_of_all() -> Call<Vec<ListedPersonalKey>> {
    NodeRequest::get("list personal API keys", &[OF_ALL[0], OF_ALL[1], ""]).bulk().json()
}

fn created(answer: &Value) -> Result<CreatedGlobalKey, NodeErrorKind> {
    let PersonalKey { id, secret } = personal_key(answer)?;
    Ok(CreatedGlobalKey { id, secret })
}
