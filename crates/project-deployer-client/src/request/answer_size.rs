/// How large an answer may be. What is larger is not read on: a server that answers without end, or
/// promises to, is left (R6). It bounds the bytes that are read and not the memory: what they are read
/// into may take several times as much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerSize {
    /// One document, or a word. 16 MiB.
    Document,
    /// A list of things that people make: projects, bundles, deployments, connections. 128 MiB.
    List,
    /// Everybody of a directory, and logs. One million users are about 330 MB. 512 MiB.
    Bulk,
}

impl AnswerSize {
    /// The most bytes that are taken.
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
