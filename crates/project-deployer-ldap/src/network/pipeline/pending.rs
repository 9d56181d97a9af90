//! The searches that wait on one connection, and what arrived for them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::entry::Entry;
use crate::network::ber::Malformed;
use crate::network::message::{self, Kind};
use crate::network::part::Part;
use crate::referral::hold_no_people;

/// The bytes of an answer that is taken from here. A larger one is asked for again on a connection of its own.
const LARGE: usize = 4 << 20;

/// The entries of a plain answer; none if the search has to be asked again.
pub(super) type Answer = Option<Vec<Entry>>;

/// The searches, by the ids of their messages.
#[derive(Default)]
pub(super) struct Pending {
    searches: Mutex<HashMap<u32, Gathering>>,
}

struct Gathering {
    entries: Vec<Entry>,
    /// The names of the entries, if there are several.
    names: HashSet<Arc<str>>,
    bytes: usize,
    is_plain: bool,
    answer: oneshot::Sender<Answer>,
}

impl Pending {
    pub(super) fn add(&self, id: u32, answer: oneshot::Sender<Answer>) {
        let gathering = Gathering {
            entries: Vec::new(),
            names: HashSet::new(),
            bytes: 0,
            is_plain: true,
            answer,
        };
        self.searches.lock().unwrap_or_else(PoisonError::into_inner).insert(id, gathering);
    }

    /// Takes one message. An error ends the connection, and with it every search that still waits.
    pub(super) fn take(&self, content: &[u8], entries: usize) -> Result<(), Malformed> {
        const STRANGE: Malformed = Malformed("an answer to another request");
        let (id, kind) = message::of_search(content)?;
        let id = u32::try_from(id).map_err(|_| STRANGE)?;
        let mut searches = self.searches.lock().unwrap_or_else(PoisonError::into_inner);
        match kind {
            Kind::Part => {
                let gathering = searches.get_mut(&id).ok_or(STRANGE)?;
                gathering.bytes = gathering.bytes.saturating_add(content.len());
                gathering.is_plain &= gathering.bytes <= LARGE;
                gathering.take(Part::read(content)?, entries)
            }
            Kind::Done { code } => {
                let gathering = searches.remove(&id).ok_or(STRANGE)?;
                let answer = (code == 0 && gathering.is_plain).then_some(gathering.entries);
                // Whoever asked may have given up.
                let _ = gathering.answer.send(answer);
                Ok(())
            }
        }
    }

    /// Ends every search that still waits.
    pub(super) fn abandon(&self) {
        self.searches.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Gathering {
    fn take(&mut self, part: Part, limit: usize) -> Result<(), Malformed> {
        match part {
            Part::Entry(entry) if self.is_plain => {
                let (entry, missing) = entry.into_entry()?;
                self.is_plain = missing.is_empty()
                    && self.names.insert(entry.dn.shared_normal())
                    && self.entries.len() < limit;
                self.entries.push(entry);
            }
            Part::Reference(places) if !hold_no_people(&places) => self.is_plain = false,
            Part::Entry(_) | Part::Reference(_) | Part::Other => {}
        }
        Ok(())
    }
}
