mod ldif;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The people of an organisation, as an LDAP directory would know them. Clones are the same
/// directory, so that several nodes can be supplied by one and see its changes.
#[derive(Debug, Clone, Default)]
pub struct MockDirectory(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    people: BTreeMap<String, MockPerson>,
    failure: Option<String>,
}

/// A person in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

impl MockPerson {
    /// A person in no group.
    #[must_use]
    pub fn new(login: impl Into<String>) -> Self {
        let login = login.into();
        Self {
            display_name: login.clone(),
            login,
            email: None,
            groups: BTreeSet::new(),
            enabled: true,
        }
    }

    /// With a name for people.
    #[must_use]
    pub fn named(self, display_name: impl Into<String>) -> Self {
        Self { display_name: display_name.into(), ..self }
    }

    /// In one more group of the directory.
    #[must_use]
    pub fn in_group(mut self, group: impl Into<String>) -> Self {
        self.groups.insert(group.into());
        self
    }

    /// With a mail address.
    #[must_use]
    pub fn with_email(self, email: impl Into<String>) -> Self {
        Self { email: Some(email.into()), ..self }
    }

    /// Kept out by the directory.
    #[must_use]
    pub fn disabled(self) -> Self {
        Self { enabled: false, ..self }
    }
}

impl MockDirectory {
    /// A directory of nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more person.
    #[must_use]
    pub fn with(self, person: MockPerson) -> Self {
        self.put(person);
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

    /// From now on nobody gets an answer but this failure.
    pub fn fail(&self, reason: impl Into<String>) {
        self.content().failure = Some(reason.into());
    }

    /// Answers again.
    pub fn recover(&self) {
        self.content().failure = None;
    }

    /// Everybody.
    ///
    /// # Errors
    ///
    /// The reason why the directory fails.
    pub(crate) fn people(&self) -> Result<Vec<MockPerson>, String> {
        let content = self.content();
        match &content.failure {
            Some(reason) => Err(reason.clone()),
            None => Ok(content.people.values().cloned().collect()),
        }
    }

    /// Everybody, by login, whether or not it fails.
    fn everybody(&self) -> Vec<MockPerson> {
        self.content().people.values().cloned().collect()
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
