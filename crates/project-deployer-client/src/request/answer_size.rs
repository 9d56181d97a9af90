/// How large a response may be. The connection to a server that sends or announces more is closed (R6). This
/// limits the bytes that are read, and not the memory: the parsed values may take several times as much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerSize {
    /// One document, or a single value. 16 MiB.
    Document,
    /// A list of objects that users create: projects, bundles, deployments, connections; the log of a code environment.
    /// 128 MiB.
    List,
    /// All users of a directory, and logs. One million users are about 330 MB. 512 MiB.
    Bulk,
}

impl AnswerSize {
    /// The limit in bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        const MIB: u64 = 1024 * 1024;
        match self {
            Self::Document => 16 * MIB,
            Self::List => 128 * MIB,
            Self::Bulk => 512 * MIB,
        }
    }
}
