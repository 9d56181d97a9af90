use std::time::Duration;

use project_deployer_core::setters;

/// The limits of a search. A search beyond a limit ends with an error or a partial answer, never with a
/// shorter list that looks complete.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct LdapBudgets {
    /// Time to connect, TLS included. 10 s.
    pub connect: Duration,
    /// Time to answer a bind, or to send the next complete message of an answer. 30 s.
    pub operation: Duration,
    /// Idle time after which a connection is not used again. 30 s.
    pub idle: Duration,
    /// Time for a search with all pages, including its repetition on a new connection. 5 min.
    pub search: Duration,
    /// Entries of one answer. 1,000,000.
    pub entries: usize,
    /// Bytes of all messages of one answer. 1 GiB.
    pub bytes: usize,
    /// Bytes of one message, and so of one entry. 64 MiB.
    pub message_bytes: usize,
    /// Entries of a page; a directory may send fewer. 500.
    pub page: u16,
}

impl Default for LdapBudgets {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            operation: Duration::from_secs(30),
            idle: Duration::from_secs(30),
            search: Duration::from_secs(300),
            entries: 1_000_000,
            bytes: 1 << 30,
            message_bytes: 64 << 20,
            page: 500,
        }
    }
}

setters!(LdapBudgets {
    connect(connect: Duration),
    operation(operation: Duration),
    idle(idle: Duration),
    search(search: Duration),
    entries(entries: usize),
});

impl LdapBudgets {
    /// Sets the number of bytes of one answer, and of one message of it.
    pub fn bytes(mut self, answer: usize, message: usize) -> Self {
        self.bytes = answer;
        self.message_bytes = message;
        self
    }

    /// Sets the number of entries of a page; at least one.
    pub fn page(mut self, entries: u16) -> Self {
        self.page = entries.max(1);
        self
    }
}
