use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use project_deployer_core::Login;
use serde::{Serialize, Serializer};

/// Some of the logins of a report, in their order. The sets of one report share its logins; a set is
/// where in them its stretches begin and end.
#[derive(Clone)]
pub struct LoginSet {
    all: Arc<Vec<Login>>,
    stretches: Vec<Range<u32>>,
}

impl LoginSet {
    pub(super) fn new(all: &Arc<Vec<Login>>, stretches: Vec<Range<u32>>) -> Self {
        Self { all: Arc::clone(all), stretches }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.stretches.iter().map(ExactSizeIterator::len).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stretches.is_empty()
    }

    /// Whether a login is one of them.
    #[must_use]
    pub fn contains(&self, login: &Login) -> bool {
        let Some(row) = self.all.binary_search(login).ok().and_then(|row| u32::try_from(row).ok())
        else {
            return false;
        };
        let after = self.stretches.partition_point(|stretch| stretch.start <= row);
        let before = after.checked_sub(1).and_then(|last| self.stretches.get(last));
        before.is_some_and(|stretch| stretch.contains(&row))
    }

    /// The logins in order.
    pub fn iter(&self) -> impl Iterator<Item = &Login> {
        self.stretches.iter().flat_map(|stretch| self.stretch(stretch))
    }

    fn stretch(&self, stretch: &Range<u32>) -> &[Login] {
        let at = |row: u32| usize::try_from(row).unwrap_or(usize::MAX);
        self.all.get(at(stretch.start)..at(stretch.end)).unwrap_or_default()
    }
}

/// Adds a row to stretches whose last row is at most this one.
pub(super) fn push_row(stretches: &mut Vec<Range<u32>>, row: u32) {
    match stretches.last_mut() {
        Some(last) if last.end == row => last.end = row.saturating_add(1),
        Some(last) if last.end > row => {}
        Some(_) | None => stretches.push(row..row.saturating_add(1)),
    }
}

/// Adds rows to stretches that all end before them.
pub(super) fn push_stretch(stretches: &mut Vec<Range<u32>>, rows: Range<u32>) {
    match stretches.last_mut() {
        Some(last) if last.end == rows.start => last.end = rows.end,
        Some(_) | None => stretches.push(rows),
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
    fn stretches_join_where_they_meet() {
        let rows = |rows: &[u32]| {
            let mut stretches = Vec::new();
            rows.iter().for_each(|row| push_row(&mut stretches, *row));
            stretches
        };
        assert_eq!(rows(&[1, 2, 2, 3, 7]), [1..4, 7..8]);
        let mut stretches = rows(&[1, 2]);
        push_stretch(&mut stretches, 3..5);
        push_stretch(&mut stretches, 7..8);
        assert_eq!(stretches, rows(&[1, 2, 3, 4, 7]));
    }
}
