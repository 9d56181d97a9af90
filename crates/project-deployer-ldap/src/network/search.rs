//! One search on one connection: its pages, and the values that were left out of them.

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

/// What came, and how it ended.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) entries: Vec<Entry>,
    pub(super) end: Result<(), Fault>,
}

/// Asks for everything. Nothing is kept from an attempt before: it may have changed since.
pub(super) async fn attempt(
    connection: &mut Connection,
    question: &Question,
    budgets: &LdapBudgets,
) -> Attempt {
    connection.allow(budgets.bytes);
    let mut gathering = Gathering { limit: budgets.entries, ..Gathering::default() };
    let end = gathering.everything(connection, question, budgets.page).await;
    Attempt { entries: gathering.entries, end }
}

/// 389 Directory Server answers a search below a base that is not there, or that the reader may not see,
/// with nothing and success. Nobody is there only where the base is (D7).
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

#[derive(Debug, Default)]
struct Gathering {
    limit: usize,
    entries: Vec<Entry>,
    /// The names of the entries: each comes once.
    seen: HashSet<Arc<str>>,
    /// By place in `entries`.
    open: Vec<(usize, Open)>,
    referral: Option<PartialReason>,
    gain: Gain,
}

impl Gathering {
    async fn everything(
        &mut self,
        connection: &mut Connection,
        question: &Question,
        page: u16,
    ) -> Result<(), Fault> {
        let mut paging = Paging::new(page);
        loop {
            self.gain = Gain::default();
            let control = paging.control();
            let result = connection.ask(question, control, &mut |part| self.take(part)).await?;
            if paging.after(&result, self.gain, &question.base)? == Next::Whole {
                break;
            }
        }
        if self.entries.is_empty() && self.referral.is_none() {
            exists(connection, &question.base).await?;
        }
        for (place, open) in std::mem::take(&mut self.open) {
            if let Some(entry) = self.entries.get_mut(place) {
                ranges::complete(connection, entry, open).await?;
            }
        }
        self.referral.take().map_or(Ok(()), |reason| Err(Fault::Cut(reason)))
    }

    fn take(&mut self, part: Part) -> Result<(), Fault> {
        match part {
            Part::Entry(entry) => self.take_entry(entry),
            Part::Reference(places) => {
                if !referral::hold_nobody(&places) {
                    let reason = || PartialReason::Referral(referral::shown(&places));
                    self.referral.get_or_insert_with(reason);
                }
                Ok(())
            }
            Part::Other => Ok(()),
        }
    }

    fn take_entry(&mut self, entry: RawEntry) -> Result<(), Fault> {
        let (entry, open) = entry.into_entry()?;
        if !self.seen.insert(entry.dn.shared_normal()) {
            self.gain.repeated += 1;
            return Ok(());
        }
        if self.entries.len() >= self.limit {
            let limit = format!("{} entries", self.limit);
            return Err(Fault::Cut(PartialReason::OurLimit(limit)));
        }
        let place = self.entries.len();
        self.open.extend(open.into_iter().map(|open| (place, open)));
        self.entries.push(entry);
        self.gain.new += 1;
        Ok(())
    }
}
