use std::collections::HashMap;
use std::fmt;

use super::{SourceType, User};
use crate::identifier::{GroupName, Login};

mod ends;
mod groups;

use ends::Ends;
pub(super) use groups::GroupSets;

/// The facts on the users of a node that login matching needs: login, source, whether the user may log in,
/// and groups. Each group name, and each combination of groups, is stored once.
///
/// A node lists a login once. If a list has it twice, both entries are here, and login matching uses the
/// later one.
///
/// ```
/// use project_deployer_core::Login;
/// use project_deployer_core::accounts::{SourceType, User, UserList};
/// let users: UserList = [User::new(Login::parse("ann")?, SourceType::Ldap)].into_iter().collect();
/// let ann = users.iter().next();
/// assert_eq!(ann.map(|user| (user.login, user.source)), Some(("ann", &SourceType::Ldap)));
/// # Ok::<(), project_deployer_core::IdentifierError>(())
/// ```
#[derive(Clone, Default)]
pub struct UserList {
    /// All logins, concatenated.
    logins: String,
    ends: Ends,
    /// For each user, twice the number of the source, plus one if the user is enabled.
    states: Vec<u32>,
    sources: Vec<SourceType>,
    numbers: HashMap<SourceType, u32, foldhash::fast::RandomState>,
    /// For each user the number of the set of groups.
    sets: Vec<u32>,
    groups: GroupSets,
}

/// A user of a [`UserList`].
#[derive(Clone, Copy)]
pub struct ListedUser<'a> {
    /// The login.
    pub login: &'a str,
    /// The source of the user.
    pub source: &'a SourceType,
    /// Whether the user may log in.
    pub enabled: bool,
    groups: &'a GroupSets,
    set: u32,
}

impl UserList {
    /// Adds a user, with the groups on that node.
    pub fn push(
        &mut self,
        login: &Login,
        source: &SourceType,
        enabled: bool,
        groups: &[GroupName],
    ) {
        let numbers: Vec<u32> = groups.iter().map(|group| self.groups.number_of(group)).collect();
        let (source, set) = (self.source_number(source), self.groups.set(&numbers));
        self.push_numbers(login.as_str(), source, enabled, set);
    }

    /// Adds a user whose login is known to be one, with the numbers that source and groups have here.
    pub(super) fn push_numbers(&mut self, login: &str, source: u32, enabled: bool, groups: u32) {
        self.logins.push_str(login);
        self.ends.push(self.logins.len());
        self.states.push(source * 2 + u32::from(enabled));
        self.sets.push(groups);
    }

    /// The number of a source.
    pub(super) fn source_number(&mut self, source: &SourceType) -> u32 {
        // Usually it is the source of the previous user.
        let last = self.states.last().map_or(0, |state| state / 2);
        if usize::try_from(last).is_ok_and(|last| self.sources.get(last) == Some(source)) {
            return last;
        }
        if let Some(number) = self.numbers.get(source) {
            return *number;
        }
        // A list with that many sources does not fit into memory.
        let number = u32::try_from(self.sources.len()).unwrap_or(u32::MAX).min(u32::MAX / 2);
        self.sources.push(source.clone());
        self.numbers.insert(source.clone(), number);
        number
    }

    /// The groups of this list, to which users that are read next are added.
    pub(super) fn groups_mut(&mut self) -> &mut GroupSets {
        &mut self.groups
    }

    /// The number of users.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether the list is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.len() == 0
    }

    /// The users in the order in which they were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = ListedUser<'_>> {
        (0..self.len()).map(|at| self.at(at))
    }

    /// The user with this login. Of several, the last one counts.
    #[must_use]
    pub fn get(&self, login: &Login) -> Option<ListedUser<'_>> {
        (0..self.len()).rev().find(|at| self.login(*at) == login.as_str()).map(|at| self.at(at))
    }

    /// The users as documents that have only what the list keeps of them. The display name is the login.
    #[must_use]
    pub fn to_users(&self) -> Vec<User> {
        let user = |listed: ListedUser<'_>| {
            // It was checked when it was added.
            let login = Login::parse(listed.login).ok()?;
            let user = User::new(login, listed.source.clone());
            let user = user.in_groups(listed.groups().cloned());
            Some(User { enabled: listed.enabled, ..user })
        };
        self.iter().filter_map(user).collect()
    }

    /// The login of the user at a position; empty if there is none.
    #[inline]
    #[must_use]
    pub fn login(&self, at: usize) -> &str {
        self.logins.get(self.ends.range(at)).unwrap_or_default()
    }

    /// Each source that some user has, once, in the order in which they came.
    #[must_use]
    pub fn sources(&self) -> &[SourceType] {
        &self.sources
    }

    /// For each user the position of the source among [`Self::sources`], and whether the user may log in.
    pub fn states(&self) -> impl ExactSizeIterator<Item = (usize, bool)> {
        self.states.iter().map(|state| state_of(*state))
    }

    /// Releases spare capacity.
    pub(super) fn shrink_to_fit(&mut self) {
        self.logins.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.states.shrink_to_fit();
        self.sets.shrink_to_fit();
        self.groups.end();
    }

    fn at(&self, at: usize) -> ListedUser<'_> {
        const NONE: &SourceType = &SourceType::Local;
        let (source, enabled) = state_of(self.states.get(at).copied().unwrap_or_default());
        ListedUser {
            login: self.login(at),
            source: self.sources.get(source).unwrap_or(NONE),
            enabled,
            groups: &self.groups,
            set: self.sets.get(at).copied().unwrap_or_default(),
        }
    }
}

fn state_of(state: u32) -> (usize, bool) {
    (usize::try_from(state / 2).unwrap_or(usize::MAX), state % 2 == 1)
}

impl<'a> ListedUser<'a> {
    /// The groups of the user on that node.
    pub fn groups(&self) -> impl Iterator<Item = &'a GroupName> + use<'a> {
        self.groups.members(self.set)
    }
}

impl PartialEq for ListedUser<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.login, self.source, self.enabled) == (other.login, other.source, other.enabled)
            && self.groups().eq(other.groups())
    }
}

impl Eq for ListedUser<'_> {}

impl fmt::Debug for ListedUser<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListedUser")
            .field("login", &self.login)
            .field("source", &self.source)
            .field("enabled", &self.enabled)
            .field("groups", &self.groups().collect::<Vec<_>>())
            .finish()
    }
}

impl<'a> Extend<&'a User> for UserList {
    fn extend<I: IntoIterator<Item = &'a User>>(&mut self, users: I) {
        let users = users.into_iter();
        users
            .for_each(|user| self.push(&user.login, &user.source_type, user.enabled, &user.groups));
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
        let equal = list.iter().zip(&users).map(|(listed, user)| {
            listed.login == user.login.as_str()
                && (listed.source, listed.enabled) == (&user.source_type, user.enabled)
                && listed.groups().eq(&user.groups)
        });
        assert_eq!(equal.collect::<Vec<_>>(), [true; 4]);
        assert_eq!((list.login(3), list.login(4)), ("ann", ""));
        let found = list.get(&"ann".parse().unwrap()).map(|ann| ann.groups().count());
        assert_eq!((found, list.get(&"eve".parse().unwrap())), (Some(0), None));
        assert_eq!(list.to_users(), users);
        assert_eq!(list, users.into_iter().collect());
    }

    #[test]
    fn lists_differ_where_any_user_does() {
        let list = |users: &[User]| users.iter().collect::<UserList>();
        let ann = list(&[user("ann", &["ops"])]);
        let disabled = User { enabled: false, ..user("ann", &["ops"]) };
        let local = User { source_type: SourceType::Local, ..user("ann", &["ops"]) };
        for other in [disabled, local, user("ann", &[]), user("bob", &["ops"])] {
            assert_ne!(ann, list(&[other]));
        }
        assert_ne!(ann, UserList::default());
    }
}
