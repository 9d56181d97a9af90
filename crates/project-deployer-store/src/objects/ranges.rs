//! The bytes of a large object over the network, in ranges: several are under way at a time, since one connection is seldom
//! as fast as the network.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use object_store::path::Path as ObjectPath;
use object_store::{GetOptions, GetRange, ObjectStore};

use super::PART;
use super::fault::Faults;
use crate::archive::ByteStream;

/// How many ranges are under way at a time, or wait to be read. All of them are in memory.
const AT_ONCE: usize = 3;

/// The rest of an object, from a place on. Its bytes stay the same while it is there: objects are named by their digest.
pub(super) fn stream(
    objects: Arc<dyn ObjectStore>,
    path: ObjectPath,
    rest: Range<u64>,
    faults: Faults,
    action: String,
) -> ByteStream {
    let end = rest.end;
    let begins = (0..).map(move |number| rest.start + number * PART);
    let ranges = begins.take_while(move |begin| *begin < end);
    let ranges = ranges.map(move |begin| begin..end.min(begin + PART));
    let pieces = stream::iter(ranges).map(move |range| {
        let (objects, path) = (Arc::clone(&objects), path.clone());
        let reading = tokio::spawn(async move { read(&*objects, &path, range).await });
        AbortOnDrop(reading)
    });
    let pieces = pieces.map(|mut reading| async move {
        let read = (&mut reading.0).await;
        read.unwrap_or_else(|source| Err(object_store::Error::JoinError { source }))
    });
    pieces
        .buffered(AT_ONCE)
        .map_ok(|pieces| stream::iter(pieces.into_iter().map(Ok)))
        .try_flatten()
        .map_err(move |error| faults.of(&action, error).into())
        .boxed()
}

/// A reader that goes away reads no further.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The pieces of a range as they came.
async fn read(
    objects: &dyn ObjectStore,
    path: &ObjectPath,
    range: Range<u64>,
) -> object_store::Result<Vec<Bytes>> {
    let range = Some(GetRange::Bounded(range));
    let options = GetOptions { range, ..GetOptions::default() };
    objects.get_opts(path, options).await?.into_stream().try_collect().await
}
