//! Page by page (RFC 2696): what comes after a page, and whether the last one was the last.

use ldap3::LdapResult;
use ldap3::controls::{Control, PagedResults};

use super::ber::{Elements, Malformed, tag};
use super::outcome::{Fault, judge};
use crate::dn::Dn;

const OID: &str = "1.2.840.113556.1.4.319";

/// Pages without an entry that are put up with, one after the other.
const EMPTY_LIMIT: usize = 100;

/// A directory that finds pages too large is asked for smaller ones, down to this.
const SMALLEST: u16 = 20;

/// How far a search has come.
#[derive(Debug)]
pub(super) struct Paging {
    /// None: the directory does not know pages.
    size: Option<u16>,
    cookie: Vec<u8>,
    begun: bool,
    empty: usize,
}

/// What a page brought.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Gain {
    /// Entries that no page before had.
    pub(super) new: usize,
    /// Entries that came before.
    pub(super) repeated: usize,
}

/// What to do after a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Ask for the next one.
    Ask,
    /// It was the last one.
    Whole,
}

impl Paging {
    pub(super) fn new(size: u16) -> Self {
        Self { size: Some(size.max(1)), cookie: Vec::new(), begun: false, empty: 0 }
    }

    /// What goes with the request. It is not critical: a directory that does not know it gives
    /// everything at once.
    pub(super) fn control(&self) -> Option<PagedResults> {
        let cookie = self.cookie.clone();
        self.size.map(|size| PagedResults { size: i32::from(size), cookie })
    }

    /// Judges a page. Whole is what a directory says is whole, not what has no more to it.
    pub(super) fn after(
        &mut self,
        result: &LdapResult,
        gain: Gain,
        base: &Dn,
    ) -> Result<Next, Fault> {
        let nothing = gain.new + gain.repeated == 0;
        if !self.begun && nothing && self.asks_otherwise(result.rc) {
            return Ok(Next::Ask);
        }
        judge(result, base)?;
        let cookie = match cookie(&result.ctrls)? {
            None if self.begun => {
                return Err(Malformed("a page that does not say whether it is the last one").into());
            }
            None => return Ok(Next::Whole),
            Some(cookie) if cookie.is_empty() => return Ok(Next::Whole),
            Some(_) if self.size.is_none() => {
                return Err(Malformed("a page where everything was asked for").into());
            }
            Some(cookie) => cookie,
        };
        // The same cookie again says nothing: some directories number searches and not pages.
        if gain.new == 0 && gain.repeated > 0 {
            return Err(Malformed("the same page again").into());
        }
        self.empty = if nothing { self.empty + 1 } else { 0 };
        if self.empty > EMPTY_LIMIT {
            return Err(Malformed("one empty page after another").into());
        }
        self.cookie = cookie;
        self.begun = true;
        Ok(Next::Ask)
    }

    /// Whether the first page was refused for its size, or for being one.
    fn asks_otherwise(&mut self, code: u32) -> bool {
        match (code, self.size) {
            (11, Some(size)) if size > SMALLEST => {
                self.size = Some((size / 5).max(SMALLEST));
                true
            }
            (12, Some(_)) => {
                self.size = None;
                true
            }
            _ => false,
        }
    }
}

/// The cookie of the control that came with a page.
fn cookie(controls: &[Control]) -> Result<Option<Vec<u8>>, Malformed> {
    const WHAT: &str = "a paging control that is none";
    let Some(Control(_, control)) = controls.iter().find(|Control(_, raw)| raw.ctype == OID) else {
        return Ok(None);
    };
    let value = control.val.as_deref().ok_or(Malformed(WHAT))?;
    let mut parts = Elements(Elements(value).expect(tag::SEQUENCE, WHAT)?);
    parts.expect(tag::INTEGER, WHAT)?;
    parts.expect(tag::OCTETS, WHAT).map(|cookie| Some(cookie.to_vec()))
}

#[cfg(test)]
mod tests;
