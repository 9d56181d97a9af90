//! Whether a directory lets a person log in, by the attributes that hold the state of an account.
//!
//! A node does not see this state when it lists people: the bind at the login fails. So the directory may
//! refuse a login that the filters find, and an account that is disabled there must not be enabled on a
//! node.

use std::fmt;
use std::sync::LazyLock;

use project_deployer_core::Timestamp;
use serde::Serialize;

use crate::attribute::AttributeName;
use crate::caseless::shortened;
use crate::entry::Entry;
use crate::fetched::Reason;

mod rules;
mod time;

use rules::{RULES, Verdict};

/// The state of a person's account in a directory.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccountState {
    /// No attribute that was read blocks it.
    Active,
    /// The directory refuses a bind.
    Blocked(AccountBlock),
    /// The directory holds a value that cannot be read.
    Unknown(Reason),
}

/// Why a directory refuses a bind, with the attribute and its value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[non_exhaustive]
pub struct AccountBlock {
    /// The kind of block.
    pub state: BlockKind,
    /// The attribute, for example `userAccountControl`.
    pub attribute: String,
    /// Its value, shortened to 60 characters.
    pub value: String,
}

impl AccountBlock {
    /// A block with the attribute and the value that say so.
    #[must_use]
    pub fn new(state: BlockKind, attribute: impl Into<String>, value: impl Into<String>) -> Self {
        Self { state, attribute: attribute.into(), value: value.into() }
    }
}

/// The kind of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BlockKind {
    /// An administrator disabled the account.
    Disabled,
    /// The account or its password has expired, or must be changed first.
    Expired,
    /// Locked, for example after failed binds. A lock may end by itself.
    Locked,
}

/// The attributes that hold the state of an account. Most servers return operational attributes only if
/// the search names them.
static ATTRIBUTES: LazyLock<Vec<AttributeName>> =
    LazyLock::new(|| RULES.iter().map(|rule| AttributeName::known(rule.attribute)).collect());

impl AccountState {
    /// The attributes that a search has to name.
    #[must_use]
    pub fn attributes() -> &'static [AttributeName] {
        &ATTRIBUTES
    }

    /// The state at the time `now`, from the attributes of an entry. An attribute that the entry lacks
    /// blocks nothing. Whether the reader may see the attribute is not checked here: listings, the settling
    /// of verdicts and [`LoginCheck`](crate::LoginCheck) do that.
    #[must_use]
    pub fn of(entry: &Entry, now: Timestamp) -> Self {
        let mut unreadable = None;
        for (rule, attribute) in RULES.iter().zip(ATTRIBUTES.iter()) {
            for value in entry.values(attribute) {
                let text = value.as_text().map(str::trim);
                let verdict = text.map(|text| (rule.judge)(text, now, entry));
                let text = text.unwrap_or("binary data");
                match verdict.unwrap_or(Verdict::Unreadable) {
                    Verdict::Fine => {}
                    Verdict::Blocked(state) => {
                        let (attribute, value) = (rule.attribute.to_owned(), shortened(text));
                        return Self::Blocked(AccountBlock { state, attribute, value });
                    }
                    Verdict::Unreadable => {
                        unreadable.get_or_insert_with(|| unreadable_value(rule.attribute, text));
                    }
                }
            }
        }
        unreadable.map_or(Self::Active, Self::Unknown)
    }
}

fn unreadable_value(attribute: &str, text: &str) -> Reason {
    Reason::new(format!(
        "the directory's `{attribute}` is `{}`, which is not a valid value; correct it in the directory",
        shortened(text)
    ))
}

impl fmt::Display for BlockKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Disabled => "disabled",
            Self::Expired => "expired",
            Self::Locked => "locked",
        })
    }
}

impl fmt::Display for AccountBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { state, attribute, value } = self;
        write!(f, "{state} in the directory (`{attribute}` is `{value}`)")
    }
}

#[cfg(test)]
mod tests;
