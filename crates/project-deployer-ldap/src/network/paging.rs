//! Paged results (RFC 2696): the request for the next page, and whether a page is the last one.

use ldap3::LdapResult;
use ldap3::controls::{Control, PagedResults};

use super::ber::{Elements, Malformed, tag};
use super::outcome::{Fault, judge};
use crate::dn::Dn;

const OID: &str = "1.2.840.113556.1.4.319";

/// How many pages without an entry are accepted in a row.
const EMPTY_LIMIT: usize = 100;

/// The smallest page size. If a directory refuses or cuts a page of a size, a smaller one is requested.
const SMALLEST: u16 = 20;

/// The position of a search.
#[derive(Debug)]
pub(super) struct Paging {
    /// The page size; none if the directory does not support pages.
    size: Option<u16>,
    cookie: Vec<u8>,
    begun: bool,
    empty: usize,
    /// Entries of a first page that a size limit cut: smaller pages repeat them.
    cut: usize,
}

/// The entries of a page.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Gain {
    /// Entries that no earlier page had.
    pub(super) new: usize,
    /// Entries that an earlier page had.
    pub(super) repeated: usize,
}

/// The next step after a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Request the next page.
    Ask,
    /// It was the last page.
    Whole,
}

impl Paging {
    /// Pages of this size, or none.
    pub(super) fn new(size: Option<u16>) -> Self {
        let size = size.map(|size| size.max(1));
        Self { size, cookie: Vec::new(), begun: false, empty: 0, cut: 0 }
    }

    /// The control for the request. It is not critical: a directory that does not support it returns all
    /// entries at once.
    pub(super) fn control(&self) -> Option<PagedResults> {
        let cookie = self.cookie.clone();
        self.size.map(|size| PagedResults { size: i32::from(size), cookie })
    }

    /// Decides the next step after a page. The answer is complete only if the directory says so; the absence
    /// of more entries is not enough.
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
        if !self.begun && self.asks_for_less(result.rc, gain) {
            return Ok(Next::Ask);
        }
        judge(result, base)?;
        let cookie = match cookie(&result.ctrls)? {
            None if self.begun => {
                return Err(
                    Malformed("a page that does not state whether it is the last one").into()
                );
            }
            None => return Ok(Next::Whole),
            Some(cookie) if cookie.is_empty() => return Ok(Next::Whole),
            Some(_) if self.size.is_none() => {
                return Err(Malformed("a page, but all entries were requested at once").into());
            }
            Some(cookie) => cookie,
        };
        // A repeated cookie is not an error: some directories number searches and not pages.
        if gain.new == 0 && gain.repeated > self.cut {
            return Err(Malformed("the same page again").into());
        }
        self.cut = self.cut.saturating_sub(gain.repeated);
        self.empty = if nothing { self.empty + 1 } else { 0 };
        if self.empty > EMPTY_LIMIT {
            return Err(Malformed("too many empty pages in a row").into());
        }
        self.cookie = cookie;
        self.begun = true;
        Ok(Next::Ask)
    }

    /// Whether the first page was refused because of its size or because it is paged.
    fn asks_otherwise(&mut self, code: u32) -> bool {
        match (code, self.size) {
            (11, Some(size)) if size > SMALLEST => {
                self.size = Some((size / 5).max(SMALLEST));
                true
            }
            // OpenLDAP refuses all pages in the same way as large ones.
            (11 | 12, Some(_)) => {
                self.size = None;
                true
            }
            _ => false,
        }
    }

    /// Whether a size limit cut the first page. 389 Directory Server counts the entries of each page, and cuts
    /// a page that is as large as the limit; smaller pages give everything.
    fn asks_for_less(&mut self, code: u32, gain: Gain) -> bool {
        match (code, self.size) {
            (4, Some(size)) if size > SMALLEST => {
                self.size = Some((size / 5).max(SMALLEST));
                self.cut = self.cut.max(gain.new + gain.repeated);
                true
            }
            _ => false,
        }
    }
}

/// The cookie of the control of a page.
fn cookie(controls: &[Control]) -> Result<Option<Vec<u8>>, Malformed> {
    const WHAT: &str = "a malformed paging control";
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
