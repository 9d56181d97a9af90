//! The groups that the entry of a person lists.

use crate::attribute::AttributeName;
use crate::caseless::shortened;
use crate::directory::{Completeness, Directory, DirectoryError, Nature, Scope};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::fetched::{Fetched, Reason};
use crate::filter::Filter;
use crate::letters::{is_plain_dn, may_be_equal};

/// Groups with an authorized name, and a person whose entry lists groups.
pub(super) struct HeldGroups<'a> {
    person: &'a Entry,
    attribute: &'a AttributeName,
    /// The groups that the person lists.
    pub(super) certain: Vec<Entry>,
    others: Vec<Entry>,
}

impl<'a> HeldGroups<'a> {
    pub(super) fn of(person: &'a Entry, attribute: &'a AttributeName, groups: Vec<Entry>) -> Self {
        let held: Vec<Dn> = person.texts(attribute).filter_map(|dn| Dn::parse(dn).ok()).collect();
        let (certain, others) = groups.into_iter().partition(|group| held.contains(&group.dn));
        Self { person, attribute, certain, others }
    }

    /// The reader may not read the attribute of this person, or some of its values. A server finds an entry by
    /// `(!(attribute=…))` only if the reader may search the value and the entry does not have it (RFC 4511, 4.5.1.7).
    pub(super) async fn prove_none_of_the_others(&self, directory: &dyn Directory) -> Fetched<()> {
        if self.others.is_empty() {
            return Ok(());
        }
        self.without_similar()?;
        let equal = |group: &Entry| Filter::equality(self.attribute.clone(), group.dn.written());
        let none = Filter::Not(Box::new(Filter::Or(self.others.iter().map(equal).collect())));
        let wanted = [AttributeName::known("objectClass")];
        let (dn, is_export) = (&self.person.dn, directory.nature() == Nature::Export);
        let is_shown = !is_export || !self.person.values(self.attribute).is_empty();
        match directory.search_at_once(dn, Scope::Base, &none, &wanted).await {
            Ok(found) if found.completeness != Completeness::Complete => Err(self.hidden()),
            Ok(found) if is_shown && !found.entries.is_empty() => Ok(()),
            Ok(_) | Err(DirectoryError::Refused { .. } | DirectoryError::NoSuchBase { .. }) => {
                Err(self.hidden())
            }
            Err(error) => Err(Reason::of(&error)),
        }
    }

    /// Servers and nodes read unusual spellings of a name differently.
    fn without_similar(&self) -> Fetched<()> {
        for value in self.person.values(self.attribute) {
            let Some(text) = value.as_text().filter(|text| text.contains('=')) else {
                return Err(self.unreadable(&String::from_utf8_lossy(value.as_bytes())));
            };
            let is_similar = |group: &Entry| may_be_equal(text, &group.dn.to_string());
            if !is_plain_dn(text) && self.others.iter().any(is_similar) {
                return Err(self.unreadable(text));
            }
        }
        Ok(())
    }

    fn unreadable(&self, text: &str) -> Reason {
        Reason::new(format!(
            "`{}` of `{}` is `{}`, which may be an authorized group in another spelling; correct it in the directory",
            self.attribute,
            self.person.dn,
            shortened(text)
        ))
    }

    fn hidden(&self) -> Reason {
        Reason::new(format!(
            "the bind DN may not read `{}` of `{}`; grant it the right in the directory, or write a group filter in the \
             LDAP settings",
            self.attribute, self.person.dn
        ))
    }
}
