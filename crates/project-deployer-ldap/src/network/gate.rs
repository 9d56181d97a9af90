//! The gate between a directory and this client. It passes only complete, checked messages within the
//! limits, and records why a connection ended.
//!
//! Results go to the LDAP library. The parts of an answer, of which there may be a million, go to the
//! caller of the search in batches: waking a task for each part takes longer than reading it.

use std::convert::Infallible;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ldap3::StdStream;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::ber::{Elements, Length, Malformed, tag, unsigned};
use super::inner::{Inner, inner_pair};
use super::message::{self, Expected, Message};

/// An unbind request, with an id that no other request has (RFC 4511, 4.3).
pub(super) const UNBIND: [u8; 10] = [0x30, 0x08, 0x02, 0x04, 0x7f, 0xff, 0xff, 0xff, 0x42, 0x00];

/// How long the unbind may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// The size of the read buffer in bytes.
const READ: usize = 64 << 10;

/// The largest batch, and the longest time that a part waits for a batch to fill.
const BATCH: usize = 64;
const HOLD: Duration = Duration::from_millis(10);

/// How many batches may wait for the caller of the search. With more, the directory has to wait.
const QUEUE: usize = 4;

/// Parts of an answer, in order.
pub(super) type Batch = Vec<RawMessage>;

/// Why a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    /// The connection was closed or broke, or the directory sent a notice of disconnection.
    Lost(String),
    /// The directory sent a malformed message.
    Malformed(String),
    /// The answer exceeds a limit of a search.
    TooMuch(String),
}

/// The handle of a connection to its gate. The gate closes when the handle is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    ending: Arc<OnceLock<Ending>>,
    allowance: Arc<AtomicUsize>,
    _open: oneshot::Sender<Infallible>,
}

impl Watch {
    /// Why the connection ended; none while it is open.
    pub(super) fn ending(&self) -> Option<&Ending> {
        self.ending.get()
    }

    /// How many more bytes are accepted.
    pub(super) fn allow(&self, bytes: usize) {
        self.allowance.store(bytes, Ordering::Relaxed);
    }
}

/// Starts a gate on the stream. It returns the end for the LDAP library, and the receiver for the parts of
/// answers.
pub(super) async fn guard(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    message_limit: usize,
    allowance: usize,
) -> io::Result<(StdStream, mpsc::Receiver<Batch>, Watch)> {
    let (inner, library) = inner_pair().await?;
    let (open, closed) = oneshot::channel();
    let ending = Arc::new(OnceLock::new());
    let allowance = Arc::new(AtomicUsize::new(allowance));
    let (parts, taken) = mpsc::channel(QUEUE);
    let gate = Gate {
        message_limit,
        allowance: Arc::clone(&allowance),
        expected: Expected::BIND,
        batch: Batch::new(),
        since: Instant::now(),
        parts,
    };
    tokio::spawn(gate.run(stream, inner, closed, Arc::clone(&ending)));
    Ok((library, taken, Watch { ending, allowance, _open: open }))
}

struct Gate {
    message_limit: usize,
    allowance: Arc<AtomicUsize>,
    expected: Expected,
    /// The parts that wait for delivery.
    batch: Batch,
    /// When the first of them arrived.
    since: Instant,
    parts: mpsc::Sender<Batch>,
}

impl Gate {
    async fn run(
        mut self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin,
        inner: Inner,
        closed: oneshot::Receiver<Infallible>,
        ending: Arc<OnceLock<Ending>>,
    ) {
        let (from_directory, mut to_directory) = tokio::io::split(stream);
        let (mut from_library, mut to_library) = inner.into_split();
        let mut from_directory = BufReader::with_capacity(READ, from_directory);
        let end = tokio::select! {
            end = self.inward(&mut from_directory, &mut to_library) => Some(end),
            sent = tokio::io::copy(&mut from_library, &mut to_directory) => {
                sent.err().map(|error| lost(&error))
            }
            _ = closed => None,
        };
        let polite = end.is_none();
        // Before the library can see that its end is closed.
        let _ = ending.set(end.unwrap_or_else(|| Ending::Lost("this client closed it".to_owned())));
        drop((from_library, to_library));
        if polite {
            let farewell = async {
                to_directory.write_all(&UNBIND).await?;
                to_directory.shutdown().await
            };
            let _ = tokio::time::timeout(FAREWELL, farewell).await;
        }
    }

    /// Reads messages until the connection ends. All parts before the end are delivered.
    async fn inward<R: AsyncRead + Unpin>(
        &mut self,
        from: &mut BufReader<R>,
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Ending {
        loop {
            if let Err(ending) = self.pass_one(from, to).await {
                self.deliver().await;
                return ending;
            }
        }
    }

    async fn pass_one<R: AsyncRead + Unpin>(
        &mut self,
        from: &mut BufReader<R>,
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Result<(), Ending> {
        let message = read_message(from, self.message_limit, &self.allowance).await?;
        match message::read(message.content(), self.expected)? {
            Message::Part => self.keep(message, from).await,
            Message::Result(next) => {
                self.expected = next;
                self.deliver().await;
                to.write_all(&message.bytes).await.map_err(|error| lost(&error))?;
            }
            Message::Farewell(what) => return Err(Ending::Lost(what)),
        }
        Ok(())
    }

    /// Keeps a part until the batch is full or no further data is there.
    async fn keep<R: AsyncRead + Unpin>(&mut self, part: RawMessage, from: &mut BufReader<R>) {
        if self.batch.is_empty() {
            self.since = Instant::now();
        }
        self.batch.push(part);
        if self.batch.len() >= BATCH {
            return self.deliver().await;
        }
        if matches!(Elements(from.buffer()).take(), Ok(Some(_))) {
            return;
        }
        // The next read returns the same error again.
        if timeout_at(self.since + HOLD, from.fill_buf()).await.is_err()
            || self.since.elapsed() >= HOLD
        {
            self.deliver().await;
        }
    }

    /// Sends the batch. A receiver that is gone has closed the gate.
    async fn deliver(&mut self) {
        if !self.batch.is_empty() {
            let _ = self.parts.send(std::mem::take(&mut self.batch)).await;
        }
    }
}

/// One message with its header.
#[derive(Debug)]
pub(super) struct RawMessage {
    bytes: Vec<u8>,
    header: usize,
}

impl RawMessage {
    pub(super) fn content(&self) -> &[u8] {
        self.bytes.get(self.header..).unwrap_or_default()
    }
}

/// Reads exactly one message. Memory grows with the bytes that have arrived, not with the announced length.
pub(super) async fn read_message(
    from: &mut (impl AsyncRead + Unpin),
    limit: usize,
    allowance: &AtomicUsize,
) -> Result<RawMessage, Ending> {
    let mut bytes = vec![0; 2];
    from.read_exact(&mut bytes).await.map_err(|error| lost(&error))?;
    let [first, second] = *bytes.as_slice() else {
        return Err(Malformed("no message").into());
    };
    if first != tag::SEQUENCE {
        return Err(Malformed("bytes that are not an LDAP message").into());
    }
    let length = match Length::of(second)? {
        Length::Short(length) => length,
        Length::Long(count) => {
            let mut long = [0; 4];
            let long = long.get_mut(..count).unwrap_or_default();
            from.read_exact(long).await.map_err(|error| lost(&error))?;
            bytes.extend_from_slice(long);
            unsigned(long)
        }
    };
    if length > limit {
        return Err(Ending::TooMuch(format!("{limit} bytes in one entry")));
    }
    let header = bytes.len();
    let left = allowance.load(Ordering::Relaxed).checked_sub(length + header);
    let left = left.ok_or_else(|| Ending::TooMuch("the bytes of one answer".to_owned()))?;
    allowance.store(left, Ordering::Relaxed);
    let wanted = u64::try_from(length).unwrap_or(u64::MAX);
    let read = from.take(wanted).read_to_end(&mut bytes).await.map_err(|error| lost(&error))?;
    if read < length {
        return Err(Ending::Lost("the connection ended within a message".to_owned()));
    }
    Ok(RawMessage { bytes, header })
}

impl From<Malformed> for Ending {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Malformed(what.to_owned())
    }
}

fn lost(error: &io::Error) -> Ending {
    let what = match error.kind() {
        io::ErrorKind::UnexpectedEof => "the directory closed the connection".to_owned(),
        _ => format!("the connection broke: {error}"),
    };
    Ending::Lost(what)
}
