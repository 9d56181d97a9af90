use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{AbortHandle, abortable, join_all};
use futures::{FutureExt as _, StreamExt as _, stream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{ByteStream, Upload};

/// Sends one archive to several receivers at the same time, and reads it once.
///
/// - Receivers share the pieces, so the memory use does not grow with their number. It is the pieces that a
///   receiver may be [ahead](FanOut::ahead), and the piece that is being sent.
/// - The slowest receiver sets the pace.
/// - When the call of a receiver ends, the others continue.
/// - A receiver that takes nothing for [too long](FanOut::stall_limit) is dropped. With equal deadlines it
///   would otherwise make all others fail.
/// - A receiver that has all pieces is waited for: its call needs a deadline of its own, as calls to nodes
///   have.
///
/// ```
/// use project_deployer_client::{FanOut, Upload};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let archive = Upload::from_bytes("v1.zip", "PK and more");
/// let received = FanOut::default()
///     .send(archive, ["auto-1", "auto-2"], |node, archive| async move {
///         (node, archive.collect().await.map(|bytes| bytes.len()).ok())
///     })
///     .await;
/// assert_eq!(received, [Ok(("auto-1", Some(11))), Ok(("auto-2", Some(11)))]);
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FanOut {
    ahead: usize,
    stall_limit: Duration,
}

/// A receiver was dropped, since the others were waiting for it. It has not got the whole archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the receiver accepted no data for {} s while others waited; check its load and network, then send the archive again",
    .0.as_secs_f32()
)]
pub struct TooSlow(pub Duration);

/// Four pieces ahead; 60 s for a piece.
impl Default for FanOut {
    fn default() -> Self {
        Self { ahead: 4, stall_limit: Duration::from_secs(60) }
    }
}

impl FanOut {
    /// How many pieces a receiver may be ahead of the slowest one; one at least.
    #[must_use]
    pub fn ahead(mut self, pieces: usize) -> Self {
        self.ahead = pieces.max(1);
        self
    }

    /// How long the others wait for a receiver that takes nothing.
    #[must_use]
    pub fn stall_limit(mut self, stall_limit: Duration) -> Self {
        self.stall_limit = stall_limit;
        self
    }

    /// Makes one call for each receiver, with an archive of its own, and waits for all. The results are
    /// in the order of the receivers. An archive that cannot be read fails in every call.
    ///
    /// # Errors
    ///
    /// Instead of the result of a call: the receiver was too slow, and its call was cancelled.
    pub async fn send<R, F: Future>(
        self,
        archive: Upload,
        receivers: impl IntoIterator<Item = R>,
        mut call: impl FnMut(R, Upload) -> F,
    ) -> Vec<Result<F::Output, TooSlow>> {
        let (mut outlets, mut calls) = (Vec::new(), Vec::new());
        for receiver in receivers {
            let (pieces, taken) = mpsc::channel(self.ahead);
            let bytes = streaming(taken);
            let share = Upload::new(archive.file_name.clone(), archive.length, bytes);
            let (sending, call) = abortable(call(receiver, share));
            outlets.push(Outlet { pieces, call });
            calls.push(sending.map(|ended| ended.map_err(|_| TooSlow(self.stall_limit))));
        }
        let mut reading = pin!(hand_out(archive.bytes, outlets, self.stall_limit).fuse());
        let mut calls = pin!(join_all(calls));
        poll_fn(|context| {
            // When all calls have ended, no receiver waits for the bytes any more.
            let _ = reading.as_mut().poll(context);
            calls.as_mut().poll(context)
        })
        .await
    }
}

/// The way to one receiver.
struct Outlet {
    pieces: mpsc::Sender<io::Result<Bytes>>,
    call: AbortHandle,
}

impl Outlet {
    /// Itself, if the receiver continues.
    async fn give(self, piece: io::Result<Bytes>, stall_limit: Duration) -> Option<Self> {
        match timeout(stall_limit, self.pieces.send(piece)).await {
            Ok(Ok(())) => Some(self),
            Ok(Err(_)) => None,
            Err(_) => {
                self.call.abort();
                None
            }
        }
    }
}

/// Reads as long as a receiver is left.
async fn hand_out(mut bytes: ByteStream, mut outlets: Vec<Outlet>, stall_limit: Duration) {
    while let Some(piece) = bytes.next().await {
        let gifts = outlets.into_iter().map(|outlet| outlet.give(shared(&piece), stall_limit));
        outlets = join_all(gifts).await.into_iter().flatten().collect();
        if outlets.is_empty() || piece.is_err() {
            return;
        }
    }
}

fn shared(piece: &io::Result<Bytes>) -> io::Result<Bytes> {
    match piece {
        Ok(piece) => Ok(piece.clone()),
        Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
    }
}

fn streaming(mut pieces: mpsc::Receiver<io::Result<Bytes>>) -> ByteStream {
    stream::poll_fn(move |context| pieces.poll_recv(context)).boxed()
}
