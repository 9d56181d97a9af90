//! The states of the accounts of a listing.

use std::collections::HashMap;

use super::entries::Bits;
use crate::account_state::AccountState;
use crate::entry::Entry;
use crate::fetched::Reason;
use crate::login_check::shows_a_domain_account;
use crate::texts::{number, position};

/// The states of accounts that are not active: an entry and the number of its state, in the order of the
/// entries. A directory may keep all who ever left, and their states are mostly equal.
#[derive(Clone, Default)]
pub(super) struct AccountStates {
    entries: Vec<(u32, u32)>,
    known: Vec<AccountState>,
    numbers: HashMap<AccountState, u32>,
    /// The entries that show everything that a domain controller keeps for an account.
    domain_accounts: Bits,
    /// The entries whose state the reader may not see.
    unseen: Option<Unseen>,
}

/// Entries, and why the state of their accounts is unknown.
#[derive(Clone)]
struct Unseen {
    entries: Bits,
    state: AccountState,
}

impl AccountStates {
    /// Stores the state of an entry. Entries come in order.
    pub(super) fn note(&mut self, at: u32, entry: &Entry, state: AccountState) {
        if shows_a_domain_account(entry) {
            self.domain_accounts.add(at);
        }
        if state != AccountState::Active {
            let known = &mut self.known;
            let state = *self.numbers.entry(state).or_insert_with_key(|state| {
                known.push(state.clone());
                number(known.len() - 1)
            });
            self.entries.push((at, state));
        }
    }

    /// Whether an entry shows everything that a domain controller keeps for an account.
    pub(super) fn is_domain_account(&self, entry: u32) -> bool {
        self.domain_accounts.has(entry)
    }

    /// Notes entries whose state the reader may not see, and why.
    pub(super) fn note_unseen(&mut self, entries: impl IntoIterator<Item = u32>, reason: Reason) {
        let mut unseen = Bits::default();
        entries.into_iter().for_each(|entry| unseen.add(entry));
        self.unseen = Some(Unseen { entries: unseen, state: AccountState::Unknown(reason) });
    }

    /// The state of the account of an entry; none where it is active.
    pub(super) fn of(&self, entry: u32) -> Option<&AccountState> {
        self.noted(entry).or_else(|| {
            let unseen = self.unseen.as_ref()?;
            unseen.entries.has(entry).then_some(&unseen.state)
        })
    }

    fn noted(&self, entry: u32) -> Option<&AccountState> {
        let place = self.entries.binary_search_by_key(&entry, |(entry, _)| *entry).ok()?;
        let (_, state) = self.entries.get(place)?;
        self.known.get(position(*state))
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.entries.shrink_to_fit();
        self.known.shrink_to_fit();
        // Nothing is added any more.
        self.numbers = HashMap::new();
    }
}
