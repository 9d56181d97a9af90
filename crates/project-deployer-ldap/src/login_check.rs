//! Checks one login with the searches that a node makes at a login: the user filter must find exactly one
//! entry, and the group filter one of the authorized groups (R-L2). The node's last step is a bind. It
//! cannot be tried here, so the state of the account is read instead.

use std::sync::Arc;

use project_deployer_core::Timestamp;
use project_deployer_core::accounts::LdapSettings;

use crate::account_state::{AccountBlock, AccountState};
use crate::attribute::{AttributeName, AttributeValue};
use crate::directory::Directory;
use crate::dn::Dn;
use crate::entry::Entry;
use crate::fetched::{Fetched, Reason};
use crate::filter::Filter;

mod account_schema;
mod held;
mod indirect;
mod left_out;
mod searches;
mod until_silent;

pub(crate) use account_schema::{
    AccountSchema, check_shown, not_in_catalog, shows_a_domain_account, state_attributes,
};
pub(crate) use indirect::IndirectMemberships;
pub(crate) use left_out::{may_be_person, may_leave_out};
pub(crate) use searches::NodeSearches;

/// Checks logins in one directory, with the settings of one node. It reads the schema of the server once.
/// A directory that stops answering is not asked again; a new check asks it anew.
#[derive(Debug)]
pub struct LoginCheck {
    searches: NodeSearches,
    schema: AccountSchema,
    even_if_blocked: bool,
}

/// The result of a login at a node.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginAnswer {
    /// The node finds one entry and an authorized group, and the directory does not block the account.
    Accepted,
    /// The directory blocks an entry with this login: one that the user filter finds, or that it leaves out.
    Blocked(AccountBlock),
    /// The user filter finds no entry.
    NotFound,
    /// The user filter finds several entries.
    Ambiguous,
    /// The person is in no authorized group.
    NotAuthorized,
    /// The answer of the directory is incomplete, or the directory hides an attribute that decides (D7).
    Unknown(Reason),
}

impl LoginCheck {
    /// A check for this directory and these settings.
    ///
    /// # Errors
    ///
    /// The settings are not usable, or the directory does not answer.
    pub async fn new(directory: Arc<dyn Directory>, settings: &LdapSettings) -> Fetched<Self> {
        let searches = NodeSearches::new(directory, settings)?;
        let schema = AccountSchema::read(&searches.directory, searches.rules.url()).await;
        let schema = schema.map_err(|error| Reason::of(&error))?;
        Ok(Self { searches, schema, even_if_blocked: false })
    }

    /// The same check, without the state of the account.
    #[must_use]
    pub fn even_if_blocked(self) -> Self {
        Self { even_if_blocked: true, ..self }
    }

    /// Checks one login. `username` is the login before the node remaps it
    /// ([`DirectorySnapshot::username`](crate::DirectorySnapshot::username)).
    pub async fn ask(&self, username: &str, now: Timestamp) -> LoginAnswer {
        self.answer(username, now).await.unwrap_or_else(LoginAnswer::Unknown)
    }

    async fn answer(&self, username: &str, now: Timestamp) -> Fetched<LoginAnswer> {
        let filter = self.searches.rules.user_template.fill(username, &Dn::root());
        let found = self.searches.entries(&filter, state_attributes()).await?;
        if let Some(block) = self.block(username, &found, now).await? {
            return Ok(LoginAnswer::Blocked(block));
        }
        match found.as_slice() {
            [] => Ok(LoginAnswer::NotFound),
            [entry] => match self.searches.is_authorized(username, entry).await? {
                true => Ok(LoginAnswer::Accepted),
                false => Ok(LoginAnswer::NotAuthorized),
            },
            _ => Ok(LoginAnswer::Ambiguous),
        }
    }

    /// Why the directory blocks the login. A user filter often leaves out who is disabled, so whoever it
    /// does not find is looked for by the login alone.
    async fn block(
        &self,
        username: &str,
        found: &[Entry],
        now: Timestamp,
    ) -> Fetched<Option<AccountBlock>> {
        if self.even_if_blocked {
            return Ok(None);
        }
        if !found.is_empty() {
            return self.block_of(found, now).await;
        }
        let left_out = self.searches.left_out(username).await;
        match (self.block_of(&left_out.entries, now).await?, left_out.cut) {
            (None, Some(reason)) => Err(reason),
            (block, _) => Ok(block),
        }
    }

    async fn block_of(&self, entries: &[Entry], now: Timestamp) -> Fetched<Option<AccountBlock>> {
        let mut unknown = None;
        for entry in entries {
            match AccountState::of(entry, now) {
                AccountState::Active => {}
                AccountState::Blocked(block) => return Ok(Some(block)),
                AccountState::Unknown(reason) => unknown = Some(reason),
            }
        }
        if let Some(reason) = unknown {
            return Err(reason);
        }
        for entry in entries {
            self.schema.check_readable(&self.searches.directory, entry).await?;
        }
        Ok(None)
    }
}

/// `(!(attribute=*))`
fn lacks(attribute: &AttributeName) -> Filter<AttributeValue> {
    Filter::Not(Box::new(Filter::Present(attribute.clone())))
}

#[cfg(test)]
mod tests;
