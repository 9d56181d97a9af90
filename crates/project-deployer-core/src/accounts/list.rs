mod streaming;

use std::fmt;

use serde_json::Value;

use super::{Group, User};
use crate::document::{FromFields, list_entries, read_entry};
use crate::identifier::shortened;
use crate::problem::Problems;

pub use streaming::{BrokenList, StreamingUserParser, UserCollection};

/// An unreadable entry of a list of accounts. The other entries were read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unreadable {
    /// Its position in the list, counted from 0.
    pub position: usize,
    /// Its login or name, if it has one, shortened.
    pub name: Option<String>,
    /// What is wrong with it; the paths begin with its position, such as `[3].groups[0]`.
    pub problems: Problems,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "`{name}`: {}", self.problems),
            None => self.problems.fmt(f),
        }
    }
}

/// Reads the users of a node (wire-facts 5.1). Returns the readable users and the unreadable entries, so
/// that one malformed entry does not hide all others.
///
/// ```
/// use project_deployer_core::accounts::read_users;
/// let answer = serde_json::json!([{"login": "mina", "groups": null}, {"login": 7}]);
/// let (users, unreadable) = read_users(answer)?;
/// assert_eq!(users[0].login.as_str(), "mina");
/// assert!(unreadable[0].to_string().contains("`[1].login`"), "{}", unreadable[0]);
/// # Ok::<(), project_deployer_core::Problems>(())
/// ```
///
/// # Errors
///
/// The answer is not a list, or nests too deep.
pub fn read_users(list: Value) -> Result<(Vec<User>, Vec<Unreadable>), Problems> {
    read_accounts(list, "a list of users", "login")
}

/// Reads the groups of a node (wire-facts 5.3) as [`read_users`] reads its users.
///
/// # Errors
///
/// The answer is not a list, or nests too deep.
pub fn read_groups(list: Value) -> Result<(Vec<Group>, Vec<Unreadable>), Problems> {
    read_accounts(list, "a list of groups", "name")
}

fn read_accounts<T: FromFields>(
    list: Value,
    wanted: &str,
    name: &str,
) -> Result<(Vec<T>, Vec<Unreadable>), Problems> {
    let (mut read, mut unreadable) = (Vec::new(), Vec::new());
    for (position, entry) in list_entries(list, wanted)?.into_iter().enumerate() {
        match read_account(position, entry, name) {
            Ok(account) => read.push(account),
            Err(entry) => unreadable.push(entry),
        }
    }
    Ok((read, unreadable))
}

fn read_account<T: FromFields>(position: usize, entry: Value, name: &str) -> Result<T, Unreadable> {
    let name = entry.get(name).and_then(Value::as_str).map(shortened);
    let mut problems = Problems::none();
    match read_entry(position, entry, &mut problems) {
        Some(account) if problems.is_empty() => Ok(account),
        _ => Err(Unreadable { position, name, problems }),
    }
}
