use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use secrecy::SecretString;
use serde_json::Value;

/// A kind of document, such as `infrastructure`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Collection(Cow<'static, str>);

/// The key of a document: its kind and its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentKey {
    /// The kind.
    pub collection: Collection,
    /// The id, unique within the kind, compared byte by byte.
    pub id: String,
}

/// The number of a commit: each commit of a store has the next one, in the order in which commits become
/// visible. A document has the revision of its last write, so no revision of a document is ever reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(pub u64);

/// Secret values of a document by field path. They are separate from the body, so a store can seal them.
/// `Debug` shows no value.
pub type Secrets = BTreeMap<String, SecretString>;

/// A document as it was last written.
///
/// The body may hold secret values, such as variables, so `Debug` leaves it out.
#[derive(Clone)]
#[non_exhaustive]
pub struct Document {
    /// The commit that wrote it.
    pub revision: Revision,
    /// The body.
    pub body: Value,
    /// Its secrets.
    pub secrets: Secrets,
}

impl Document {
    /// A document as a store returns it.
    #[must_use]
    pub fn new(revision: Revision, body: Value, secrets: Secrets) -> Self {
        Self { revision, body, secrets }
    }
}

impl Collection {
    /// The kind of this name: lower-case letters and `-`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// A kind whose name a store has read.
    #[must_use]
    pub fn stored(name: String) -> Self {
        Self(Cow::Owned(name))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The key of a document of this kind.
    #[must_use]
    pub fn key(self, id: impl fmt::Display) -> DocumentKey {
        DocumentKey { collection: self, id: id.to_string() }
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for DocumentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.collection, self.id)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("revision", &self.revision)
            .field("secrets", &self.secrets)
            .finish_non_exhaustive()
    }
}
