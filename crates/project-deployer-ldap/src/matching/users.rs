use std::collections::HashMap;
use std::fmt;

use project_deployer_core::Login;
use project_deployer_core::accounts::{SourceType, User};

use crate::texts::TextList;

/// The users of a location, as far as matching needs them: login, source, and whether they may log in.
/// A user takes a few bytes more than the login.
///
/// ```
/// use project_deployer_core::Login;
/// use project_deployer_core::accounts::{SourceType, User};
/// use project_deployer_ldap::matching::UserList;
/// let users: UserList = [User::new(Login::parse("ann")?, SourceType::Ldap)].into_iter().collect();
/// assert_eq!(users.iter().next().map(|user| user.login), Some("ann"));
/// # Ok::<(), project_deployer_core::IdentifierError>(())
/// ```
#[derive(Clone, Default)]
pub struct UserList {
    logins: TextList,
    /// For each user twice the number of the source, and one more where the user is enabled.
    states: Vec<u32>,
    sources: Vec<SourceType>,
    numbers: HashMap<SourceType, u32>,
}

/// A user of a [`UserList`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedUser<'a> {
    /// The login.
    pub login: &'a str,
    /// Who supplies the user.
    pub source: &'a SourceType,
    /// Whether the user may log in.
    pub enabled: bool,
}

impl UserList {
    /// Adds a user. Of two users with one login the later one counts.
    pub fn push(&mut self, login: &Login, source: &SourceType, enabled: bool) {
        let number = match self.numbers.get(source) {
            Some(number) => *number,
            None => {
                let number = u32::try_from(self.sources.len()).unwrap_or(u32::MAX / 2);
                self.sources.push(source.clone());
                self.numbers.insert(source.clone(), number);
                number
            }
        };
        self.logins.push(login.as_str());
        self.states.push(number * 2 + u32::from(enabled));
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.logins.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The users in the order in which they were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = ListedUser<'_>> {
        (0..self.len()).map(|number| self.at(number))
    }

    pub(super) fn logins(&self) -> &TextList {
        &self.logins
    }

    /// The sources, by the number that [`Self::state`] gives.
    pub(super) fn sources(&self) -> &[SourceType] {
        &self.sources
    }

    /// The number of a user's source, and whether the user is enabled.
    pub(super) fn state(&self, number: usize) -> (usize, bool) {
        let state = self.states.get(number).copied().unwrap_or_default();
        (usize::try_from(state / 2).unwrap_or_default(), state % 2 == 1)
    }

    fn at(&self, number: usize) -> ListedUser<'_> {
        const NONE: &SourceType = &SourceType::Local;
        let (source, enabled) = self.state(number);
        let source = self.sources.get(source).unwrap_or(NONE);
        ListedUser { login: self.logins.get(number), source, enabled }
    }
}

impl Extend<User> for UserList {
    fn extend<I: IntoIterator<Item = User>>(&mut self, users: I) {
        users.into_iter().for_each(|user| self.push(&user.login, &user.source_type, user.enabled));
    }
}

impl FromIterator<User> for UserList {
    fn from_iter<I: IntoIterator<Item = User>>(users: I) -> Self {
        let mut list = Self::default();
        list.extend(users);
        list.logins.shrink_to_fit();
        list
    }
}

impl<'a> FromIterator<&'a User> for UserList {
    fn from_iter<I: IntoIterator<Item = &'a User>>(users: I) -> Self {
        let mut list = Self::default();
        let users = users.into_iter();
        users.for_each(|user| list.push(&user.login, &user.source_type, user.enabled));
        list.logins.shrink_to_fit();
        list
    }
}

impl fmt::Debug for UserList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
