use super::entry::Entry;
use super::little_endian::LittleEndian;

const SIGNATURE: u32 = 0x0807_4b50;

/// The maximum number of bytes of a descriptor.
pub(super) const LONGEST: usize = 24;

/// The data descriptor after a streamed entry: its checksum and sizes, in 32 or 64 bits, with or
/// without a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Descriptor {
    checksum: u32,
    compressed: u64,
    expanded: u64,
    is_wide: bool,
}

impl Descriptor {
    /// Whether a descriptor can have this length.
    pub(super) fn has_length(length: u64) -> bool {
        matches!(length, 12 | 16 | 20 | 24)
    }

    /// Reads a descriptor that ends where the next record begins. `None` if it is ambiguous: a
    /// checksum that equals the signature would be taken for it.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (is_signed, is_wide) = match bytes.len() {
            12 => (false, false),
            16 => (true, false),
            20 => (false, true),
            24 => (true, true),
            _ => return None,
        };
        let mut fields = LittleEndian::new(bytes);
        let first = fields.u32()?;
        if (first == SIGNATURE) != is_signed {
            return None;
        }
        let checksum = if is_signed { fields.u32()? } else { first };
        let mut size = || if is_wide { fields.u64() } else { fields.u32().map(u64::from) };
        Some(Self { checksum, compressed: size()?, expanded: size()?, is_wide })
    }

    /// Whether it agrees with the directory about the entry.
    pub(super) fn fits(&self, entry: &Entry<'_>) -> bool {
        (self.checksum, self.compressed, self.expanded)
            == (entry.checksum, entry.compressed, entry.expanded)
    }

    /// Whether it has 64-bit fields for sizes that need only 32: stream readers that choose by
    /// size, such as Java's, fail there.
    pub(super) fn is_wider_than_needed(&self) -> bool {
        let limit = u64::from(u32::MAX);
        self.is_wide && self.compressed <= limit && self.expanded <= limit
    }
}
