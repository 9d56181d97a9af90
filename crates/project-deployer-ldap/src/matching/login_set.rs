use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use project_deployer_core::Login;
use serde::{Serialize, Serializer};

/// Some of the logins of a report, in order. The sets of one report share its list of logins; a set stores
/// ranges of positions in that list.
#[derive(Clone)]
pub struct LoginSet {
    all: Arc<Vec<Login>>,
    ranges: Vec<Range<u32>>,
}

impl LoginSet {
    pub(super) fn new(all: &Arc<Vec<Login>>, ranges: Vec<Range<u32>>) -> Self {
        Self { all: Arc::clone(all), ranges }
    }

    /// The number of logins.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ranges.iter().map(ExactSizeIterator::len).sum()
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether the set has this login.
    #[must_use]
    pub fn contains(&self, login: &Login) -> bool {
        let Some(row) = self.all.binary_search(login).ok().and_then(|row| u32::try_from(row).ok())
        else {
            return false;
        };
        let after = self.ranges.partition_point(|range| range.start <= row);
        let before = after.checked_sub(1).and_then(|last| self.ranges.get(last));
        before.is_some_and(|range| range.contains(&row))
    }

    /// The logins in order.
    pub fn iter(&self) -> impl Iterator<Item = &Login> {
        self.ranges.iter().flat_map(|range| self.range(range))
    }

    fn range(&self, range: &Range<u32>) -> &[Login] {
        let at = |row: u32| usize::try_from(row).unwrap_or(usize::MAX);
        self.all.get(at(range.start)..at(range.end)).unwrap_or_default()
    }
}

/// Adds a row to ranges whose last row is at most this one.
pub(super) fn push_row(ranges: &mut Vec<Range<u32>>, row: u32) {
    match ranges.last_mut() {
        Some(last) if last.end == row => last.end = row.saturating_add(1),
        Some(last) if last.end > row => {}
        Some(_) | None => ranges.push(row..row.saturating_add(1)),
    }
}

/// Adds rows to ranges that all end before them.
pub(super) fn push_range(ranges: &mut Vec<Range<u32>>, rows: Range<u32>) {
    match ranges.last_mut() {
        Some(last) if last.end == rows.start => last.end = rows.end,
        Some(_) | None => ranges.push(rows),
    }
}

impl PartialEq for LoginSet {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for LoginSet {}

impl fmt::Debug for LoginSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for LoginSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_join_where_they_meet() {
        let rows = |rows: &[u32]| {
            let mut ranges = Vec::new();
            rows.iter().for_each(|row| push_row(&mut ranges, *row));
            ranges
        };
        assert_eq!(rows(&[1, 2, 2, 3, 7]), [1..4, 7..8]);
        let mut ranges = rows(&[1, 2]);
        push_range(&mut ranges, 3..5);
        push_range(&mut ranges, 7..8);
        assert_eq!(ranges, rows(&[1, 2, 3, 4, 7]));
    }
}
