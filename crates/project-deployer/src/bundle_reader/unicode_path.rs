use flate2::Crc;

use super::little_endian::LittleEndian;

/// Whether a Unicode path field (0x7075) only repeats the name that it belongs to: its checksum is
/// that of the name, so that no reader ignores it, and its text is the same.
pub(super) fn repeats(name: &[u8], field: &[u8]) -> bool {
    const VERSION: u8 = 1;
    let Some(([VERSION], rest)) = field.split_first_chunk() else { return false };
    let mut rest = LittleEndian::new(rest);
    let mut checksum = Crc::new();
    checksum.update(name);
    rest.u32() == Some(checksum.sum()) && rest.bytes(name.len()) == Some(name) && rest.is_empty()
}
