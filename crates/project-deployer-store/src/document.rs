use std::collections::BTreeMap;
use std::fmt;

use secrecy::SecretString;
use serde_json::Value;

/// A kind of document, such as `infras`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Collection(pub &'static str);

/// The key of a document: its kind and its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentKey {
    /// The kind.
    pub collection: Collection,
    /// The id, unique within the kind, compared byte by byte.
    pub id: String,
}

/// The number of writes of one document, from 1. A document that was deleted and written again does not
/// reuse a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u64);

/// Secret values of a document by field path. They are separate from the body, so a store can seal them.
/// `Debug` shows no value.
pub type Secrets = BTreeMap<String, SecretString>;

/// A document with its version.
///
/// The body may hold secret values, such as variables, so `Debug` leaves it out.
#[derive(Clone)]
#[non_exhaustive]
pub struct Document {
    /// The version.
    pub version: Version,
    /// The body.
    pub body: Value,
    /// Its secrets.
    pub secrets: Secrets,
}

impl Document {
    /// A document as a store returns it.
    #[must_use]
    pub fn new(version: Version, body: Value, secrets: Secrets) -> Self {
        Self { version, body, secrets }
    }
}

impl Collection {
    /// The key of a document of this kind.
    #[must_use]
    pub fn key(self, id: impl fmt::Display) -> DocumentKey {
        DocumentKey { collection: self, id: id.to_string() }
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for DocumentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.collection, self.id)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("version", &self.version)
            .field("secrets", &self.secrets)
            .finish_non_exhaustive()
    }
}
