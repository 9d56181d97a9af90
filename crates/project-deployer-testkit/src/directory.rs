mod groups;
pub(crate) mod ldif;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[cfg(feature = "servers")]
pub(crate) use groups::Group;
use groups::GroupsInGroups;

use crate::debug_fields::debug_fields;

/// The people of an organisation, as an LDAP directory would know them. Clones are the same
/// directory, so that several nodes can be supplied by one and see its changes.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct MockDirectory(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    people: BTreeMap<String, MockPerson>,
    groups_in_groups: GroupsInGroups,
    failure: Option<String>,
}

/// A person in a directory.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct MockPerson {
    /// The value of the login attribute, before a node remaps it.
    pub login: String,
    /// The name that people see.
    pub display_name: String,
    /// The mail address.
    pub email: Option<String>,
    /// The directory groups.
    pub groups: BTreeSet<String>,
    /// Whether the directory lets the person in.
    pub enabled: bool,
    /// What the person types to get in. Only real servers look at it.
    pub password: Option<String>,
}

debug_fields!(MockPerson { login, display_name, email, groups, enabled });

impl MockPerson {
    /// A person in no group.
    pub fn new(login: impl Into<String>) -> Self {
        let login = login.into();
        Self {
            display_name: login.clone(),
            login,
            email: None,
            groups: BTreeSet::new(),
            enabled: true,
            password: None,
        }
    }

    /// With a name for people.
    pub fn named(self, display_name: impl Into<String>) -> Self {
        Self { display_name: display_name.into(), ..self }
    }

    /// In one more group of the directory.
    pub fn in_group(mut self, group: impl Into<String>) -> Self {
        self.groups.insert(group.into());
        self
    }

    /// With a mail address.
    pub fn with_email(self, email: impl Into<String>) -> Self {
        Self { email: Some(email.into()), ..self }
    }

    /// With a password. A domain controller wants eight characters of three kinds.
    pub fn with_password(self, password: impl Into<String>) -> Self {
        Self { password: Some(password.into()), ..self }
    }

    /// Kept out by the directory.
    pub fn disabled(self) -> Self {
        Self { enabled: false, ..self }
    }
}

impl MockDirectory {
    /// An empty directory.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more person.
    pub fn with(self, person: MockPerson) -> Self {
        self.put(person);
        self
    }

    /// With a group whose members are also in another one.
    ///
    /// ```
    /// use project_deployer_testkit::{MockDirectory, MockPerson};
    /// let directory = MockDirectory::new()
    ///     .with(MockPerson::new("ann").in_group("ops"))
    ///     .with_group_in_group("ops", "staff");
    /// assert!(directory.to_ldif().contains("dn: cn=staff,dc=example,dc=test\n"));
    /// ```
    pub fn with_group_in_group(self, group: &str, inside: &str) -> Self {
        self.content().groups_in_groups.put(group, inside);
        self
    }

    /// Adds a person, or replaces the one with the same login.
    pub fn put(&self, person: MockPerson) {
        self.content().people.insert(person.login.clone(), person);
    }

    /// Removes a person.
    pub fn remove(&self, login: &str) {
        self.content().people.remove(login);
    }

    /// From now on every read fails in this way.
    pub fn fail(&self, reason: impl Into<String>) {
        self.content().failure = Some(reason.into());
    }

    /// Answers again.
    pub fn recover(&self) {
        self.content().failure = None;
    }

    /// All people with their groups, including indirect ones.
    ///
    /// # Errors
    ///
    /// The reason why the directory fails.
    pub(crate) fn people(&self) -> Result<Vec<MockPerson>, String> {
        let content = self.content();
        match &content.failure {
            Some(reason) => Err(reason.clone()),
            None => Ok(content.everyone()),
        }
    }

    /// All people by login, as [`people`](Self::people), even if reads fail.
    pub(crate) fn everyone(&self) -> Vec<MockPerson> {
        self.content().everyone()
    }

    /// All groups by name, with those who are directly in them.
    #[cfg(feature = "servers")]
    pub(crate) fn groups(&self) -> BTreeMap<String, Group> {
        let content = self.content();
        content.groups_in_groups.with_people(content.people.values())
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    fn everyone(&self) -> Vec<MockPerson> {
        let person = |person: &MockPerson| MockPerson {
            groups: self.groups_in_groups.all_of(&person.groups),
            ..person.clone()
        };
        self.people.values().map(person).collect()
    }
}
