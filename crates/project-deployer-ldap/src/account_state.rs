//! Whether a directory lets a person log in: what it keeps beside the login.
//!
//! A node sees no such state at a listing; the bind fails at the login. So a login that the filters find
//! may still be refused, and an account that a directory has disabled must not be enabled on a node.

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

/// What a directory says of the account of a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccountState {
    /// Nothing that was read blocks it.
    Active,
    /// A bind is refused.
    Blocked(AccountBlock),
    /// The directory holds a value that cannot be read.
    Unknown(Reason),
}

/// Why a directory refuses a bind, with the attribute and the value that say so.
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

/// The attributes that hold the state of an account. Most servers return operational ones only when they
/// are asked for by name.
static ATTRIBUTES: LazyLock<Vec<AttributeName>> =
    LazyLock::new(|| RULES.iter().map(|rule| AttributeName::known(rule.attribute)).collect());

impl AccountState {
    /// The attributes to ask for.
    #[must_use]
    pub fn attributes() -> &'static [AttributeName] {
        &ATTRIBUTES
    }

    /// The state at a moment, from the attributes of an entry. An attribute that the entry lacks blocks
    /// nothing; whether the reader may see it is another question ([`LoginCheck`](crate::LoginCheck)).
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
        "the directory's `{attribute}` is `{}`, which is no value of that attribute; correct it there",
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
