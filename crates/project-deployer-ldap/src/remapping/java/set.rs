/// The largest code point.
const LAST: u32 = 0x10_FFFF;

/// A set of code points, lone halves of pairs included: ranges in order, none beside another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Set {
    ranges: Vec<(u32, u32)>,
    /// The members below 128, one bit each.
    ascii: u128,
}

impl Set {
    pub(super) fn of(ranges: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut all: Vec<(u32, u32)> =
            ranges.into_iter().filter(|(low, high)| low <= high).collect();
        all.sort_unstable();
        let mut ranges: Vec<(u32, u32)> = Vec::with_capacity(all.len());
        for (low, high) in all {
            match ranges.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                _ => ranges.push((low, high)),
            }
        }
        let within = |code: &u32| ranges.iter().any(|range| (range.0..=range.1).contains(code));
        let ascii = (0..128).filter(within).fold(0, |bits, code| bits | 1_u128 << code);
        Self { ranges, ascii }
    }

    pub(super) fn one(code: u32) -> Self {
        Self::of([(code, code)])
    }

    pub(super) fn all() -> Self {
        Self::of([(0, LAST)])
    }

    pub(super) fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    pub(super) fn ascii(&self) -> u128 {
        self.ascii
    }

    pub(super) fn contains(&self, code: u32) -> bool {
        if code < 128 {
            return self.ascii >> code & 1 == 1;
        }
        let after = self.ranges.partition_point(|range| range.0 <= code);
        after.checked_sub(1).and_then(|at| self.ranges.get(at)).is_some_and(|range| code <= range.1)
    }

    /// The only member.
    pub(super) fn single(&self) -> Option<u32> {
        match self.ranges.as_slice() {
            [(low, high)] if low == high => Some(*low),
            _ => None,
        }
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        Self::of(self.ranges.iter().chain(&other.ranges).copied())
    }

    pub(super) fn complement(&self) -> Self {
        let mut next = 0;
        let mut ranges = Vec::with_capacity(self.ranges.len() + 1);
        for (low, high) in &self.ranges {
            if *low > next {
                ranges.push((next, low - 1));
            }
            next = high + 1;
        }
        if next <= LAST {
            ranges.push((next, LAST));
        }
        Self::of(ranges)
    }

    pub(super) fn intersection(&self, other: &Self) -> Self {
        self.complement().union(&other.complement()).complement()
    }

    pub(super) fn without(&self, other: &Self) -> Self {
        self.intersection(&other.complement())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_sets() {
        let letters = Set::of([(97, 122), (65, 90), (98, 99), (91, 91)]);
        assert_eq!(letters.ranges(), [(65, 91), (97, 122)]);
        assert!(letters.contains(65) && !letters.contains(96) && !letters.contains(0x41_000));
        assert_eq!(letters.complement().complement(), letters);
        assert_eq!(
            letters.intersection(&Set::of([(90, 97), (300, 400)])).ranges(),
            [(90, 91), (97, 97)]
        );
        assert_eq!(letters.without(&Set::of([(0, 96)])).ranges(), [(97, 122)]);
        let far = Set::of([(300, 400), (0x1_0000, LAST)]);
        assert!(far.contains(300) && far.contains(400) && far.contains(LAST) && !far.contains(401));
        assert_eq!(Set::all().complement(), Set::default());
        assert_eq!((Set::one(7).single(), far.single()), (Some(7), None));
    }
}
