use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::other_fields::OtherFields;

/// A connection of a node (wire-facts 3.3).
#[derive(Debug, Clone, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct MockConnection {
    /// Its name.
    pub name: String,
    /// Its type, such as `PostgreSQL`.
    pub kind: String,
    /// The groups that may use it; none means all users.
    pub allowed_groups: Option<BTreeSet<String>>,
    /// The parameters of its type. They may hold secrets.
    pub params: OtherFields,
}

impl MockConnection {
    /// A connection that all users may use.
    pub fn new(name: impl Into<String>, kind: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind: kind.into(),
            allowed_groups: None,
            params: OtherFields::default(),
        }
    }

    /// Only these groups may use it.
    pub fn only_for<G: Into<String>>(mut self, groups: impl IntoIterator<Item = G>) -> Self {
        self.allowed_groups = Some(groups.into_iter().map(Into::into).collect());
        self
    }

    /// With one more parameter.
    pub fn with_param(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.params.0.insert(name.into(), value.into());
        self
    }

    pub(crate) fn to_json(&self, redacts: bool) -> Value {
        let params: Map<String, Value> = self
            .params
            .0
            .iter()
            .map(|(name, value)| {
                (name.clone(), if redacts { redacted(name, value) } else { value.clone() })
            })
            .collect();
        json!({
            "name": self.name,
            "type": self.kind,
            "description": "",
            "params": params,
            "usableBy": if self.allowed_groups.is_some() { "ALLOWED" } else { "ALL" },
            "allowedGroups": self.allowed_groups.clone().unwrap_or_default(),
            "allowWrite": true,
            "allowManagedDatasets": true,
            "allowManagedFolders": true,
            "detailsReadability": {"readableBy": "NONE", "allowedGroups": []},
        })
    }

    /// The response of `/connections/{name}/info`. Resolved credentials are there to be used, so they are
    /// in clear text.
    pub(crate) fn info_json(&self, redacts: bool) -> Value {
        let text = |name: &str| self.params.0.get(name).and_then(Value::as_str);
        let params = self.to_json(redacts).get("params").cloned();
        let mut info = json!({
            "type": self.kind,
            "credentialsMode": "GLOBAL",
            "params": params,
            "resolvedParams": params,
        });
        if let (Some(user), Some(password)) = (text("user"), text("password")) {
            info["resolvedBasicCredential"] = json!({"user": user, "password": password});
        }
        info
    }

    pub(crate) fn from_json(name: &str, document: &Value) -> Option<Self> {
        let kind = document.get("type")?.as_str()?.to_owned();
        let listed = document.get("allowedGroups").and_then(Value::as_array);
        let groups = listed.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        let restricted = document.get("usableBy").and_then(Value::as_str) == Some("ALLOWED");
        let params = document.get("params").and_then(Value::as_object).cloned();
        Some(Self {
            name: name.to_owned(),
            kind,
            allowed_groups: restricted.then(|| groups.collect()),
            params: OtherFields(params.unwrap_or_default()),
        })
    }
}

fn redacted(name: &str, value: &Value) -> Value {
    let name = name.to_lowercase();
    let secret = ["password", "secret", "token", "key"].iter().any(|word| name.contains(word));
    if secret { json!("REDACTED") } else { value.clone() }
}

/// The language of a code environment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum CodeEnvLanguage {
    /// Python.
    #[default]
    Python,
    /// R.
    R,
}

impl CodeEnvLanguage {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Python => "PYTHON",
            Self::R => "R",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "PYTHON" => Some(Self::Python),
            "R" => Some(Self::R),
            _ => None,
        }
    }
}

impl fmt::Display for CodeEnvLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A code environment of a node (wire-facts 3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct MockCodeEnv {
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: CodeEnvLanguage,
    /// Whether it is built; one that is only registered is listed like any other and cannot be used.
    pub built: bool,
}

impl MockCodeEnv {
    /// A Python environment that is built.
    pub fn python(name: impl Into<String>) -> Self {
        Self { name: name.into(), language: CodeEnvLanguage::Python, built: true }
    }

    /// An R environment that is built.
    pub fn r(name: impl Into<String>) -> Self {
        Self { name: name.into(), language: CodeEnvLanguage::R, built: true }
    }

    /// Registered and not built.
    pub fn not_built(self) -> Self {
        Self { built: false, ..self }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "envName": self.name,
            "envLang": self.language.as_str(),
            "deploymentMode": "AUTOMATION_VERSIONED",
            "isUptodate": self.built,
            "owner": "admin",
        })
    }
}

/// A plugin of a node (wire-facts 3.9).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MockPlugin {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
}

impl MockPlugin {
    /// A plugin in a version.
    #[must_use]
    pub fn new(id: impl Into<String>, version: impl Into<String>) -> Self {
        Self { id: id.into(), version: version.into() }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "version": self.version,
            "isDev": false,
            "meta": {"label": self.id},
        })
    }
}

/// A folder of projects (wire-facts 3.5).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct MockFolder {
    /// Its id.
    pub id: String,
    /// Its name; the root folder has none.
    pub name: Option<String>,
    /// The folder that it is in; the root folder is in none.
    pub parent: Option<String>,
    /// The groups that may see it.
    pub readers: BTreeSet<String>,
    /// The groups that may put projects into it.
    pub writers: BTreeSet<String>,
}

impl MockFolder {
    /// A folder in the root folder that only administrators see.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: Some(name.into()),
            parent: Some("ROOT".to_owned()),
            ..Self::default()
        }
    }

    /// A group may see it.
    pub fn readable_by(mut self, group: impl Into<String>) -> Self {
        self.readers.insert(group.into());
        self
    }

    /// A group may put projects into it, and see it.
    pub fn writable_by(mut self, group: impl Into<String>) -> Self {
        let group = group.into();
        self.readers.insert(group.clone());
        self.writers.insert(group);
        self
    }

    pub(crate) fn settings_json(&self) -> Value {
        let groups: BTreeSet<&String> = self.readers.union(&self.writers).collect();
        let entry = |group: &String| {
            json!({
                "group": group,
                "read": true,
                "writeContents": self.writers.contains(group),
                "admin": false,
            })
        };
        let permissions: Vec<Value> = groups.into_iter().map(entry).collect();
        json!({"name": self.name, "owner": "admin", "permissions": permissions})
    }

    /// Replaces name and permissions; a folder has no owner here, and no administrators of its own.
    pub(crate) fn set_settings(&mut self, document: &Map<String, Value>) {
        let name = document.get("name").and_then(Value::as_str);
        self.name = name.map(str::to_owned).or(self.name.take());
        let entries = document.get("permissions").and_then(Value::as_array);
        let entries = entries.map(Vec::as_slice).unwrap_or_default();
        let groups_with = |flags: &[&str]| -> BTreeSet<String> {
            let has = |entry: &&Value| {
                flags.iter().any(|flag| entry.get(*flag).and_then(Value::as_bool) == Some(true))
            };
            let groups = entries.iter().filter(has).filter_map(|entry| entry.get("group"));
            groups.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        self.readers = groups_with(&["read", "writeContents", "admin"]);
        self.writers = groups_with(&["writeContents", "admin"]);
    }

    pub(crate) fn root() -> Self {
        Self { id: "ROOT".to_owned(), ..Self::default() }
    }
}
