//! What a node finds for one login: its two searches, and the state of the account.

use project_deployer_core::Timestamp;

use super::ask::asked;
use super::sight::Sight;
use crate::account_state::AccountState;
use crate::entry::Entry;
use crate::fetched::Fetched;
use crate::login_check::{NodeSearches, state_attributes};
use crate::matching::Found;

/// How many entries of one login are named.
const SHOWN: usize = 10;

/// Asks one directory, with the settings of one node.
pub(super) struct LoginAsker<'a> {
    pub(super) searches: &'a NodeSearches,
    pub(super) sight: &'a Sight,
    pub(super) now: Timestamp,
}

impl LoginAsker<'_> {
    /// `matters`: whether a deployment needs the login.
    pub(super) async fn ask(&self, username: &str, matters: bool) -> Fetched<Found> {
        self.found(username, matters).await.map_err(|reason| asked(&reason))
    }

    async fn found(&self, username: &str, matters: bool) -> Fetched<Found> {
        let people = self.searches.people(username, state_attributes()).await?;
        Ok(match people.as_slice() {
            [] => self.left_out(username).await?,
            [entry] => {
                let authorized = self.searches.is_authorized(username, entry);
                let state = self.sight.state(self.searches.directory(), (entry, matters), self.now);
                let (authorized, state) = futures::future::join(authorized, state).await;
                Found::One { authorized: authorized?, state }
            }
            several => Found::Several(names(several)),
        })
    }

    /// A user filter often leaves out who is disabled.
    async fn left_out(&self, username: &str) -> Fetched<Found> {
        let entries = self.searches.left_out(username).await?;
        let states = entries.iter().map(|entry| AccountState::of(entry, self.now));
        let blocked = states.into_iter().find(|state| matches!(state, AccountState::Blocked(_)));
        Ok(match entries.as_slice() {
            [] => Found::Nobody,
            several => Found::LeftOut {
                entries: names(several),
                state: blocked.unwrap_or(AccountState::Active),
            },
        })
    }
}

fn names(entries: &[Entry]) -> Vec<String> {
    let mut names: Vec<String> = entries.iter().map(|entry| entry.dn.to_string()).collect();
    names.sort();
    names.truncate(SHOWN);
    names
}
