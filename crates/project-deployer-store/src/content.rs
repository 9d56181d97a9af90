//! The digest of what a commit writes, by which a store recognises a commit that is sent again.

use sha2::{Digest as _, Sha256};

use crate::commit::{Commit, CommitId, Expected, Write};
use crate::error::StoreError;

/// What a commit writes, as a digest. A store keeps it beside the id: another commit under the same id is an
/// error, not a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentDigest([u8; 16]);

/// The bodies of a commit as texts: to write them takes longer than to hash them.
#[derive(Default)]
pub(crate) struct Texts {
    /// One for each write; none where it puts no document.
    pub(crate) bodies: Vec<Option<String>>,
    /// One for each entry.
    pub(crate) entries: Vec<String>,
}

impl Commit {
    /// The digest of everything but the id. It has the names of secrets, and not their values: a digest of a
    /// weak secret would reveal it.
    #[must_use]
    pub fn content(&self) -> ContentDigest {
        self.content_of(&self.texts())
    }

    pub(crate) fn texts(&self) -> Texts {
        let body = |write: &Write| match write {
            Write::Put { body, .. } => Some(body.to_string()),
            Write::Delete { .. } | Write::Check { .. } => None,
        };
        Texts {
            bodies: self.writes.iter().map(body).collect(),
            entries: self.entries.iter().map(|(_, entry)| entry.to_string()).collect(),
        }
    }

    /// The same digest, of a commit whose texts are written.
    pub(crate) fn content_of(&self, texts: &Texts) -> ContentDigest {
        let mut hash = Hash(Sha256::new());
        for (write, body) in self.writes.iter().zip(&texts.bodies) {
            hash.write(write, body.as_deref().unwrap_or_default());
        }
        for ((stream, _), entry) in self.entries.iter().zip(&texts.entries) {
            hash.kind(b'e').text(&stream.0).body(entry);
        }
        for stream in &self.removed_journals {
            hash.kind(b'r').text(&stream.0);
        }
        if let Some(lease) = &self.fence {
            hash.kind(b'f').text(&lease.name).number(lease.token());
        }
        let mut digest = [0; 16];
        digest.iter_mut().zip(hash.0.finalize()).for_each(|(kept, byte)| *kept = byte);
        ContentDigest(digest)
    }

    /// Refuses this commit if another one was written under its id. A store without a digest for the id, such as
    /// one that an earlier version wrote, takes it for the same.
    ///
    /// # Errors
    ///
    /// [`StoreError::Malformed`] with the id.
    pub fn same_as(&self, written: Option<&[u8]>) -> Result<(), StoreError> {
        match written {
            Some(written) if *written != self.content().0 => Err(self.id.has_another_content()),
            _ => Ok(()),
        }
    }
}

impl CommitId {
    /// Another commit has this id.
    pub(crate) fn has_another_content(self) -> StoreError {
        StoreError::Malformed(format!("commit {self} was written before with another content"))
    }
}

impl ContentDigest {
    /// The digest as a store writes it.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

/// Every part has a mark of its kind, and either its length before it or an end after it, so that no two contents
/// give the same bytes.
struct Hash(Sha256);

impl Hash {
    fn kind(&mut self, kind: u8) -> &mut Self {
        self.0.update([kind]);
        self
    }

    fn number(&mut self, number: u64) -> &mut Self {
        self.0.update(number.to_be_bytes());
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.number(text.len() as u64);
        self.0.update(text);
        self
    }

    /// JSON has no NUL outside of its texts, where it is escaped.
    fn body(&mut self, body: &str) -> &mut Self {
        self.0.update(body);
        self.kind(0)
    }

    fn write(&mut self, write: &Write, body: &str) {
        let (key, expected) = write.expectation();
        match write {
            Write::Put { .. } => self.kind(b'p'),
            Write::Delete { .. } => self.kind(b'd'),
            Write::Check { .. } => self.kind(b'c'),
        };
        self.text(key.collection.name()).text(&key.id);
        match expected {
            Expected::Absent => self.kind(b'0'),
            Expected::Any => self.kind(b'*'),
            Expected::Revision(revision) => self.kind(b'=').number(revision.0),
        };
        if let Write::Put { secrets, .. } = write {
            self.body(body).number(secrets.len() as u64);
            for field in secrets.keys() {
                self.text(field);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use serde_json::json;

    use super::*;
    use crate::document::{Collection, Revision, Secrets};
    use crate::journal::JournalStream;
    use crate::lease::Lease;

    const INFRAS: Collection = Collection::new("infras");

    #[test]
    fn every_part_of_a_commit_is_in_its_content() {
        let put = |id: &str, body| Commit::new().put(INFRAS.key(id), Expected::Any, body);
        let stream = |name: &str| JournalStream(name.to_owned());
        let secret = |name: &str| {
            let secrets = Secrets::from([(name.to_owned(), SecretString::from("canary"))]);
            Commit::new().put_sealed(INFRAS.key("a"), Expected::Any, json!(1), secrets)
        };
        let lease = |token| Lease::issue("l", "h", token);
        let contents = [
            Commit::new(),
            put("a", json!(1)),
            put("a", json!("1")),
            put("a", json!({"x": 1})),
            put("b", json!(1)),
            Commit::new().put(Collection::new("infr").key("asa"), Expected::Any, json!(1)),
            Commit::new().put(INFRAS.key("a"), Expected::Absent, json!(1)),
            Commit::new().put(INFRAS.key("a"), Expected::Revision(Revision(1)), json!(1)),
            Commit::new().delete(INFRAS.key("a"), Expected::Any),
            Commit::new().check(INFRAS.key("a"), Expected::Any),
            put("a", json!(1)).delete(INFRAS.key("b"), Expected::Any),
            Commit::new().delete(INFRAS.key("b"), Expected::Any).put(
                INFRAS.key("a"),
                Expected::Any,
                json!(1),
            ),
            secret("key"),
            secret("other"),
            Commit::new().append(stream("j"), json!(1)),
            Commit::new().append(stream("j"), json!(1)).append(stream("j"), json!(1)),
            Commit::new().append(stream("k"), json!(1)),
            Commit::new().remove_journal(stream("j")),
            Commit::new().fenced_by(&lease(1)),
            Commit::new().fenced_by(&lease(2)),
        ];
        for (number, one) in contents.iter().enumerate() {
            assert_eq!(one.content(), one.clone().content());
            for (other_number, other) in contents.iter().enumerate() {
                let is_same = one.content() == other.content();
                assert_eq!(is_same, number == other_number, "{number} {other_number}");
            }
        }
    }

    #[test]
    fn ids_are_new_each_time() {
        let ids: std::collections::HashSet<_> = (0..1000).map(|_| Commit::new().id).collect();
        assert_eq!(ids.len(), 1000);
    }
}
