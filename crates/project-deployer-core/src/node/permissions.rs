use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::authorized::AuthorizedObjects;
use crate::identifier::{GroupName, Login};
use crate::infra::PermissionsPropagationPolicy;
use crate::lenient::{empty_as_none, null_as_default};
use crate::setters;
use crate::unknown_fields::UnknownFields;

/// The permissions of a project on a node (wire-facts 3.6).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ProjectPermissions {
    /// The owner.
    #[serde(deserialize_with = "empty_as_none", skip_serializing_if = "Option::is_none")]
    pub owner: Option<Login>,
    /// One entry for a group or a user each.
    #[serde(deserialize_with = "null_as_default")]
    pub permissions: Vec<ProjectPermission>,
    /// All other fields, unchanged.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

setters!(ProjectPermissions {
    with_owner(owner: Option<Login>),
    with_permissions(permissions: Vec<ProjectPermission>),
});

impl ProjectPermissions {
    /// The authorized objects; none where the node does not report any, or not as expected.
    #[must_use]
    pub fn authorized_objects(&self) -> Option<AuthorizedObjects> {
        let field = self.extra.get(AuthorizedObjects::FIELD)?;
        serde_json::from_value(field.clone()).ok()
    }

    /// Whether the node reports authorized objects, and not as expected.
    #[must_use]
    pub fn has_unreadable_authorized_objects(&self) -> bool {
        let field = self.extra.get(AuthorizedObjects::FIELD).filter(|field| !field.is_null());
        field.is_some() && self.authorized_objects().is_none()
    }

    /// Adds authorized objects to those that are there, and takes none away. Permissions that cannot be read as expected
    /// are not replaced by what would be lost: they stay as they are.
    #[must_use]
    pub fn authorizing(mut self, objects: &AuthorizedObjects) -> Self {
        if self.has_unreadable_authorized_objects() {
            return self;
        }
        let current = self.authorized_objects().unwrap_or_default();
        if let Ok(merged) = serde_json::to_value(current.merged_with(objects)) {
            let mut fields = self.extra.fields().clone();
            fields.insert(AuthorizedObjects::FIELD.to_owned(), merged);
            self.extra = fields.into();
        }
        self
    }

    /// Adds the entries that are missing. To grant twice changes nothing.
    #[must_use]
    pub fn granting(mut self, entries: impl IntoIterator<Item = ProjectPermission>) -> Self {
        for entry in entries {
            if !self.permissions.contains(&entry) {
                self.permissions.push(entry);
            }
        }
        self
    }
}

/// What one group or user may do in a project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ProjectPermission {
    /// The group; then there is no user.
    #[serde(deserialize_with = "empty_as_none", skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupName>,
    /// The user; then there is no group.
    #[serde(deserialize_with = "empty_as_none", skip_serializing_if = "Option::is_none")]
    pub user: Option<Login>,
    /// The flags, such as `readProjectContent`.
    #[serde(flatten)]
    pub flags: UnknownFields,
}

setters!(ProjectPermission {
    with_group(group: Option<GroupName>),
    with_user(user: Option<Login>),
    with_flags(flags: impl Into<UnknownFields>),
});

/// Users and groups of the design project that the node does not have. They are ignored (R-S4), and the
/// result of the update reports them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Dropped {
    /// Users without an account there.
    #[serde(deserialize_with = "null_as_default")]
    pub users: BTreeSet<Login>,
    /// Groups that do not exist there.
    #[serde(deserialize_with = "null_as_default")]
    pub groups: BTreeSet<GroupName>,
}

setters!(Dropped {
    with_users(users: BTreeSet<Login>),
    with_groups(groups: BTreeSet<GroupName>),
});

impl Dropped {
    /// Whether no user or group was dropped.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty()
    }
}

/// The entries that a new project on a node gets from the design project (R-S1 to R-S4), and the
/// users and groups that were dropped, since the node does not have them.
#[must_use]
pub fn propagate(
    policy: PermissionsPropagationPolicy,
    design: &[ProjectPermission],
    known_users: &BTreeSet<Login>,
    known_groups: &BTreeSet<GroupName>,
) -> (Vec<ProjectPermission>, Dropped) {
    let mut dropped = Dropped::default();
    if policy == PermissionsPropagationPolicy::None {
        return (Vec::new(), dropped);
    }
    let mut kept = Vec::new();
    for entry in design {
        match (&entry.group, &entry.user) {
            (Some(group), _) if !known_groups.contains(group) => {
                dropped.groups.insert(group.clone());
            }
            (None, Some(user)) if !known_users.contains(user) => {
                dropped.users.insert(user.clone());
            }
            (None, None) => {}
            _ if policy == PermissionsPropagationPolicy::ReadOnly => kept.push(reader(entry)),
            _ => kept.push(entry.clone()),
        }
    }
    (kept, dropped)
}

/// Reading content implies reading dashboards (page "Main project permissions").
fn reader(entry: &ProjectPermission) -> ProjectPermission {
    let flags: Map<String, Value> = ["readProjectContent", "readDashboards"]
        .into_iter()
        .map(|flag| (flag.to_owned(), Value::Bool(true)))
        .collect();
    ProjectPermission { flags: flags.into(), ..entry.clone() }
}
