//! The bytes of a file. Object stores read 8 KiB at a time, each on another thread.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use futures::stream::{self, StreamExt as _};
use tokio::task::spawn_blocking;

use crate::archive::ByteStream;

/// The size of a piece.
const PIECE: usize = 1 << 20;

/// A part of a file. A file that became shorter ends early.
pub(crate) fn stream(mut file: File, range: Range<u64>) -> ByteStream {
    let begin = async move {
        let opened = spawn_blocking(move || file.seek(SeekFrom::Start(range.start)).map(|_| file));
        let file = opened.await.unwrap_or_else(|error| Err(io::Error::other(error)))?;
        let missing = range.end.saturating_sub(range.start);
        Ok::<_, io::Error>(stream::try_unfold((file, missing), next))
    };
    stream::once(begin).flat_map(flattened).boxed()
}

fn flattened(
    opened: io::Result<impl stream::Stream<Item = io::Result<Bytes>> + Send + 'static>,
) -> ByteStream {
    match opened {
        Ok(pieces) => pieces.boxed(),
        Err(error) => stream::once(async { Err(error) }).boxed(),
    }
}

async fn next((mut file, missing): (File, u64)) -> io::Result<Option<(Bytes, (File, u64))>> {
    let size = usize::try_from(missing).unwrap_or(PIECE).min(PIECE);
    let reading = spawn_blocking(move || {
        let mut piece = BytesMut::zeroed(size);
        let read = file.read(&mut piece)?;
        piece.truncate(read);
        Ok((file, piece.freeze()))
    });
    let (file, piece) = reading.await.unwrap_or_else(|error| Err(io::Error::other(error)))?;
    let left = missing - piece.len() as u64;
    Ok((!piece.is_empty()).then_some((piece, (file, left))))
}
