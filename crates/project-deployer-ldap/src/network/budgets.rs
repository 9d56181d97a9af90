use std::time::Duration;

/// How much a search may take. What goes beyond is an error or an answer that says that it is not
/// whole, never a shorter list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct LdapBudgets {
    /// Until the connection stands, TLS included. 10 s.
    pub connect: Duration,
    /// Until the directory has answered a bind, or sent the next whole message of an answer. 30 s.
    pub operation: Duration,
    /// A connection that was not used for so long is not used again. 30 s.
    pub idle: Duration,
    /// A whole search with all its pages, and its repetition on a new connection. 5 min.
    pub search: Duration,
    /// Entries of one answer. 1,000,000.
    pub entries: usize,
    /// Bytes of all messages of one answer. 1 GiB.
    pub bytes: usize,
    /// Bytes of one message, and so of one entry. 64 MiB.
    pub message_bytes: usize,
    /// Entries to ask for at a time; a directory may send fewer. 500.
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

impl LdapBudgets {
    /// Another time until the connection stands.
    pub fn connect(mut self, time: Duration) -> Self {
        self.connect = time;
        self
    }

    /// Another time until the next message.
    pub fn operation(mut self, time: Duration) -> Self {
        self.operation = time;
        self
    }

    /// Another time for which a connection is kept.
    pub fn idle(mut self, time: Duration) -> Self {
        self.idle = time;
        self
    }

    /// Another time for a whole search.
    pub fn search(mut self, time: Duration) -> Self {
        self.search = time;
        self
    }

    /// Another number of entries of one answer.
    pub fn entries(mut self, entries: usize) -> Self {
        self.entries = entries;
        self
    }

    /// Other numbers of bytes: of one answer, and of one message of it.
    pub fn bytes(mut self, answer: usize, message: usize) -> Self {
        self.bytes = answer;
        self.message_bytes = message;
        self
    }

    /// Another number of entries at a time; at least one.
    pub fn page(mut self, entries: u16) -> Self {
        self.page = entries.max(1);
        self
    }
}
