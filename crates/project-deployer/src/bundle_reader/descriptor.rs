use super::entry::Entry;
use super::little_endian::LittleEndian;

const SIGNATURE: u32 = 0x0807_4b50;

/// The most bytes that a descriptor has.
pub(super) const LONGEST: usize = 24;

/// What follows the data of a streamed entry: its checksum and its sizes, behind a signature or not, in
/// 32 or in 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Descriptor {
    checksum: u32,
    compressed: u64,
    expanded: u64,
    is_wide: bool,
}

impl Descriptor {
    /// Whether a descriptor can have so many bytes.
    pub(super) fn has_length(length: u64) -> bool {
        matches!(length, 12 | 16 | 20 | 24)
    }

    /// Reads a descriptor that ends where the next thing begins. None where it can be read in two ways:
    /// a checksum that looks like the signature would be taken for it.
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

    /// Whether it says of the entry what the directory says.
    pub(super) fn fits(&self, entry: &Entry) -> bool {
        (self.checksum, self.compressed, self.expanded)
            == (entry.checksum, entry.compressed, entry.expanded)
    }

    /// Whether it has 64 bits for sizes that need 32: readers of streams that choose by size, as Java's
    /// does, end there.
    pub(super) fn is_wider_than_needed(&self) -> bool {
        let limit = u64::from(u32::MAX);
        self.is_wide && self.compressed <= limit && self.expanded <= limit
    }
}
