use std::fmt;

use serde_json::Value;

use crate::document::{Collection, DocumentKey, Revision};

/// Which documents to list: those of one kind, by id, from a place on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a listing does nothing until a store reads it"]
pub struct Listing {
    /// The kind.
    pub collection: Collection,
    /// Only ids that begin with this.
    pub prefix: String,
    /// Only ids after this one.
    pub after: Option<String>,
    /// The largest number of documents.
    pub limit: usize,
}

/// One document of a list. Secrets are left out: read the document for these.
#[derive(Clone)]
#[non_exhaustive]
pub struct ListedDocument {
    /// The id.
    pub id: String,
    /// The commit that wrote it.
    pub revision: Revision,
    /// The body. `Debug` leaves it out, since it may hold secret values.
    pub body: Value,
    /// Why the body cannot be read; it is null then. A damaged document must not fail a whole page.
    pub damage: Option<String>,
}

/// One document of a list, as a store holds it. Most stores hold texts, and whoever reads many of them reads them faster
/// into types of its own than into trees of values.
#[derive(Clone)]
#[non_exhaustive]
pub struct HeldDocument {
    /// The id.
    pub id: String,
    /// The commit that wrote it.
    pub revision: Revision,
    /// The body. `Debug` leaves it out, since it may hold secret values.
    pub body: HeldBody,
}

/// The body of a document, as a store holds it.
#[derive(Clone)]
#[non_exhaustive]
pub enum HeldBody {
    /// A JSON text, which may be damaged.
    Text(Vec<u8>),
    /// A value.
    Value(Value),
    /// It cannot be read, with the reason.
    Damaged(String),
}

/// What was written and deleted after a revision.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Changes {
    /// The changes, by revision and then by key. A document that was written several times has its last
    /// change only. All changes of one commit are on one page.
    pub changes: Vec<Change>,
    /// Every change up to this revision is known now. The next page begins after it.
    pub until: Revision,
    /// Whether later changes are known to exist.
    pub has_more: bool,
}

/// The last change of a document.
#[derive(Clone)]
#[non_exhaustive]
pub struct Change {
    /// The document.
    pub key: DocumentKey,
    /// The commit that wrote or deleted it.
    pub revision: Revision,
    /// The body without secrets; none if the document was deleted. `Debug` leaves it out.
    pub body: Option<Value>,
    /// Why the body cannot be read; it is null then.
    pub damage: Option<String>,
}

/// What a store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreStatus {
    /// The last commit.
    pub revision: Revision,
    /// Changes up to this revision can no longer be read one by one.
    pub compacted: Revision,
    /// The number of documents.
    pub documents: u64,
    /// The number of journal entries.
    pub entries: u64,
    /// About how many bytes it takes; none if the store cannot tell.
    pub bytes: Option<u64>,
}

impl Listing {
    /// The documents of a kind, from the first on.
    pub fn of(collection: Collection, limit: usize) -> Self {
        Self { collection, prefix: String::new(), after: None, limit }
    }

    /// Only ids with this prefix.
    pub fn below(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// Only ids after this one.
    pub fn after(self, id: impl Into<String>) -> Self {
        Self { after: Some(id.into()), ..self }
    }
}

impl ListedDocument {
    /// A document as a store lists it.
    #[must_use]
    pub fn new(id: String, revision: Revision, body: Value) -> Self {
        Self { id, revision, body, damage: None }
    }

    /// A document whose body cannot be read, with the reason.
    #[must_use]
    pub fn damaged(id: String, revision: Revision, damage: impl fmt::Display) -> Self {
        Self { id, revision, body: Value::Null, damage: Some(damage.to_string()) }
    }
}

impl HeldDocument {
    /// A document as a store holds it.
    #[must_use]
    pub fn new(id: String, revision: Revision, body: HeldBody) -> Self {
        Self { id, revision, body }
    }
}

impl From<ListedDocument> for HeldDocument {
    fn from(document: ListedDocument) -> Self {
        let body = match document.damage {
            Some(damage) => HeldBody::Damaged(damage),
            None => HeldBody::Value(document.body),
        };
        Self { id: document.id, revision: document.revision, body }
    }
}

impl From<HeldDocument> for ListedDocument {
    fn from(HeldDocument { id, revision, body }: HeldDocument) -> Self {
        match body {
            HeldBody::Text(text) => match serde_json::from_slice(&text) {
                Ok(body) => Self::new(id, revision, body),
                Err(damage) => Self::damaged(id, revision, damage),
            },
            HeldBody::Value(body) => Self::new(id, revision, body),
            HeldBody::Damaged(damage) => Self::damaged(id, revision, damage),
        }
    }
}

impl Changes {
    /// A page of changes. `until` is the last revision that it covers.
    #[must_use]
    pub fn new(changes: Vec<Change>, until: Revision, has_more: bool) -> Self {
        Self { changes, until, has_more }
    }
}

impl Change {
    /// A change as a store reports it.
    #[must_use]
    pub fn new(key: DocumentKey, revision: Revision, body: Option<Value>) -> Self {
        Self { key, revision, body, damage: None }
    }

    /// A document whose body cannot be read, with the reason.
    #[must_use]
    pub fn damaged(key: DocumentKey, revision: Revision, damage: impl fmt::Display) -> Self {
        Self { key, revision, body: Some(Value::Null), damage: Some(damage.to_string()) }
    }
}

impl StoreStatus {
    /// A store after this commit, and how far its changes were compacted.
    #[must_use]
    pub fn new(revision: Revision, compacted: Revision) -> Self {
        Self { revision, compacted, documents: 0, entries: 0, bytes: None }
    }
}

impl fmt::Debug for ListedDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListedDocument")
            .field("id", &self.id)
            .field("revision", &self.revision)
            .field("damage", &self.damage)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for HeldDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldDocument")
            .field("id", &self.id)
            .field("revision", &self.revision)
            .field("body", &self.body)
            .finish()
    }
}

impl fmt::Debug for HeldBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text"),
            Self::Value(_) => f.write_str("Value"),
            Self::Damaged(damage) => f.debug_tuple("Damaged").field(damage).finish(),
        }
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("key", &self.key)
            .field("revision", &self.revision)
            .field("is_deleted", &self.body.is_none())
            .field("damage", &self.damage)
            .finish_non_exhaustive()
    }
}
