/// The ends of many short, concatenated texts, in half the memory of plain positions.
#[derive(Debug, Clone, Default)]
pub(super) struct Ends {
    /// Counted from the start of the block that the text is in.
    within: Vec<u32>,
    /// The start of each block.
    stretches: Vec<usize>,
}

/// The number of texts in a block. Names have at most 1,020 bytes, so a block fits into 32 bits.
const STRETCH: usize = 1 << 16;

impl Ends {
    pub(super) fn len(&self) -> usize {
        self.within.len()
    }

    /// Adds a text after all others, which ends there.
    pub(super) fn push(&mut self, end: usize) {
        if self.len().is_multiple_of(STRETCH) {
            self.stretches.push(self.last());
        }
        let begin = self.stretches.last().copied().unwrap_or_default();
        self.within.push(u32::try_from(end - begin).unwrap_or(u32::MAX));
    }

    /// The range of a text; the end of all texts if there is no such text.
    #[inline]
    pub(super) fn range(&self, at: usize) -> std::ops::Range<usize> {
        let begin = self.stretches.get(at / STRETCH).copied().unwrap_or(usize::MAX);
        let end = |at: usize| self.within.get(at).and_then(|end| usize::try_from(*end).ok());
        let start = if at.is_multiple_of(STRETCH) { 0 } else { end(at - 1).unwrap_or_default() };
        match end(at) {
            Some(end) => begin + start..begin + end,
            None => usize::MAX..usize::MAX,
        }
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.within.shrink_to_fit();
    }

    fn last(&self) -> usize {
        self.len().checked_sub(1).map_or(0, |last| self.range(last).end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_begins_where_the_one_before_it_ends() {
        let (mut ends, mut all) = (Ends::default(), vec![0]);
        for number in 0..2 * STRETCH + 3 {
            let end = all[number] + number % 1_020;
            ends.push(end);
            all.push(end);
        }
        for number in [0, 1, STRETCH - 1, STRETCH, STRETCH + 1, 2 * STRETCH, 2 * STRETCH + 2] {
            assert_eq!(ends.range(number), all[number]..all[number + 1], "{number}");
        }
        assert!(ends.range(2 * STRETCH + 3).is_empty());
        assert!(Ends::default().range(0).is_empty());
    }
}
