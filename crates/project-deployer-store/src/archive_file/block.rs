//! Bytes at a place in memory that a disk can read by itself.

/// What places in a file and in memory are multiples of, where bytes go past the cache of the kernel. The sectors of disks
/// are not larger.
pub(super) const ALIGNED: usize = 4 << 10;

/// How many bytes go past the cache at once.
const SIZE: usize = 1 << 20;

/// As many bytes as are written at once, or fewer.
pub(super) struct Block {
    memory: Vec<u8>,
    /// Where the first byte is: at a multiple.
    start: usize,
    end: usize,
}

impl Block {
    /// An empty one; none if there is no such place, which is so in no real memory.
    pub(super) fn new() -> Option<Self> {
        let memory = vec![0; SIZE + ALIGNED];
        let start = memory.as_ptr().align_offset(ALIGNED);
        (start <= ALIGNED).then_some(Self { memory, start, end: start })
    }

    /// Takes as many bytes as fit. The others are returned.
    pub(super) fn add<'piece>(&mut self, piece: &'piece [u8]) -> &'piece [u8] {
        let fitting = (self.start + SIZE - self.end).min(piece.len());
        let (taken, rest) = piece.split_at(fitting);
        self.memory[self.end..self.end + fitting].copy_from_slice(taken);
        self.end += fitting;
        rest
    }

    pub(super) fn is_full(&self) -> bool {
        self.bytes().len() == SIZE
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.memory[self.start..self.end]
    }

    pub(super) fn clear(&mut self) {
        self.end = self.start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_begins_where_a_disk_can_read_it_and_takes_what_fits() {
        let mut block = Block::new().unwrap();
        assert_eq!(block.bytes().as_ptr().align_offset(ALIGNED), 0);
        let piece = vec![7; SIZE - 1];
        assert!(block.add(&piece).is_empty() && !block.is_full());
        assert_eq!(block.add(&[8, 9]), [9]);
        assert!(block.is_full());
        assert_eq!(block.bytes()[SIZE - 2..], [7, 8]);
        block.clear();
        assert!(block.bytes().is_empty());
    }
}
