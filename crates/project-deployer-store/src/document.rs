use std::collections::BTreeMap;
use std::fmt;

use secrecy::SecretString;
use serde_json::Value;

/// A kind of document, such as `infras`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Collection(pub &'static str);

/// Where a document stands: its kind and its id there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentKey {
    /// The kind.
    pub collection: Collection,
    /// The id, unique within the kind, compared byte by byte.
    pub id: String,
}

/// Counts the writes of one document, from 1. A document that was deleted and written again does not
/// reuse a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u64);

/// Secret values of a document by field path, apart from its body so that a store can seal them.
/// `Debug` shows no value.
pub type Secrets = BTreeMap<String, SecretString>;

/// A document as it was last written.
///
/// The body may hold values that people consider secret (variables, for example), so `Debug` leaves
/// it out.
#[derive(Clone)]
pub struct Document {
    /// How often it has been written.
    pub version: Version,
    /// The document itself.
    pub body: Value,
    /// Its secrets.
    pub secrets: Secrets,
}

impl Collection {
    /// The place of one document of this kind.
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
