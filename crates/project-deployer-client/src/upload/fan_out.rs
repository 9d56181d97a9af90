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
/// Pieces are shared, so that what is in memory does not grow with the receivers: at most as many
/// pieces as one may be [ahead](FanOut::ahead), and the one that is being handed out. The slowest
/// receiver sets the pace. One whose call ends drops out, and the others go on; one that takes nothing
/// for [too long](FanOut::timeout_class) is dropped, since with equal deadlines it would take all others
/// along. Who has been handed all pieces is waited for: calls have deadlines of their own, as those to
/// nodes do.
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
    timeout_class: Duration,
}

/// A receiver that was dropped, because the others would have waited for it. It has not got the whole
/// archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "it took nothing of the archive for {} s while others waited; look at its load and network, then send it again",
    .0.as_secs_f32()
)]
pub struct TooSlow(pub Duration);

/// Four pieces ahead; 60 s for a piece.
impl Default for FanOut {
    fn default() -> Self {
        Self { ahead: 4, timeout_class: Duration::from_secs(60) }
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
    pub fn timeout_class(mut self, timeout_class: Duration) -> Self {
        self.timeout_class = timeout_class;
        self
    }

    /// Makes one call for each receiver, with an archive of its own, and waits for all. The answers
    /// are in the order of the receivers. An archive that cannot be read fails in every call.
    ///
    /// # Errors
    ///
    /// In the place of an answer: the receiver was too slow, and its call was given up.
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
            let share =
                Upload { file_name: archive.file_name.clone(), length: archive.length, bytes };
            let (sending, call) = abortable(call(receiver, share));
            outlets.push(Outlet { pieces, call });
            calls.push(sending.map(|ended| ended.map_err(|_| TooSlow(self.timeout_class))));
        }
        let mut reading = pin!(hand_out(archive.bytes, outlets, self.timeout_class).fuse());
        let mut calls = pin!(join_all(calls));
        poll_fn(|context| {
            // When all calls have ended nobody waits for the bytes any more.
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
    /// Itself, if the receiver goes on.
    async fn give(self, piece: io::Result<Bytes>, timeout_class: Duration) -> Option<Self> {
        match timeout(timeout_class, self.pieces.send(piece)).await {
            Ok(Ok(())) => Some(self),
            Ok(Err(_)) => None,
            Err(_) => {
                self.call.abort();
                None
            }
        }
    }
}

/// Reads as long as somebody takes.
async fn hand_out(mut bytes: ByteStream, mut outlets: Vec<Outlet>, timeout_class: Duration) {
    while let Some(piece) = bytes.next().await {
        let gifts = outlets.into_iter().map(|outlet| outlet.give(shared(&piece), timeout_class));
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
