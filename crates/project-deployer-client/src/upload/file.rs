use std::fs::File;
use std::io::{self, Read as _};

use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::ByteStream;

/// Files are read in pieces of this size: small ones make an upload more than ten times as slow.
pub(crate) const PIECE: usize = 256 * 1024;

/// Pieces that are read before they are asked for, so that reading and sending do not wait for each
/// other.
const AHEAD: usize = 2;

/// Reads a file from its current position to its end, on a thread of its own. Reading starts with the
/// request for the first piece, and ends when the stream is dropped.
pub(crate) fn read_ahead(file: File) -> ByteStream {
    let reading = async move {
        let (pieces, read) = mpsc::channel(AHEAD);
        spawn_blocking(move || read_all(file, &pieces));
        stream::unfold(read, |mut read| async { read.recv().await.map(|piece| (piece, read)) })
    };
    stream::once(reading).flatten().boxed()
}

fn read_all(mut file: File, pieces: &mpsc::Sender<io::Result<Bytes>>) {
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        let read = file.by_ref().take(PIECE as u64).read_to_end(&mut piece);
        let is_last = !matches!(read, Ok(1..));
        if let Err(error) = read {
            // The receiver may be gone.
            let _ = pieces.blocking_send(Err(error));
        } else if !piece.is_empty() && pieces.blocking_send(Ok(piece.into())).is_err() {
            return;
        }
        if is_last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, Write as _};

    use super::*;

    #[tokio::test]
    async fn a_file_is_handed_on_whole_and_from_where_it_stands() {
        let all: Vec<u8> = (0..3 * PIECE + 7).map(|place| (place % 251) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&all).unwrap();
        file.seek(io::SeekFrom::Start(5)).unwrap();
        let read: Vec<Bytes> = read_ahead(file).map(|piece| piece.unwrap()).collect().await;
        assert_eq!(read.len(), 4);
        assert_eq!(read.concat(), all[5..]);
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_an_error_and_not_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut read = read_ahead(File::open(folder.path()).unwrap());
        assert!(read.next().await.unwrap().is_err());
        assert!(read.next().await.is_none());
    }
}
