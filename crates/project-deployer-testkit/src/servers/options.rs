use super::ServerError;
use crate::MockDirectory;

/// What a directory server is started with, besides its people. Without any of it the server answers its
/// reader in full, over plain connections too, and no other account.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct ServerOptions {
    pub(super) size_limit: Option<u32>,
    pub(super) pages_forbidden: bool,
    pub(super) tls_required: bool,
    pub(super) anonymous: bool,
    pub(super) second_base: Option<MockDirectory>,
    pub(super) referral: Option<Referral>,
    pub(super) hidden: Option<String>,
    pub(super) access: Vec<String>,
}

/// A referral entry: what is below it is in another directory.
#[derive(Debug, Clone)]
pub(super) struct Referral {
    pub(super) name: String,
    pub(super) url: String,
}

impl ServerOptions {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// One answer has this many entries at most. More take several pages, each of this size at most.
    pub fn with_size_limit(self, entries: u32) -> Self {
        Self { size_limit: Some(entries), ..self }
    }

    /// No search may ask for pages. Only OpenLDAP can forbid them.
    pub fn forbidding_pages(self) -> Self {
        Self { pages_forbidden: true, ..self }
    }

    /// Passwords are taken over TLS only.
    pub fn requiring_tls(self) -> Self {
        Self { tls_required: true, ..self }
    }

    /// Anonymous reads are allowed.
    pub fn allowing_anonymous(self) -> Self {
        Self { anonymous: true, ..self }
    }

    /// Other people below [`SECOND_BASE`](super::SECOND_BASE), in the same server.
    pub fn with_second_base(self, people: &MockDirectory) -> Self {
        Self { second_base: Some(people.clone()), ..self }
    }

    /// An entry `ou=NAME` right below the base that refers to another server.
    pub fn with_referral(self, name: impl Into<String>, url: impl Into<String>) -> Self {
        Self { referral: Some(Referral { name: name.into(), url: url.into() }), ..self }
    }

    /// The reader neither reads nor searches this attribute.
    pub fn hiding(self, attribute: impl Into<String>) -> Self {
        Self { hidden: Some(attribute.into()), ..self }
    }

    /// A rule for access in the words of OpenLDAP, before all others: `access to attrs=member by ...`.
    pub fn with_access(mut self, rule: impl Into<String>) -> Self {
        self.access.push(rule.into());
        self
    }

    /// Refuses everything that only the directories of Unix can do.
    pub(super) fn refuse(&self, server: &'static str) -> Result<(), ServerError> {
        let asked = [
            (self.size_limit.is_some(), "with a size limit"),
            (self.pages_forbidden, "without pages"),
            (self.anonymous, "for anonymous readers"),
            (self.second_base.is_some(), "with a second base"),
            (self.referral.is_some(), "with a referral"),
            (self.hidden.is_some(), "with a hidden attribute"),
            (!self.access.is_empty(), "with rules for access"),
        ];
        match asked.into_iter().find(|(asked, _)| *asked) {
            Some((_, option)) => Err(ServerError::NotOffered { server, option }),
            None => Ok(()),
        }
    }
}
