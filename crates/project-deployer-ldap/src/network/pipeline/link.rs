//! One connection with several searches on it. A task of its own writes the requests that wait, together, and
//! reads the answers.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncWriteExt as _, BufReader, ReadHalf, WriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::pending::{Answer, Pending};
use super::{Asked, request};
use crate::attribute::AttributeName;
use crate::directory::{DirectoryError, Scope};
use crate::dn::Dn;
use crate::filter::Filter;
use crate::network::Server;
use crate::network::budgets::LdapBudgets;
use crate::network::dial::{Stream, dial};
use crate::network::gate::{UNBIND, read_message};
use crate::network::message;

/// The size of the read buffer in bytes.
const READ: usize = 64 << 10;

/// The number of bytes that are accepted before the bind.
const BIND_BYTES: usize = 64 << 10;

/// How long the unbind may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// The last id of a message. The directory ends the connection before.
const LAST: u32 = 1 << 30;

/// A handle of the connection, which ends with its last handle.
#[derive(Clone)]
pub(super) struct Link {
    requests: mpsc::UnboundedSender<Request>,
    shared: Arc<Shared>,
}

struct Shared {
    pending: Pending,
    heard: Mutex<Instant>,
    shown: Mutex<Shown>,
}

/// The bases that the directory showed on a connection. The settings of several nodes may have a base each.
#[derive(Default)]
struct Shown(BTreeSet<Dn>);

impl Shown {
    /// How many bases are kept. A search for one entry has its name as base, and there may be many.
    const KEPT: usize = 256;

    fn has(&self, base: &Dn) -> bool {
        self.0.contains(base)
    }

    fn add(&mut self, base: &Dn) {
        if self.0.len() >= Self::KEPT {
            self.0.clear();
        }
        self.0.insert(base.clone());
    }
}

struct Request {
    operation: Vec<u8>,
    answer: oneshot::Sender<Answer>,
}

impl Link {
    /// Connects and binds. Without an error, a connection that judges every answer shows why it failed.
    pub(super) async fn open(server: &Server) -> Result<Self, Option<DirectoryError>> {
        let budgets = &server.budgets;
        let stream = dial(server, Instant::now() + budgets.connect).await.map_err(Some)?;
        let (reader, mut writer) = tokio::io::split(stream);
        let mut reader = BufReader::with_capacity(READ, reader);
        let bound = timeout(budgets.operation, bind(server, &mut reader, &mut writer)).await;
        if !matches!(bound, Ok(Some(()))) {
            return Err(None);
        }
        let shared = Arc::new(Shared {
            pending: Pending::default(),
            heard: Mutex::new(Instant::now()),
            shown: Mutex::default(),
        });
        let (requests, taken) = mpsc::unbounded_channel();
        let task = Task { shared: Arc::clone(&shared), budgets: budgets.clone() };
        tokio::spawn(task.run(reader, writer, taken));
        Ok(Self { requests, shared })
    }

    pub(super) fn is_open(&self) -> bool {
        !self.requests.is_closed()
    }

    /// How long nothing has arrived.
    pub(super) fn silence(&self) -> Duration {
        self.shared.heard.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// The entries of a plain answer. There are no people only if the base exists (D7).
    pub(super) async fn entries(&self, asked: Asked<'_>) -> Answer {
        let entries = self.send(asked).await?;
        if entries.is_empty() && !self.shows(asked.base) {
            let filter = Filter::Present(AttributeName::known("objectClass"));
            let attributes = [AttributeName::known("1.1")];
            let (filter, attributes) = (&filter, attributes.as_slice());
            let base = Asked { scope: Scope::Base, filter, attributes, ..asked };
            self.send(base).await.filter(|base| !base.is_empty())?;
            self.shared.shown.lock().unwrap_or_else(PoisonError::into_inner).add(asked.base);
        }
        Some(entries)
    }

    fn shows(&self, base: &Dn) -> bool {
        self.shared.shown.lock().unwrap_or_else(PoisonError::into_inner).has(base)
    }

    async fn send(&self, asked: Asked<'_>) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.requests.send(Request { operation: request::search(asked), answer }).ok()?;
        answered.await.ok().flatten()
    }
}

async fn bind(
    server: &Server,
    reader: &mut BufReader<ReadHalf<Box<dyn Stream>>>,
    writer: &mut WriteHalf<Box<dyn Stream>>,
) -> Option<()> {
    let (name, password) = server.bind.request();
    let mut request = Vec::new();
    request::put_message(&mut request, 1, &request::bind(name, password));
    writer.write_all(&request).await.ok()?;
    let allowance = AtomicUsize::new(BIND_BYTES);
    let answer = read_message(reader, BIND_BYTES, &allowance).await.ok()?;
    message::has_bound(answer.content()).ok()?.then_some(())
}

/// The task of a connection.
struct Task {
    shared: Arc<Shared>,
    budgets: LdapBudgets,
}

impl Task {
    async fn run(
        self,
        mut reader: BufReader<ReadHalf<Box<dyn Stream>>>,
        mut writer: WriteHalf<Box<dyn Stream>>,
        mut requests: mpsc::UnboundedReceiver<Request>,
    ) {
        let is_unused = tokio::select! {
            () = self.read(&mut reader) => false,
            is_unused = self.write(&mut writer, &mut requests) => is_unused,
        };
        requests.close();
        self.shared.pending.abandon();
        if is_unused {
            let farewell = async {
                writer.write_all(&UNBIND).await?;
                writer.shutdown().await
            };
            let _ = timeout(FAREWELL, farewell).await;
        }
    }

    /// Reads answers until the connection ends, or the directory sends something that nobody asked for.
    async fn read(&self, reader: &mut BufReader<ReadHalf<Box<dyn Stream>>>) {
        loop {
            let allowance = AtomicUsize::new(usize::MAX);
            let message = read_message(reader, self.budgets.message_bytes, &allowance).await;
            let Ok(message) = message else { return };
            *self.shared.heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            if self.shared.pending.take(message.content(), self.budgets.entries).is_err() {
                return;
            }
        }
    }

    /// Writes requests until nobody has the connection any more, which it returns, or until it breaks.
    async fn write(
        &self,
        writer: &mut WriteHalf<Box<dyn Stream>>,
        requests: &mut mpsc::UnboundedReceiver<Request>,
    ) -> bool {
        let (mut id, mut bytes) = (1, Vec::new());
        while let Some(first) = requests.recv().await {
            let mut next = Some(first);
            while let Some(Request { operation, answer }) = next {
                id += 1;
                self.shared.pending.add(id, answer);
                request::put_message(&mut bytes, id, &operation);
                next = requests.try_recv().ok();
            }
            // A directory that reads nothing is gone.
            let written = timeout(self.budgets.operation, writer.write_all(&bytes)).await;
            if !matches!(written, Ok(Ok(()))) || id > LAST {
                return false;
            }
            bytes.clear();
        }
        true
    }
}
