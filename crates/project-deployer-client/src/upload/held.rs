//! Counts the pieces of an archive that are in use: for tests of the memory use.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures::StreamExt as _;

use super::Upload;

#[derive(Debug, Default)]
struct Counts {
    now: AtomicUsize,
    most: AtomicUsize,
    read: AtomicUsize,
}

/// What is held of an archive.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held(Arc<Counts>);

struct Piece(Bytes, Held);

impl Held {
    /// The archive, with every piece counted from its reading until the last one who has it drops it.
    pub(crate) fn count(&self, archive: Upload) -> Upload {
        let held = self.clone();
        let counted = archive.bytes.map(move |piece| Ok(held.piece(piece?)));
        Upload { bytes: counted.boxed(), ..archive }
    }

    fn piece(&self, piece: Bytes) -> Bytes {
        let Counts { now, most, read } = &*self.0;
        read.fetch_add(piece.len(), Ordering::SeqCst);
        let holding = now.fetch_add(piece.len(), Ordering::SeqCst) + piece.len();
        most.fetch_max(holding, Ordering::SeqCst);
        Bytes::from_owner(Piece(piece, self.clone()))
    }

    /// The most bytes that were held at once.
    pub(crate) fn most(&self) -> usize {
        self.0.most.load(Ordering::SeqCst)
    }

    /// How many bytes were read.
    pub(crate) fn read(&self) -> usize {
        self.0.read.load(Ordering::SeqCst)
    }
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.1.0.now.fetch_sub(self.0.len(), Ordering::SeqCst);
    }
}
