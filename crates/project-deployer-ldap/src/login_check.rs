//! Checks one login with the searches that a node makes at a login: the user filter must find exactly one
//! entry, and the group filter one of the authorized groups (R-L2). The node's last step is a bind. It
//! cannot be tried here, so the state of the account is read instead.

use std::sync::Arc;

use project_deployer_core::Timestamp;
use project_deployer_core::accounts::LdapSettings;

use crate::account_state::{AccountBlock, AccountState};
use crate::attribute::{AttributeName, AttributeValue};
use crate::caseless::folded;
use crate::directory::{Completeness, Directory, Scope};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::fetched::{Fetched, Reason};
use crate::filter::{Comparison, Filter};
use crate::supplier::{GroupSearch, SupplierRules};

mod account_schema;
mod until_silent;

use account_schema::AccountSchema;
use until_silent::UntilSilent;

/// Checks logins in one directory, with the settings of one node. It reads the schema of the server once.
/// A directory that stops answering is not asked again; a new check asks it anew.
#[derive(Debug)]
pub struct LoginCheck {
    directory: UntilSilent,
    rules: SupplierRules,
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
        let rules = SupplierRules::compile(settings).map_err(|error| Reason::of(&error))?;
        let directory = UntilSilent::new(directory);
        let schema = AccountSchema::read(&directory).await.map_err(|error| Reason::of(&error))?;
        Ok(Self { directory, rules, schema, even_if_blocked: false })
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
        let found = self.entries(&self.rules.user_template.fill(username, &Dn::root())).await?;
        if let Some(block) = self.block(username, &found, now).await? {
            return Ok(LoginAnswer::Blocked(block));
        }
        match found.as_slice() {
            [] => Ok(LoginAnswer::NotFound),
            [entry] => self.authorized(username, entry).await,
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
        let by_login = Filter::Compare {
            attribute: self.rules.login.clone(),
            comparison: Comparison::Equal,
            value: AttributeValue::from(username),
        };
        self.block_of(&self.entries(&by_login).await?, now).await
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
            self.schema.check_readable(&self.directory, entry).await?;
        }
        Ok(None)
    }

    async fn entries(&self, filter: &Filter) -> Fetched<Vec<Entry>> {
        let mut attributes = vec![self.rules.login.clone()];
        attributes.extend_from_slice(AccountState::attributes());
        attributes.extend(account_schema::operational());
        if let Some(GroupSearch::OnUser { attribute, .. }) = &self.rules.group_search {
            attributes.push(attribute.clone());
        }
        self.search(filter, &attributes).await
    }

    async fn authorized(&self, username: &str, entry: &Entry) -> Fetched<LoginAnswer> {
        let Some(search) = &self.rules.group_search else { return Ok(LoginAnswer::Accepted) };
        let name = search.name();
        let groups = match search {
            GroupSearch::OnGroup { filter, .. } => {
                let filter = filter.fill(username, &entry.dn);
                self.search(&filter, std::slice::from_ref(name)).await?
            }
            GroupSearch::OnUser { list, attribute, .. } => {
                let held: Vec<Dn> =
                    entry.texts(attribute).filter_map(|dn| Dn::parse(dn).ok()).collect();
                let list = Filter::And(vec![list.clone(), self.authorized_names(name)]);
                let mut groups = self.search(&list, std::slice::from_ref(name)).await?;
                groups.retain(|group| held.contains(&group.dn));
                groups
            }
        };
        judge_groups(&self.rules.authorized, groups.iter().flat_map(|group| group.texts(name)))
    }

    /// Finds the groups that are let in: a directory may have many others.
    fn authorized_names(&self, name: &AttributeName) -> Filter {
        let is_named = |group: &String| Filter::Compare {
            attribute: name.clone(),
            comparison: Comparison::Equal,
            value: AttributeValue::from(group.as_str()),
        };
        Filter::Or(self.rules.authorized.iter().map(is_named).collect())
    }

    /// All entries below the base of the settings, or why these are not all.
    async fn search(&self, filter: &Filter, attributes: &[AttributeName]) -> Fetched<Vec<Entry>> {
        let base = self.rules.url.base();
        let found = self.directory.search(base, Scope::Subtree, filter, attributes).await;
        let found = found.map_err(|error| Reason::of(&error))?;
        match found.completeness {
            Completeness::Complete => Ok(found.entries),
            Completeness::Partial(reason) => {
                Err(Reason::new(format!("the answer is incomplete: {reason}")))
            }
        }
    }
}

/// A name that differs only in case gives "unknown": no source says how the product compares such names.
fn judge_groups<'a>(
    authorized: &[String],
    names: impl Iterator<Item = &'a str>,
) -> Fetched<LoginAnswer> {
    let mut similar = None;
    for name in names {
        if authorized.iter().any(|group| group == name) {
            return Ok(LoginAnswer::Accepted);
        }
        if authorized.iter().any(|group| folded(group) == folded(name)) {
            similar = Some(name.to_owned());
        }
    }
    match similar {
        None => Ok(LoginAnswer::NotAuthorized),
        Some(name) => Err(Reason::new(format!(
            "the directory's group `{name}` is authorized only in another case; write it in `authorizedGroups` as \
             the directory does"
        ))),
    }
}

/// `(!(attribute=*))`
fn lacks(attribute: &AttributeName) -> Filter<AttributeValue> {
    Filter::Not(Box::new(Filter::Present(attribute.clone())))
}

#[cfg(test)]
mod tests;
