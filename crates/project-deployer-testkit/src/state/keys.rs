use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Value, json};

use crate::answer::{Answer, Refusal};
use crate::random::mark;
use crate::state::settings::object;

/// The mask of a hidden secret.
pub(crate) const MASK: &str = "********";

/// The API keys of a node (wire-facts 5.5).
#[derive(Debug, Clone, Default)]
pub(crate) struct ApiKeys {
    keys: BTreeMap<String, ApiKey>,
    made: u32,
}

/// A key.
#[derive(Clone, PartialEq)]
pub(crate) struct ApiKey {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) label: String,
    pub(crate) description: String,
    pub(crate) created_by: String,
    pub(crate) created_on: i64,
    pub(crate) rights: KeyRights,
}

/// Whose rights a key has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyRights {
    /// Its own.
    Global { admin: bool, groups: BTreeSet<String>, acts_as: Option<String> },
    /// Those of a user.
    Personal { login: String },
}

/// A key to be made.
#[derive(Debug, Clone)]
pub(crate) struct NewKey {
    pub(crate) label: String,
    pub(crate) description: String,
    pub(crate) created_by: String,
    pub(crate) created_on: i64,
    pub(crate) rights: KeyRights,
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey")
            .field("id", &self.id)
            .field("rights", &self.rights)
            .finish_non_exhaustive()
    }
}

impl ApiKey {
    /// The fields of a key after its creation: the secret is masked.
    pub(crate) fn to_json(&self) -> Value {
        let mut document = object(json!({
            "id": self.id,
            "key": MASK,
            "label": self.label,
            "description": self.description,
            "createdBy": self.created_by,
            "createdOn": self.created_on,
        }));
        document.extend(object(match &self.rights {
            KeyRights::Personal { login } => json!({"user": login}),
            KeyRights::Global { admin, groups, acts_as } => json!({
                "globalPermissions": {"admin": admin},
                "groups": groups,
                "dssUserForImpersonation": acts_as,
                "expiresOn": 0,
            }),
        }));
        Value::Object(document)
    }

    pub(crate) fn to_json_with_secret(&self) -> Value {
        let mut document = self.to_json();
        document["key"] = json!(self.secret);
        document
    }
}

impl ApiKeys {
    /// The keys of a fresh node: one that administers it.
    pub(crate) fn with_admin(secret: String) -> Self {
        let admin = ApiKey {
            id: "admin-key".to_owned(),
            secret,
            label: "admin".to_owned(),
            description: String::new(),
            created_by: "admin".to_owned(),
            created_on: 0,
            rights: KeyRights::Global { admin: true, groups: BTreeSet::new(), acts_as: None },
        };
        Self { keys: [(admin.id.clone(), admin)].into(), made: 0 }
    }

    pub(crate) fn admin_secret(&self) -> &str {
        self.keys.get("admin-key").map_or("", |key| key.secret.as_str())
    }

    pub(crate) fn set_admin_secret(&mut self, secret: String) {
        if let Some(key) = self.keys.get_mut("admin-key") {
            key.secret = secret;
        }
    }

    pub(crate) fn by_secret(&self, secret: &str) -> Option<&ApiKey> {
        self.keys.values().find(|key| key.secret == secret)
    }

    pub(crate) fn get(&self, id: &str) -> Answer<&ApiKey> {
        self.keys.get(id).ok_or_else(|| Refusal::not_found("API key", id))
    }

    pub(crate) fn list(&self, is_wanted: impl Fn(&KeyRights) -> bool) -> Vec<Value> {
        self.keys.values().filter(|key| is_wanted(&key.rights)).map(ApiKey::to_json).collect()
    }

    pub(crate) fn list_global(&self, in_clear: bool) -> Vec<Value> {
        let is_global = |key: &&ApiKey| matches!(key.rights, KeyRights::Global { .. });
        let shown = if in_clear { ApiKey::to_json_with_secret } else { ApiKey::to_json };
        self.keys.values().filter(is_global).map(shown).collect()
    }

    /// Makes a key. Ids count up, so that runs of a test are alike; no other mock knows the secret.
    pub(crate) fn make(&mut self, node_id: &str, new: NewKey) -> ApiKey {
        self.made += 1;
        let id = format!("key{}", self.made);
        let key = ApiKey {
            secret: format!("{node_id}-secret-{id}-{}", mark()),
            id: id.clone(),
            label: new.label,
            description: new.description,
            created_by: new.created_by,
            created_on: new.created_on,
            rights: new.rights,
        };
        self.keys.insert(id, key.clone());
        key
    }

    pub(crate) fn update(&mut self, id: &str, change: impl FnOnce(&mut ApiKey)) -> Answer<Value> {
        let key = self.keys.get_mut(id).ok_or_else(|| Refusal::not_found("API key", id))?;
        change(key);
        Ok(key.to_json())
    }

    pub(crate) fn remove(&mut self, id: &str) -> Answer<()> {
        self.keys.remove(id).map(drop).ok_or_else(|| Refusal::not_found("API key", id))
    }
}
