use std::fmt;

use serde::{Deserialize, Serialize};

/// Valid content of an archive that one kind of reader cannot read. Which kind a node uses is unknown.
///
/// ```
/// use project_deployer_core::bundle::{ArchiveNote, ArchiveNoteKind};
/// let kind = ArchiveNoteKind::CommentNotUtf8;
/// let note = ArchiveNote::new(kind, "data/a.csv");
/// assert!(note.to_string().starts_with("a node may refuse this archive: "));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ArchiveNote {
    /// The kind of content.
    pub kind: ArchiveNoteKind,
    /// The first entry that has it.
    pub entry: String,
    /// How many more entries have it.
    #[serde(default)]
    pub more: u64,
}

impl ArchiveNote {
    /// A note on one entry.
    #[must_use]
    pub fn new(kind: ArchiveNoteKind, entry: impl Into<String>) -> Self {
        Self { kind, entry: entry.into(), more: 0 }
    }
}

/// The content that one kind of reader cannot read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum ArchiveNoteKind {
    /// Uncompressed data followed by its sizes: stream readers do not find its end.
    StoredWithDescriptor,
    /// 64-bit sizes after the data of an entry below 4 GiB: some stream readers expect 32 bits.
    WideDescriptor,
    /// The comment on an entry is not UTF-8.
    CommentNotUtf8,
    /// The Zip64 field has a size that the format does not define, or lacks one of two sizes.
    UnusualZip64Field,
    /// The name has characters beyond ASCII and is not marked as UTF-8.
    NameNotMarkedUtf8,
    /// Name, extra fields and comment together are longer than a header may be.
    LongHeader,
}

impl fmt::Display for ArchiveNoteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StoredWithDescriptor => "its data is not compressed and its sizes come after it",
            Self::WideDescriptor => "64-bit sizes come after its data, which is below 4 GiB",
            Self::CommentNotUtf8 => "its comment is not UTF-8",
            Self::UnusualZip64Field => "its Zip64 field has an unusual size",
            Self::NameNotMarkedUtf8 => "its name is UTF-8 and not marked as UTF-8",
            Self::LongHeader => "its header has more than 65,535 bytes",
        })
    }
}

impl fmt::Display for ArchiveNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, entry, more } = self;
        write!(f, "a node may refuse this archive: entry `{entry}`: {kind}")?;
        if *more > 0 { write!(f, " (and {more} more entries)") } else { Ok(()) }
    }
}
