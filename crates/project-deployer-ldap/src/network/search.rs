//! One search on one connection: its pages, and the ranges of values that are missing in them.

use std::collections::HashSet;
use std::sync::Arc;

use super::budgets::LdapBudgets;
use super::connection::Connection;
use super::entry::RawEntry;
use super::outcome::{Fault, judge};
use super::paging::{Gain, Next, Paging};
use super::part::Part;
use super::question::Question;
use super::ranges::{self, Open};
use super::referral;
use crate::directory::{DirectoryError, PartialReason};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::referral::hold_no_people;

/// Receives the entries of an answer as they arrive.
pub(super) trait Taker: Send {
    fn take(&mut self, entry: Entry);

    /// Discards all entries, so that the search can be repeated; false if that is not possible.
    fn forget(&mut self) -> bool;
}

impl Taker for Vec<Entry> {
    fn take(&mut self, entry: Entry) {
        self.push(entry);
    }

    fn forget(&mut self) -> bool {
        self.clear();
        true
    }
}

/// Passes entries to a callback, which cannot discard them.
pub(super) struct Passing<'v>(pub(super) &'v mut (dyn FnMut(Entry) + Send));

impl Taker for Passing<'_> {
    fn take(&mut self, entry: Entry) {
        (self.0)(entry);
    }

    fn forget(&mut self) -> bool {
        false
    }
}

/// The number of entries received, and how the search ended.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) given: usize,
    pub(super) end: Result<(), Fault>,
}

/// Runs the search. Entries of an earlier attempt do not count: they may have changed since.
pub(super) async fn attempt(
    connection: &mut Connection,
    question: &Question,
    budgets: &LdapBudgets,
    taker: &mut dyn Taker,
) -> Attempt {
    connection.allow(budgets.bytes);
    let mut gathering = Gathering {
        taker,
        limit: budgets.entries,
        given: 0,
        seen: HashSet::new(),
        unfinished: Vec::new(),
        referral: None,
        gain: Gain::default(),
    };
    let end = gathering.everything(connection, question, budgets.page).await;
    Attempt { given: gathering.given, end }
}

/// 389 Directory Server answers a search below a base that does not exist, or that the reader may not see,
/// with success and no entries. There are no people only if the base exists (D7).
async fn exists(connection: &mut Connection, base: &Dn) -> Result<(), Fault> {
    let mut seen = false;
    let question = Question::whether_there_is(base);
    let result = connection
        .ask(&question, None, &mut |part| {
            seen |= matches!(part, Part::Entry(_));
            Ok(())
        })
        .await?;
    judge(&result, base)?;
    if seen {
        return Ok(());
    }
    Err(Fault::Failed(DirectoryError::NoSuchBase { base: base.to_string() }))
}

struct Gathering<'t> {
    taker: &'t mut dyn Taker,
    limit: usize,
    given: usize,
    /// The names of the entries so far; each is passed on once.
    seen: HashSet<Arc<str>>,
    /// Entries with missing values.
    unfinished: Vec<(Entry, Vec<Open>)>,
    referral: Option<PartialReason>,
    gain: Gain,
}

impl Gathering<'_> {
    async fn everything(
        &mut self,
        connection: &mut Connection,
        question: &Question,
        page: u16,
    ) -> Result<(), Fault> {
        let mut paging = Paging::new(question.in_pages.then_some(page));
        loop {
            self.gain = Gain::default();
            let control = paging.control();
            let result = connection.ask(question, control, &mut |part| self.take(part)).await?;
            if paging.after(&result, self.gain, &question.base)? == Next::Whole {
                break;
            }
        }
        // Thousands of logins are asked about one after the other below one base.
        let known = !question.in_pages && connection.shows(&question.base);
        if self.seen.is_empty() && self.referral.is_none() && !known {
            exists(connection, &question.base).await?;
            connection.note_shown(&question.base);
        }
        for (mut entry, missing) in std::mem::take(&mut self.unfinished) {
            for open in missing {
                ranges::complete(connection, &mut entry, open).await?;
            }
            self.give(entry);
        }
        self.referral.take().map_or(Ok(()), |reason| Err(Fault::Cut(reason)))
    }

    fn take(&mut self, part: Part) -> Result<(), Fault> {
        match part {
            Part::Entry(entry) => self.take_entry(entry),
            Part::Reference(places) => {
                if !hold_no_people(&places) {
                    let reason = || PartialReason::Referral(referral::shown(&places));
                    self.referral.get_or_insert_with(reason);
                }
                Ok(())
            }
            Part::Other => Ok(()),
        }
    }

    fn take_entry(&mut self, entry: RawEntry) -> Result<(), Fault> {
        let (entry, missing) = entry.into_entry()?;
        if !self.seen.insert(entry.dn.shared_normal()) {
            self.gain.repeated += 1;
            return Ok(());
        }
        if self.seen.len() > self.limit {
            let limit = format!("{} entries", self.limit);
            return Err(Fault::Cut(PartialReason::OurLimit(limit)));
        }
        self.gain.new += 1;
        if missing.is_empty() {
            self.give(entry);
        } else {
            self.unfinished.push((entry, missing));
        }
        Ok(())
    }

    fn give(&mut self, entry: Entry) {
        self.given += 1;
        self.taker.take(entry);
    }
}
