//! A commit as the columns of one statement.

use tokio_postgres::types::Type;

use super::pool::Parameter;
use super::seals::{Check, Seals};
use crate::commit::{Commit, CommitId, Expected, Write};
use crate::document::{DocumentKey, Secrets};
use crate::error::StoreError;
use crate::journal::JournalStream;
use crate::lease::Lease;
use crate::stored::{is_possible, number};

/// The longest text of a body, in bytes. PostgreSQL takes no statement of a gigabyte.
const LONGEST_BODY: usize = 256 << 20;

/// What a write does, as `write_commits_5` knows it.
const CHECK: i32 = 0;
const PUT: i32 = 1;
const DELETE: i32 = 2;

/// A commit whose texts are written and whose secrets are sealed.
#[derive(Debug)]
pub(super) struct Sealed {
    pub(super) id: CommitId,
    pub(super) content: [u8; 16],
    pub(super) keys: Vec<DocumentKey>,
    pub(super) fence: Option<Lease>,
    /// About the length of the statement.
    pub(super) bytes: usize,
    pub(super) writes: Vec<SealedWrite>,
    removed: Vec<String>,
    pub(super) entries: Vec<(String, String)>,
}

/// A write whose secrets are sealed.
pub(super) struct SealedWrite {
    kind: i32,
    pub(super) expected: i64,
    pub(super) body: Option<String>,
    /// Kept, since the key of the store may change before the commit is written.
    secrets: Secrets,
    /// The same, sealed.
    values: Vec<Vec<u8>>,
}

impl Sealed {
    pub(super) fn new(commit: Commit, seals: &Seals) -> Result<Self, StoreError> {
        let (mut keys, mut writes) = (Vec::new(), Vec::new());
        let texts = commit.texts();
        let content = commit.content_of(&texts).to_bytes();
        for (write, body) in commit.writes.into_iter().zip(texts.bodies) {
            let expected = match write.expectation().1 {
                Expected::Any => -1,
                Expected::Absent => 0,
                // No document has revision 0.
                Expected::Revision(revision) if revision.0 == 0 => i64::MAX,
                Expected::Revision(revision) => number(revision.0),
            };
            let (key, kind, secrets) = match write {
                Write::Put { key, secrets, .. } => (key, PUT, secrets),
                Write::Delete { key, .. } => (key, DELETE, Secrets::new()),
                Write::Check { key, .. } => (key, CHECK, Secrets::new()),
            };
            body.iter().try_for_each(|body| check_length(&key, body))?;
            keys.push(key);
            writes.push(SealedWrite { kind, expected, body, secrets, values: Vec::new() });
        }
        let entry = |((stream, _), text): ((JournalStream, _), String)| {
            check_length(&stream, &text)?;
            Ok((stream.0, text))
        };
        let entries = commit.entries.into_iter().zip(texts.entries).map(entry);
        let entries = entries.collect::<Result<Vec<_>, StoreError>>()?;
        let bodies = writes.iter().filter_map(|write| write.body.as_ref());
        let bytes = bodies.chain(entries.iter().map(|(_, body)| body)).map(String::len).sum();
        let removed = commit.removed_journals.into_iter().map(|stream| stream.0).collect();
        let (id, fence) = (commit.id, commit.fence);
        let mut this = Self { id, content, keys, fence, bytes, writes, removed, entries };
        this.seal(seals, &seals.check())?;
        Ok(this)
    }

    /// Its documents, and whether it writes them.
    pub(super) fn documents(&self) -> impl Iterator<Item = (&DocumentKey, bool)> {
        self.keys.iter().zip(self.writes.iter().map(|write| write.kind != CHECK))
    }

    /// Whether it only puts and checks documents without secrets, and appends entries.
    pub(super) fn is_plain(&self) -> bool {
        let is_plain = |write: &SealedWrite| write.kind != DELETE && write.secrets.is_empty();
        self.removed.is_empty() && self.writes.iter().all(is_plain)
    }

    /// Seals all secrets with the key of `check`, also those that were sealed before.
    pub(super) fn seal(&mut self, seals: &Seals, check: &Check) -> Result<(), StoreError> {
        for (write, key) in self.writes.iter_mut().zip(&self.keys) {
            let seal = |(field, secret): (&String, _)| {
                seals.sealer.seal(check.as_deref(), key, field, secret)
            };
            write.values = write.secrets.iter().map(seal).collect::<Result<_, StoreError>>()?;
        }
        Ok(())
    }
}

fn check_length(what: &impl std::fmt::Display, text: &str) -> Result<(), StoreError> {
    if text.len() > LONGEST_BODY {
        let why = format!("{what} has {} bytes; at most {LONGEST_BODY} are possible", text.len());
        return Err(StoreError::Malformed(why));
    }
    Ok(())
}

/// The parameters of `write_commits_5`, in its order.
#[derive(Default)]
pub(super) struct Columns<'a> {
    ids: Vec<Vec<u8>>,
    contents: Vec<&'a [u8]>,
    bars: Vec<i64>,
    fences: Vec<Option<&'a str>>,
    tokens: Vec<i64>,
    write_ends: Vec<i32>,
    kinds: Vec<i32>,
    collections: Vec<&'a str>,
    keys: Vec<&'a str>,
    expected: Vec<i64>,
    bodies: Vec<Option<&'a str>>,
    secret_ends: Vec<i32>,
    fields: Vec<&'a str>,
    secrets: Vec<&'a [u8]>,
    removed_ends: Vec<i32>,
    removed: Vec<&'a str>,
    entry_ends: Vec<i32>,
    streams: Vec<&'a str>,
    entries: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    /// Adds a commit. `bars` is how often it was asked for without being there, as far as this call knows.
    pub(super) fn push(&mut self, commit: &'a Sealed, bars: i64) {
        self.ids.push(commit.id.to_bytes().to_vec());
        self.contents.push(&commit.content);
        self.bars.push(bars);
        let fence = commit.fence.as_ref();
        // No lease has a name that is not possible, and none the empty one.
        let name = |lease: &'a Lease| if is_possible(&lease.name) { &*lease.name } else { "" };
        self.fences.push(fence.map(name));
        self.tokens.push(fence.map_or(0, |lease| number(lease.token())));
        for (write, key) in commit.writes.iter().zip(&commit.keys) {
            self.kinds.push(write.kind);
            self.collections.push(key.collection.name());
            self.keys.push(&key.id);
            self.expected.push(write.expected);
            self.bodies.push(write.body.as_deref());
            self.fields.extend(write.secrets.keys().map(String::as_str));
            self.secrets.extend(write.values.iter().map(Vec::as_slice));
            self.secret_ends.push(end(&self.fields));
        }
        self.write_ends.push(end(&self.kinds));
        self.removed.extend(commit.removed.iter().map(String::as_str));
        self.removed_ends.push(end(&self.removed));
        for (stream, body) in &commit.entries {
            self.streams.push(stream);
            self.entries.push(body);
        }
        self.entry_ends.push(end(&self.streams));
    }

    pub(super) fn parameters(&self) -> [Parameter<'_>; 19] {
        [
            (&self.ids, Type::BYTEA_ARRAY),
            (&self.contents, Type::BYTEA_ARRAY),
            (&self.bars, Type::INT8_ARRAY),
            (&self.fences, Type::TEXT_ARRAY),
            (&self.tokens, Type::INT8_ARRAY),
            (&self.write_ends, Type::INT4_ARRAY),
            (&self.kinds, Type::INT4_ARRAY),
            (&self.collections, Type::TEXT_ARRAY),
            (&self.keys, Type::TEXT_ARRAY),
            (&self.expected, Type::INT8_ARRAY),
            (&self.bodies, Type::TEXT_ARRAY),
            (&self.secret_ends, Type::INT4_ARRAY),
            (&self.fields, Type::TEXT_ARRAY),
            (&self.secrets, Type::BYTEA_ARRAY),
            (&self.removed_ends, Type::INT4_ARRAY),
            (&self.removed, Type::TEXT_ARRAY),
            (&self.entry_ends, Type::INT4_ARRAY),
            (&self.streams, Type::TEXT_ARRAY),
            (&self.entries, Type::TEXT_ARRAY),
        ]
    }
}

/// The number of the last part so far.
fn end<T>(parts: &[T]) -> i32 {
    i32::try_from(parts.len()).unwrap_or(i32::MAX)
}

impl std::fmt::Debug for SealedWrite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealedWrite").field("kind", &self.kind).finish_non_exhaustive()
    }
}
