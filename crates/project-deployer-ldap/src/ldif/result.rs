//! The result that `ldapsearch` writes after the entries, without `-L`. It says whether the entries are all.

use super::LdifFault;
use crate::attribute::AttributeValue;
use crate::caseless::shortened;
use crate::directory::PartialReason;
use crate::referral::hold_no_people;

/// What the results and references of an export say about its entries.
#[derive(Default)]
pub(super) struct Ending {
    partial: Option<PartialReason>,
    /// Whether the last page says that more pages follow.
    more_pages: bool,
}

impl Ending {
    /// A line of a result, such as `result: 4 Size limit exceeded`.
    pub(super) fn take(&mut self, name: &str, value: &AttributeValue) -> Result<(), LdifFault> {
        let text = value.as_text().ok_or(LdifFault::Result)?;
        if name.eq_ignore_ascii_case("result") {
            let code = text.split(' ').next().and_then(|code| code.parse::<u32>().ok());
            self.result(code.ok_or(LdifFault::Result)?, text);
        }
        if name.eq_ignore_ascii_case("pagedresults") {
            let cookie = text.split_once("cookie=").ok_or(LdifFault::Result)?.1;
            self.more_pages = !cookie.trim().is_empty();
        }
        Ok(())
    }

    fn result(&mut self, code: u32, text: &str) {
        let reason = match code {
            0 => return,
            3 => PartialReason::TimeLimit,
            4 => PartialReason::SizeLimit,
            11 => PartialReason::AdministrativeLimit,
            _ => PartialReason::Export(format!("it ends with `{}`", shortened(text))),
        };
        self.partial.get_or_insert(reason);
    }

    /// A reference to another directory.
    pub(super) fn reference(&mut self, url: &str) {
        if !hold_no_people(&[url.to_owned()]) {
            self.partial.get_or_insert_with(|| PartialReason::Referral(shortened(url)));
        }
    }

    /// Why entries may be missing.
    pub(super) fn partial(self) -> Option<PartialReason> {
        let more = || {
            let text = "more pages follow; export with `-E pr=1000/noprompt`";
            self.more_pages.then(|| PartialReason::Export(text.to_owned()))
        };
        self.partial.or_else(more)
    }
}
