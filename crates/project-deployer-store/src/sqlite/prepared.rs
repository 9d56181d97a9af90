//! What a commit needs before the writer takes it: the writer of a file is one thread, and callers are many.

use super::checksum;
use crate::commit::Commit;
use crate::content::Texts;
use crate::error::StoreError;

/// A commit whose texts and digests are made.
pub(super) struct Prepared {
    pub(super) commit: Commit,
    pub(super) texts: Texts,
    pub(super) content: [u8; 16],
    /// One for each entry.
    pub(super) checksums: Vec<i64>,
}

impl Prepared {
    pub(super) fn new(commit: Commit) -> Self {
        let texts = commit.texts();
        let content = commit.content_of(&texts).to_bytes();
        let streams = commit.entries.iter().map(|(stream, _)| &stream.0);
        let entries = streams.zip(&texts.entries);
        let checksums =
            entries.map(|(stream, text)| checksum::of_entry(stream, text.as_bytes())).collect();
        Self { commit, texts, content, checksums }
    }

    /// Refuses this commit if another one was written under its id; see [`Commit::same_as`].
    pub(super) fn same_as(&self, written: Option<&[u8]>) -> Result<(), StoreError> {
        match written {
            Some(written) if written != self.content => Err(self.commit.id.has_another_content()),
            _ => Ok(()),
        }
    }
}
