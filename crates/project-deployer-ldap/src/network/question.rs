use ldap3::Scope as LdapScope;

use crate::attribute::AttributeName;
use crate::directory::Scope;
use crate::dn::Dn;
use crate::filter::Filter;

/// A search request. It is built only from values that cannot be read as syntax (R12).
#[derive(Debug)]
pub(super) struct Question {
    pub(super) base: Dn,
    pub(super) scope: LdapScope,
    pub(super) filter: String,
    pub(super) attributes: Vec<String>,
    /// Whether the answer may come in pages.
    pub(super) in_pages: bool,
}

impl Question {
    pub(super) fn new(base: &Dn, scope: Scope, filter: &Filter, names: &[AttributeName]) -> Self {
        Self {
            base: base.clone(),
            scope: match scope {
                Scope::Base => LdapScope::Base,
                Scope::OneLevel => LdapScope::OneLevel,
                Scope::Subtree => LdapScope::Subtree,
            },
            filter: filter.to_string(),
            attributes: names.iter().map(ToString::to_string).collect(),
            in_pages: true,
        }
    }

    /// The same, answered at once.
    pub(super) fn at_once(self) -> Self {
        Self { in_pages: false, ..self }
    }

    /// Checks that this entry exists, without its attributes (RFC 4511, 4.5.1.8).
    pub(super) fn whether_there_is(entry: &Dn) -> Self {
        let present = Filter::Present(AttributeName::known("objectClass"));
        Self::new(entry, Scope::Base, &present, &[AttributeName::known("1.1")])
    }

    /// Requests the values of one attribute of one entry, from the given one on.
    pub(super) fn values_from(entry: &Dn, attribute: &AttributeName, first: usize) -> Self {
        let present = Filter::Present(AttributeName::known("objectClass"));
        let mut question = Self::new(entry, Scope::Base, &present, &[]);
        question.attributes.push(format!("{attribute};range={first}-*"));
        question
    }
}
