/// Where each of many texts ends that stand one behind the other: half the memory of plain positions, and exact for
/// any amount of text.
#[derive(Clone, Default)]
pub(super) struct Ends {
    /// The lower half of each end.
    low: Vec<u32>,
    /// By each multiple of 2^32 the first text that ends at or beyond it.
    wraps: Vec<usize>,
}

impl Ends {
    pub(super) const fn new() -> Self {
        Self { low: Vec::new(), wraps: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.low.len()
    }

    /// Adds a text after all others, which ends there.
    pub(super) fn push(&mut self, end: usize) {
        let (low, wraps) = halves(end);
        while self.wraps.len() < wraps {
            self.wraps.push(self.low.len());
        }
        self.low.push(low);
    }

    /// The range of a text; empty if there is none.
    #[inline]
    pub(super) fn range(&self, at: usize) -> std::ops::Range<usize> {
        let Some(end) = self.end(at) else { return 0..0 };
        at.checked_sub(1).and_then(|before| self.end(before)).unwrap_or_default()..end
    }

    #[inline]
    fn end(&self, at: usize) -> Option<usize> {
        let low = usize::try_from(*self.low.get(at)?).ok()?;
        if self.wraps.is_empty() {
            return Some(low);
        }
        let wraps = self.wraps.partition_point(|first| *first <= at);
        wraps.checked_shl(u32::BITS).map(|high| high | low)
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.low.shrink_to_fit();
    }
}

/// The lower half of a position, and the upper one.
fn halves(end: usize) -> (u32, usize) {
    let end = u64::try_from(end).unwrap_or(u64::MAX);
    let low = u32::try_from(end & u64::from(u32::MAX)).unwrap_or_default();
    (low, usize::try_from(end >> u32::BITS).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_text_begins_where_the_one_before_it_ends(
            lengths in prop::collection::vec(
                prop_oneof![0..20_usize, Just(1 << 31), Just((1 << 32) - 1), Just(1 << 32), Just(5 << 32)], 0..40,
            ),
        ) {
            let (mut ends, mut all) = (Ends::new(), vec![0]);
            for length in &lengths {
                let end = all[all.len() - 1] + length;
                ends.push(end);
                all.push(end);
            }
            for number in 0..lengths.len() {
                prop_assert_eq!(ends.range(number), all[number]..all[number + 1]);
            }
            prop_assert_eq!((ends.len(), ends.range(lengths.len())), (lengths.len(), 0..0));
        }
    }
}
