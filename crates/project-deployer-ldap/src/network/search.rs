//! One search on one connection: its pages, and the values that were left out of them.

use std::collections::HashSet;

use ldap3::ResultEntry;

use super::budgets::LdapBudgets;
use super::connection::Connection;
use super::entry::RawEntry;
use super::outcome::{Fault, judge};
use super::paging::{Gain, Next, Paging};
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
        .ask(&question, None, &mut |item| {
            seen |= !item.is_ref() && !item.is_intermediate();
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
    seen: HashSet<String>,
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
            let result = connection.ask(question, control, &mut |item| self.take(item)).await?;
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

    fn take(&mut self, item: ResultEntry) -> Result<(), Fault> {
        if item.is_intermediate() {
            return Ok(());
        }
        if item.is_ref() {
            let places = referral::places(item)?;
            if !referral::hold_nobody(&places) {
                let reason = || PartialReason::Referral(referral::shown(&places));
                self.referral.get_or_insert_with(reason);
            }
            return Ok(());
        }
        let (entry, open) = RawEntry::read(item)?.into_entry()?;
        if !self.seen.insert(entry.dn.normal().to_owned()) {
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
