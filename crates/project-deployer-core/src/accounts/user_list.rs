use std::collections::HashMap;
use std::fmt;

use super::{SourceType, User};
use crate::identifier::{GroupName, IdentifierError, Login};

/// The users of a node as far as comparing logins needs them: login, source, whether they may log in, and
/// their groups. What users have in common is kept once, so a user takes a few bytes more than the login.
///
/// ```
/// use project_deployer_core::Login;
/// use project_deployer_core::accounts::{SourceType, User, UserList};
/// let users: UserList = [User::new(Login::parse("ann")?, SourceType::Ldap)].into_iter().collect();
/// let ann = users.iter().next();
/// assert_eq!(ann.map(|user| (user.login, &user.standing.source)), Some(("ann", &SourceType::Ldap)));
/// # Ok::<(), project_deployer_core::IdentifierError>(())
/// ```
#[derive(Clone, Default)]
pub struct UserList {
    /// All logins, one behind the other, and where each ends.
    logins: String,
    ends: Vec<usize>,
    /// For each user the number of the standing.
    standing_of: Vec<u32>,
    standings: Vec<UserStanding>,
    /// The number of each standing, by its key.
    numbers: HashMap<Box<[u8]>, u32>,
}

/// What many users of a node have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserStanding {
    /// Who supplies the user.
    pub source: SourceType,
    /// Whether the user may log in.
    pub enabled: bool,
    /// The groups of the user on that node.
    pub groups: Vec<GroupName>,
}

/// A user of a [`UserList`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedUser<'a> {
    /// The login.
    pub login: &'a str,
    /// The rest that is known.
    pub standing: &'a UserStanding,
}

impl UserStanding {
    /// An enabled user of this source, in no group.
    #[must_use]
    pub fn of(source: SourceType) -> Self {
        Self { source, enabled: true, groups: Vec::new() }
    }

    fn read(key: &[u8]) -> Result<Self, IdentifierError> {
        let mut parts = key.split(|byte| *byte == END);
        let last = parts.next_back().unwrap_or_default();
        let text = |part| str::from_utf8(part).unwrap_or_default();
        let groups: Result<_, _> = parts.map(|group| GroupName::parse(text(group))).collect();
        let (enabled, source) = last.split_first().unwrap_or((&ENABLED, &[]));
        let source = SourceType::from(text(source));
        Ok(Self { source, enabled: *enabled == ENABLED, groups: groups? })
    }
}

/// A standing as bytes by which it is found: each group with an end, whether it is enabled, the source.
#[derive(Debug, Default)]
pub(crate) struct StandingKey(Vec<u8>);

/// Stands in no text.
const END: u8 = 0xFF;
const ENABLED: u8 = b'+';
const DISABLED: u8 = b'-';

impl StandingKey {
    /// Begins anew.
    pub(crate) fn start(&mut self) {
        self.0.clear();
    }

    /// Adds a group. It is looked at when the standing is a new one.
    pub(crate) fn group(&mut self, group: &str) {
        self.0.extend_from_slice(group.as_bytes());
        self.0.push(END);
    }

    /// What comes behind the groups.
    pub(crate) fn end(&mut self, source: &str, enabled: bool) {
        self.0.push(if enabled { ENABLED } else { DISABLED });
        self.0.extend_from_slice(source.as_bytes());
    }

    fn of(source: &SourceType, enabled: bool, groups: &[GroupName]) -> Self {
        let mut key = Self::default();
        groups.iter().for_each(|group| key.group(group.as_str()));
        key.end(source.as_str(), enabled);
        key
    }
}

impl UserList {
    /// Adds a user. Of two users with one login the later one counts.
    pub fn push(&mut self, login: &Login, standing: &UserStanding) {
        let key = StandingKey::of(&standing.source, standing.enabled, &standing.groups);
        let number = match self.numbers.get(key.0.as_slice()) {
            Some(number) => *number,
            None => self.add(key.0.into(), standing.clone()),
        };
        self.add_user(login.as_str(), number);
    }

    /// Adds a user whose login is known to be one.
    ///
    /// # Errors
    ///
    /// A group cannot be one; the user was not added.
    pub(crate) fn push_plain(
        &mut self,
        login: &str,
        key: &StandingKey,
    ) -> Result<(), IdentifierError> {
        let key = key.0.as_slice();
        let number = match self.numbers.get(key) {
            Some(number) => *number,
            None => self.add(key.into(), UserStanding::read(key)?),
        };
        self.add_user(login, number);
        Ok(())
    }

    fn add(&mut self, key: Box<[u8]>, standing: UserStanding) -> u32 {
        // A list with so many standings does not fit into any memory.
        let number = u32::try_from(self.standings.len()).unwrap_or(u32::MAX);
        self.standings.push(standing);
        self.numbers.insert(key, number);
        number
    }

    fn add_user(&mut self, login: &str, standing: u32) {
        self.logins.push_str(login);
        self.ends.push(self.logins.len());
        self.standing_of.push(standing);
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The users in the order in which they were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = ListedUser<'_>> {
        (0..self.len()).map(|at| self.at(at))
    }

    /// The login of the user at a position; empty where there is none.
    #[inline]
    #[must_use]
    pub fn login(&self, at: usize) -> &str {
        let before = at.checked_sub(1).and_then(|before| self.ends.get(before));
        let end = self.ends.get(at).copied().unwrap_or_default();
        self.logins.get(before.copied().unwrap_or_default()..end).unwrap_or_default()
    }

    /// Each standing that some user has, once, in the order in which they came.
    #[must_use]
    pub fn standings(&self) -> &[UserStanding] {
        &self.standings
    }

    /// For each user the position of the standing among [`Self::standings`].
    #[must_use]
    pub fn standing_numbers(&self) -> &[u32] {
        &self.standing_of
    }

    /// Gives back the memory that was kept for further users.
    pub fn shrink_to_fit(&mut self) {
        self.logins.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.standing_of.shrink_to_fit();
    }

    fn at(&self, at: usize) -> ListedUser<'_> {
        const NONE: &UserStanding =
            &UserStanding { source: SourceType::Local, enabled: true, groups: Vec::new() };
        let number = self.standing_of.get(at).and_then(|number| usize::try_from(*number).ok());
        let standing = number.and_then(|number| self.standings.get(number)).unwrap_or(NONE);
        ListedUser { login: self.login(at), standing }
    }
}

impl<'a> Extend<&'a User> for UserList {
    fn extend<I: IntoIterator<Item = &'a User>>(&mut self, users: I) {
        for user in users {
            let key = StandingKey::of(&user.source_type, user.enabled, &user.groups);
            // The groups of a user are groups.
            let _ = self.push_plain(user.login.as_str(), &key);
        }
    }
}

impl Extend<User> for UserList {
    fn extend<I: IntoIterator<Item = User>>(&mut self, users: I) {
        users.into_iter().for_each(|user| self.extend([&user]));
    }
}

impl FromIterator<User> for UserList {
    fn from_iter<I: IntoIterator<Item = User>>(users: I) -> Self {
        let mut list = Self::default();
        list.extend(users);
        list.shrink_to_fit();
        list
    }
}

impl<'a> FromIterator<&'a User> for UserList {
    fn from_iter<I: IntoIterator<Item = &'a User>>(users: I) -> Self {
        let mut list = Self::default();
        list.extend(users);
        list.shrink_to_fit();
        list
    }
}

/// Two lists are the same when their users are, in their order.
impl PartialEq for UserList {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for UserList {}

impl fmt::Debug for UserList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(login: &str, groups: &[&str]) -> User {
        let groups = groups.iter().map(|group| group.parse().unwrap());
        User::new(login.parse().unwrap(), SourceType::Ldap).in_groups(groups)
    }

    #[test]
    fn users_are_listed_with_what_is_known_of_them() {
        let disabled = User { enabled: false, ..user("bob", &["ops"]) };
        let other = User { source_type: SourceType::Other("LATER".to_owned()), ..user("cy", &[]) };
        let users = [user("ann", &["ops", "risk team"]), disabled, other, user("ann", &[])];
        let list: UserList = users.iter().collect();
        let told = list.iter().zip(&users).map(|(listed, user)| {
            let UserStanding { source, enabled, groups } = listed.standing;
            listed.login == user.login.as_str()
                && (source, *enabled, groups) == (&user.source_type, user.enabled, &user.groups)
        });
        assert_eq!(told.collect::<Vec<_>>(), [true; 4]);
        assert_eq!(list, users.into_iter().collect());
    }

    #[test]
    fn what_users_have_in_common_is_kept_once() {
        // R23
        let list: UserList =
            (0..1000).map(|number| user(&format!("user-{number}"), &["a", "b"])).collect();
        assert_eq!((list.len(), list.standings().len()), (1000, 1));
        assert_eq!(list.login(999), "user-999");
        assert_eq!(list.login(1000), "");
    }

    #[test]
    fn one_group_with_a_long_name_is_not_two() {
        let list: UserList = [user("a", &["x", "y"]), user("b", &["x+LDAP"]), user("c", &["xy"])]
            .into_iter()
            .collect();
        assert_eq!(list.standings().len(), 3);
    }
}
