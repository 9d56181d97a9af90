use std::fmt;
use std::io;

use project_deployer_core::Problems;

const AGAIN: &str = "publish the bundle again from the design node";
const HARMFUL: &str =
    "do not deploy it; publish the bundle again from a design node that you trust";

/// Why an archive was refused as a bundle. Entries are named, shortened and with control characters
/// escaped. No message has more than 1500 bytes, whatever the archive contains.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The file does not begin like a zip.
    #[error("the file is no zip archive; upload the archive that the design node exports")]
    NotZip,
    /// The file is truncated.
    #[error("the archive is cut off; upload it once more, or {AGAIN}", AGAIN = AGAIN)]
    Truncated,
    /// Bytes before, between or after the entries belong to no entry.
    #[error("the archive holds {bytes} bytes {place}{} that belong to no entry; {AGAIN}", At(entry.as_deref()), AGAIN = AGAIN)]
    HiddenData {
        /// The number of bytes.
        bytes: u64,
        /// The position, such as `after its end`.
        place: &'static str,
        /// The entry whose data they follow, if any.
        entry: Option<String>,
    },
    /// The archive contradicts itself, so that readers would interpret it differently.
    #[error("the archive contradicts itself: {what}{}; {AGAIN}", At(entry.as_deref()), AGAIN = AGAIN)]
    Contradiction {
        /// The contradiction.
        what: &'static str,
        /// The entry, if it concerns one.
        entry: Option<String>,
    },
    /// The archive uses a feature that nodes may not be able to read.
    #[error("the archive uses {what}{}, which bundles never do; {AGAIN}", At(entry.as_deref()), AGAIN = AGAIN)]
    Unsupported {
        /// The feature.
        what: String,
        /// The entry, if it concerns one.
        entry: Option<String>,
    },
    /// The name of an entry could lead outside when a node unpacks it.
    #[error("the name of the entry `{entry}` {fault}; {HARMFUL}", HARMFUL = HARMFUL)]
    UnsafeName {
        /// The entry.
        entry: String,
        /// The fault of the name.
        fault: NameFault,
    },
    /// An entry is a link, a device or something else that is neither file nor directory.
    #[error("the entry `{entry}` is {what}, not a file or a directory; {HARMFUL}", HARMFUL = HARMFUL)]
    NotAFile {
        /// The entry.
        entry: String,
        /// Its kind, such as `a symbolic link`.
        what: &'static str,
    },
    /// Two entries would be the same file on some file system, or one would be the directory of the
    /// other.
    #[error("the entries `{first}` and `{second}` have names that collide; rename one in the project and {AGAIN}", AGAIN = AGAIN)]
    CollidingNames {
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
    /// Two entries share bytes of the archive.
    #[error("the entry `{entry}` shares bytes of the archive with something else; {HARMFUL}", HARMFUL = HARMFUL)]
    Overlap {
        /// The later entry.
        entry: String,
    },
    /// An entry is encrypted.
    #[error("the entry `{entry}` is encrypted; {AGAIN} without a password", AGAIN = AGAIN)]
    Encrypted {
        /// The entry.
        entry: String,
    },
    /// The archive exceeds one of the [`BundleLimits`](super::BundleLimits).
    #[error("{by}{}: {found} where at most {allowed} are read; raise that limit if you trust the archive, or make the bundle smaller", At(entry.as_deref()))]
    OverLimit {
        /// The limit.
        by: LimitedBy,
        /// The value of the archive.
        found: u64,
        /// The maximum.
        allowed: u64,
        /// The entry, if it concerns one.
        entry: Option<String>,
    },
    /// The data of an entry does not match its size or checksum.
    #[error("the entry `{entry}` is damaged; upload the archive once more, or {AGAIN}", AGAIN = AGAIN)]
    Damaged {
        /// The entry.
        entry: String,
    },
    /// The archive is a zip, but no bundle.
    #[error(
        "the archive has no `export-manifest.json`, so it is no bundle; upload the archive that the design node exports"
    )]
    NoManifest,
    /// The bundle is in a folder, and there are other files next to that folder.
    #[error(
        "the archive has its `export-manifest.json` in the folder `{folder}`, and `{beside}` is next to that folder; pack only the contents of the folder, or upload the archive that the design node exports"
    )]
    BesideFolder {
        /// The folder.
        folder: String,
        /// The file next to it, such as `__MACOSX`.
        beside: String,
    },
    /// A document in the archive is invalid.
    #[error("the document `{entry}` cannot be used: {}; fix it in the project and {AGAIN}", Listed(problems, *more), AGAIN = AGAIN)]
    Document {
        /// The entry.
        entry: String,
        /// Its problems, a hundred at most; the message lists the first few.
        problems: Problems,
        /// The number of further problems.
        more: usize,
    },
    /// The archive could not be read from its storage.
    #[error("the archive could not be read; check its storage and try again")]
    Io(#[from] io::Error),
}

/// The limit of the [`BundleLimits`](super::BundleLimits) that was exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitedBy {
    /// `max_archive_bytes`.
    ArchiveBytes,
    /// `max_entries`.
    Entries,
    /// `max_directory_bytes`.
    DirectoryBytes,
    /// `max_name_bytes`.
    NameBytes,
    /// `max_expansion_ratio`.
    ExpansionRatio,
    /// `max_expanded_bytes`.
    ExpandedBytes,
    /// `max_archive_ratio`.
    ArchiveRatio,
    /// `max_document_bytes`.
    DocumentBytes,
    /// `max_read_bytes`.
    ReadBytes,
    /// `max_values`.
    Values,
    /// `max_listed`.
    Listed,
    /// `max_listed_bytes`.
    ListedBytes,
}

impl fmt::Display for LimitedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ArchiveBytes => "the archive has too many bytes",
            Self::Entries => "the archive has too many entries",
            Self::DirectoryBytes => "the directory of the archive has too many bytes",
            Self::NameBytes => "a name in the archive has too many bytes",
            Self::ExpansionRatio => "a document expands too many times",
            Self::ExpandedBytes => "all entries together expand to too many bytes",
            Self::ArchiveRatio => "the archive expands too many times",
            Self::DocumentBytes => "a document has too many bytes",
            Self::ReadBytes => "the documents together have too many bytes",
            Self::Values => "a document has too many values",
            Self::Listed => "the bundle lists too many things of one kind",
            Self::ListedBytes => "what the bundle lists has too many bytes",
        })
    }
}

/// The fault of an entry's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameFault {
    /// It is empty.
    Empty,
    /// It is not UTF-8, so readers would decode it differently.
    NotUtf8,
    /// An extra field gives the entry a second name, which only some readers use.
    SecondName,
    /// It is an absolute path.
    Absolute,
    /// It begins with a drive letter.
    DriveLetter,
    /// A backslash separates directories on some systems.
    Backslash,
    /// It contains NUL or another control character.
    ControlCharacter,
    /// It goes up with `..`.
    GoesUp,
    /// A part of it is `.` or empty, so it is another spelling of a different name.
    Roundabout,
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "is empty",
            Self::NotUtf8 => "is not UTF-8",
            Self::SecondName => "comes with a second name",
            Self::Absolute => "begins at the root",
            Self::DriveLetter => "begins with a drive letter",
            Self::Backslash => "has a backslash",
            Self::ControlCharacter => "has a control character",
            Self::GoesUp => "goes up with `..`",
            Self::Roundabout => "has an empty part or `.` in it",
        })
    }
}

/// Adds the entry to a message, if it is known.
struct At<'a>(Option<&'a str>);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |entry| write!(f, " (entry `{entry}`)"))
    }
}

/// The problems of a document that fit into a message.
struct Listed<'a>(&'a Problems, usize);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const ROOM: usize = 900;
        let Self(problems, more) = *self;
        let found = problems.iter().len() + more;
        if found <= 1 {
            return problems.fmt(f);
        }
        write!(f, "{found} problems")?;
        let (mut written, mut listed) = (0, 0);
        for problem in problems {
            let line = problem.to_string();
            written += line.len();
            if written > ROOM {
                break;
            }
            listed += 1;
            write!(f, "\n- {line}")?;
        }
        if listed < found { write!(f, "\n- and {} more", found - listed) } else { Ok(()) }
    }
}

impl BundleError {
    pub(super) fn contradiction(what: &'static str) -> Self {
        Self::Contradiction { what, entry: None }
    }

    pub(super) fn contradiction_in(name: &str, what: &'static str) -> Self {
        Self::Contradiction { what, entry: Some(shown(name)) }
    }

    /// Refuses what exceeds a limit.
    pub(super) fn check_limit(
        by: LimitedBy,
        found: u64,
        allowed: u64,
        entry: Option<&str>,
    ) -> Result<(), Self> {
        if found <= allowed {
            return Ok(());
        }
        Err(Self::OverLimit { by, found, allowed, entry: entry.map(shown) })
    }

    /// Converts a read error: an unexpected end means a truncated archive.
    pub(super) fn from_reading(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::Io(error),
        }
    }
}

/// A name for an error message: control characters escaped, at most 60 characters including the
/// escapes.
pub(super) fn shown(name: &str) -> String {
    let mut remaining: usize = 60;
    let mut text = String::new();
    for character in name.chars() {
        let escaped = character.escape_debug();
        let Some(left) = remaining.checked_sub(escaped.len()) else {
            text.push('…');
            break;
        };
        remaining = left;
        text.extend(escaped);
    }
    text
}
