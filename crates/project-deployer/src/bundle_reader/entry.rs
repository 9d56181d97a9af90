use bumpalo::Bump;
use project_deployer_core::bundle::ArchiveNoteKind;

use super::entry_name;
use super::error::{BundleError, NameFault, shown};
use super::extra::Extra;
use super::little_endian::LittleEndian;
use super::notes::Notes;

/// How the names of documents end.
pub(super) const JSON: &str = ".json";
pub(super) const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Flags: encrypted, strongly encrypted, headers masked.
const ENCRYPTION: u16 = 1 | 1 << 6 | 1 << 13;
pub(super) const STREAMED: u16 = 1 << 3;
const PATCH: u16 = 1 << 5;
/// The name is UTF-8.
const UTF8: u16 = 1 << 11;
/// The flags that must be equal in both headers of an entry.
pub(super) const COMPARED_FLAGS: u16 = ENCRYPTION | STREAMED | PATCH;

/// One file or directory of the archive, from the central directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// The name as the archive spells it.
    name: &'a str,
    pub(super) is_directory: bool,
    /// Whether its name is that of a JSON file, as the names of all documents are. Where this is asked for all
    /// entries, their names are no longer in the caches of the processor.
    pub(super) is_json: bool,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) checksum: u32,
    pub(super) compressed: u64,
    pub(super) expanded: u64,
    pub(super) header_start: u64,
    /// The length of its local header; 0 until the header is read.
    pub(super) header_length: u32,
}

impl<'a> Entry<'a> {
    /// An entry with this name and nothing else.
    #[cfg(test)]
    pub(super) fn named(name: &'a str) -> Self {
        Self {
            name,
            is_directory: name.ends_with('/'),
            is_json: name.ends_with(JSON),
            flags: 0,
            method: STORED,
            checksum: 0,
            compressed: 0,
            expanded: 0,
            header_start: 0,
            header_length: 0,
        }
    }

    /// Whether sizes follow the data, so that its local header may omit them.
    pub(super) fn is_streamed(&self) -> bool {
        self.flags & STREAMED != 0
    }

    pub(super) fn is_deflated(&self) -> bool {
        self.method == DEFLATED
    }

    /// The path below the root of the archive, without a slash at its end.
    pub(super) fn path(&self) -> &'a str {
        entry_name::path(self.name)
    }

    /// The name as the archive spells it.
    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    /// The position of its data, after its local header was read.
    pub(super) fn data_start(&self) -> u64 {
        self.header_start + u64::from(self.header_length)
    }

    /// Whether every reader decodes the name as UTF-8 with these flags.
    pub(super) fn is_marked_utf8(&self, flags: u16) -> bool {
        flags & UTF8 != 0 || self.name.is_ascii()
    }

    fn check(&self) -> Result<(), BundleError> {
        let entry = || shown(self.path());
        if self.flags & ENCRYPTION != 0 {
            return Err(BundleError::Encrypted { entry: entry() });
        }
        if self.flags & PATCH != 0 || !matches!(self.method, STORED | DEFLATED) {
            let what = format!("compression method {}", self.method);
            return Err(BundleError::Unsupported { what, entry: Some(entry()) });
        }
        if self.is_directory && self.expanded > 0 {
            return Err(BundleError::contradiction_in(self.path(), "a directory has content"));
        }
        if self.method == STORED && self.compressed != self.expanded {
            let what = "its stored data has two sizes";
            return Err(BundleError::contradiction_in(self.path(), what));
        }
        Ok(())
    }
}

/// The fixed part of an entry's header in the directory.
pub(super) struct Header {
    made_by_mode: u32,
    flags: u16,
    method: u16,
    checksum: u32,
    compressed: u32,
    expanded: u32,
    pub(super) name_length: u16,
    pub(super) extra_length: u16,
    comment_length: u16,
    volume: u16,
    header_start: u32,
}

impl Header {
    pub(super) const LENGTH: usize = 46;

    /// Reads a header; `None` when there is none.
    pub(super) fn read(record: &[u8]) -> Option<Self> {
        let mut fields = LittleEndian::new(record.strip_prefix(b"PK\x01\x02")?);
        fields.u32()?;
        let (flags, method) = (fields.u16()?, fields.u16()?);
        fields.u32()?;
        let (checksum, compressed, expanded) = (fields.u32()?, fields.u32()?, fields.u32()?);
        let (name_length, extra_length) = (fields.u16()?, fields.u16()?);
        let (comment_length, volume) = (fields.u16()?, fields.u16()?);
        fields.u16()?;
        // The upper half of the external attributes is the Unix mode, whatever system the header
        // names.
        let made_by_mode = fields.u32()? >> 16;
        let header_start = fields.u32()?;
        Some(Self {
            made_by_mode,
            flags,
            method,
            checksum,
            compressed,
            expanded,
            name_length,
            extra_length,
            comment_length,
            volume,
            header_start,
        })
    }

    /// The entry, from the header with its name, extra fields and comment.
    pub(super) fn entry<'a>(
        &self,
        name: &[u8],
        extra: &[u8],
        comment: &[u8],
        notes: &mut Notes,
        names: &'a Bump,
    ) -> Result<Entry<'a>, BundleError> {
        let name = entry_name::check(name).map_err(|fault| unsafe_name(name, fault))?;
        let path = entry_name::path(name);
        let is_directory = name.ends_with('/');
        let extra = Extra::read(extra, name)?;
        self.check_kind(path, is_directory)?;
        let (expanded, compressed, header_start) = self.sizes(&extra, path)?;
        let entry = Entry {
            name: names.alloc_str(name),
            is_directory,
            is_json: name.ends_with(JSON),
            flags: self.flags,
            method: self.method,
            checksum: self.checksum,
            compressed,
            expanded,
            header_start,
            header_length: 0,
        };
        entry.check()?;
        let length = Self::LENGTH + self.variable_length();
        for (kind, applies) in [
            (ArchiveNoteKind::CommentNotUtf8, str::from_utf8(comment).is_err()),
            (ArchiveNoteKind::UnusualZip64Field, extra.is_unusual()),
            (ArchiveNoteKind::LongHeader, length > usize::from(u16::MAX)),
            (ArchiveNoteKind::StoredWithDescriptor, entry.is_streamed() && !entry.is_deflated()),
            (ArchiveNoteKind::NameNotMarkedUtf8, !entry.is_marked_utf8(self.flags)),
        ] {
            if applies {
                notes.add(kind, path);
            }
        }
        Ok(entry)
    }

    /// The length of name, extra fields and comment.
    pub(super) fn variable_length(&self) -> usize {
        [self.name_length, self.extra_length, self.comment_length].map(usize::from).iter().sum()
    }

    fn check_kind(&self, path: &str, directory: bool) -> Result<(), BundleError> {
        let not_a_file = |what| Err(BundleError::NotAFile { entry: shown(path), what });
        match self.made_by_mode & 0o170_000 {
            0 => Ok(()),
            0o100_000 if !directory => Ok(()),
            0o040_000 if directory => Ok(()),
            0o100_000 | 0o040_000 => Err(BundleError::contradiction_in(
                path,
                "its name and its mode are of different kinds",
            )),
            0o120_000 => not_a_file("a symbolic link"),
            _ => not_a_file("a device, a pipe or a socket"),
        }
    }

    /// Expanded size, compressed size and position; large values are in the zip64 field.
    fn sizes(&self, extra: &Extra, path: &str) -> Result<(u64, u64, u64), BundleError> {
        if !matches!(self.volume, 0 | u16::MAX) {
            return Err(BundleError::Unsupported {
                what: "several volumes".to_owned(),
                entry: Some(shown(path)),
            });
        }
        let plain = [self.expanded, self.compressed, self.header_start];
        let [expanded, compressed, start] = extra.widen(plain, path)?;
        Ok((expanded, compressed, start))
    }
}

fn unsafe_name(name: &[u8], fault: NameFault) -> BundleError {
    BundleError::UnsafeName { entry: shown(&String::from_utf8_lossy(name)), fault }
}
