use serde_json::Value;

use super::MockGrant;
use crate::state::deployer::PublishedProject;

/// A published project of a [`MockDeployer`](super::MockDeployer).
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct MockPublishedProject {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// The login of its owner, who has all rights on it.
    pub owner: String,
    /// The rights of groups.
    pub grants: Vec<MockGrant>,
}

impl MockPublishedProject {
    /// A project of `admin` that no other user sees.
    pub fn new(key: impl Into<String>) -> Self {
        let key = key.into();
        Self { name: key.clone(), key, owner: "admin".to_owned(), grants: Vec::new() }
    }

    /// With a name for people.
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Of another owner.
    pub fn owned_by(self, owner: impl Into<String>) -> Self {
        Self { owner: owner.into(), ..self }
    }

    /// With the rights of one more group.
    pub fn granting(mut self, grant: MockGrant) -> Self {
        self.grants.push(grant);
        self
    }

    pub(super) fn into_state(self) -> (String, PublishedProject) {
        let mut project = PublishedProject::new(&self.key, &self.name, &self.owner);
        let permission = |grant: &MockGrant| grant.to_json(&["admin", "read", "write", "deploy"]);
        let permissions: Vec<Value> = self.grants.iter().map(permission).collect();
        project.settings.insert("permissions".to_owned(), permissions.into());
        (self.key, project)
    }
}
