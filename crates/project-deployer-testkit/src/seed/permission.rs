use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Every flag of a project permission (wire-facts 3.6).
const FLAGS: [&str; 15] = [
    "admin",
    "editPermissions",
    "readProjectContent",
    "writeProjectContent",
    "exportDatasetsData",
    "readDashboards",
    "writeDashboards",
    "moderateDashboards",
    "runScenarios",
    "manageDashboardAuthorizations",
    "manageExposedElements",
    "manageAdditionalDashboardUsers",
    "shareToWorkspaces",
    "publishToDataCollections",
    "executeApp",
];

/// What one group or one user may do in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct MockPermission {
    /// The group; then there is no user.
    pub group: Option<String>,
    /// The user; then there is no group.
    pub user: Option<String>,
    /// The flags that are set, such as `readProjectContent`.
    pub flags: BTreeSet<String>,
}

impl MockPermission {
    /// A group that may do nothing yet.
    pub fn group(name: impl Into<String>) -> Self {
        Self { group: Some(name.into()), user: None, flags: BTreeSet::new() }
    }

    /// A user who may do nothing yet.
    pub fn user(login: impl Into<String>) -> Self {
        Self { group: None, user: Some(login.into()), flags: BTreeSet::new() }
    }

    /// With one more flag.
    pub fn may(mut self, flag: impl Into<String>) -> Self {
        self.flags.insert(flag.into());
        self
    }

    /// Reading and nothing else, as limited propagation gives it (R-S2).
    pub(crate) fn as_reader(&self) -> Self {
        let flags = ["readProjectContent", "readDashboards"].map(str::to_owned);
        Self { flags: flags.into(), ..self.clone() }
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut entry = Map::new();
        for flag in FLAGS {
            entry.insert(flag.to_owned(), json!(self.flags.contains(flag)));
        }
        if let Some(group) = &self.group {
            entry.insert("group".to_owned(), json!(group));
        }
        if let Some(user) = &self.user {
            entry.insert("user".to_owned(), json!(user));
        }
        Value::Object(entry)
    }

    /// None when it names neither a group nor a user.
    pub(crate) fn from_json(entry: &Value) -> Option<Self> {
        let text = |field: &str| entry.get(field).and_then(Value::as_str).map(str::to_owned);
        let (group, user) = (text("group"), text("user"));
        if group.is_none() && user.is_none() {
            return None;
        }
        let is_set = |flag: &&str| entry.get(*flag).and_then(Value::as_bool) == Some(true);
        let flags = FLAGS.into_iter().filter(is_set).map(str::to_owned).collect();
        Some(Self { group, user, flags })
    }
}

/// The flags that bring a right along (page "Main project permissions"), the right itself included.
pub(crate) fn implied_by(right: &str) -> &'static [&'static str] {
    match right {
        "readProjectContent" => &["readProjectContent", "writeProjectContent", "admin"],
        "writeProjectContent" => &["writeProjectContent", "admin"],
        "runScenarios" => &["runScenarios", "writeProjectContent", "admin"],
        "editPermissions" => &["editPermissions", "admin"],
        // Any right in a project includes seeing it.
        "see" => &FLAGS,
        _ => &["admin"],
    }
}
