//! Checksums of what SQLite holds as text, since a changed character may still be valid JSON.

use sha2::{Digest as _, Sha256};

/// The checksum of a document in its place.
pub(super) fn of_document(collection: &str, id: &str, revision: i64, body: &[u8]) -> i64 {
    of(&[b"document", collection.as_bytes(), id.as_bytes(), &revision.to_be_bytes(), body])
}

/// The checksum of an entry in its journal.
pub(super) fn of_entry(stream: &str, body: &[u8]) -> i64 {
    of(&[b"entry", stream.as_bytes(), body])
}

/// The first 64 bits of a digest of the parts with their lengths.
fn of(parts: &[&[u8]]) -> i64 {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let digest: [u8; 32] = digest.finalize().into();
    let (first, _) = digest.split_at(8);
    first.iter().fold(0_i64, |number, byte| number << 8 | i64::from(*byte))
}
