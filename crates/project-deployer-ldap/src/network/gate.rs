//! The gate between a directory and this side: messages come through whole, checked and within limits;
//! and it remembers why a connection ended.
//!
//! Results go to the LDAP library. The parts of an answer, of which there may be a million, go to whoever
//! asked, many at a time: to wake a task for each one takes longer than to read it.

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

/// A request to end the connection, with an id that no other request has (RFC 4511, 4.3).
const UNBIND: [u8; 10] = [0x30, 0x08, 0x02, 0x04, 0x7f, 0xff, 0xff, 0xff, 0x42, 0x00];

/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// How many bytes are read at a time.
const READ: usize = 64 << 10;

/// How many parts wait for each other, and for how long.
const BATCH: usize = 64;
const HOLD: Duration = Duration::from_millis(10);

/// How many batches may wait for whoever asked. The directory waits once there are more.
const QUEUE: usize = 4;

/// Parts of an answer, in order.
pub(super) type Batch = Vec<RawMessage>;

/// Why a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    /// It was closed or broke, or the directory said goodbye.
    Lost(String),
    /// The directory sent what cannot be read.
    Malformed(String),
    /// The answer goes beyond what one search may take.
    TooMuch(String),
}

/// What the owner of a connection holds of its gate. The gate closes when this is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    ending: Arc<OnceLock<Ending>>,
    allowance: Arc<AtomicUsize>,
    _open: oneshot::Sender<Infallible>,
}

impl Watch {
    /// Why the connection ended; none while it stands.
    pub(super) fn ending(&self) -> Option<&Ending> {
        self.ending.get()
    }

    /// How many bytes may come from now on.
    pub(super) fn allow(&self, bytes: usize) {
        self.allowance.store(bytes, Ordering::Relaxed);
    }
}

/// Puts a gate before the stream. The other end of it is for the LDAP library, but for the parts of
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
    tokio::spawn(gate.stand(stream, inner, closed, Arc::clone(&ending)));
    Ok((library, taken, Watch { ending, allowance, _open: open }))
}

struct Gate {
    message_limit: usize,
    allowance: Arc<AtomicUsize>,
    expected: Expected,
    /// What waits to be handed over.
    batch: Batch,
    /// When the first of it came.
    since: Instant,
    parts: mpsc::Sender<Batch>,
}

impl Gate {
    async fn stand(
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
        let _ = ending.set(end.unwrap_or_else(|| Ending::Lost("it was closed here".to_owned())));
        drop((from_library, to_library));
        if polite {
            let farewell = async {
                to_directory.write_all(&UNBIND).await?;
                to_directory.shutdown().await
            };
            let _ = tokio::time::timeout(FAREWELL, farewell).await;
        }
    }

    /// Whoever asked gets every part that came before an end.
    async fn inward<R: AsyncRead + Unpin>(
        &mut self,
        from: &mut BufReader<R>,
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Ending {
        loop {
            if let Err(ending) = self.pass_one(from, to).await {
                self.hand_over().await;
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
                self.hand_over().await;
                to.write_all(&message.bytes).await.map_err(|error| lost(&error))?;
            }
            Message::Farewell(what) => return Err(Ending::Lost(what)),
        }
        Ok(())
    }

    /// Keeps a part until there are many, or until nothing more comes for a moment.
    async fn keep<R: AsyncRead + Unpin>(&mut self, part: RawMessage, from: &mut BufReader<R>) {
        if self.batch.is_empty() {
            self.since = Instant::now();
        }
        self.batch.push(part);
        if self.batch.len() >= BATCH {
            return self.hand_over().await;
        }
        if matches!(Elements(from.buffer()).take(), Ok(Some(_))) {
            return;
        }
        // An error comes again when the next message is read.
        if timeout_at(self.since + HOLD, from.fill_buf()).await.is_err()
            || self.since.elapsed() >= HOLD
        {
            self.hand_over().await;
        }
    }

    /// Whoever does not take it has closed the gate.
    async fn hand_over(&mut self) {
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

/// Reads one message and not a byte more. Memory grows with what has come, not with what is announced.
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
        return Err(Malformed("something that is no LDAP message").into());
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
        return Err(Ending::Lost("it ended within a message".to_owned()));
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
