use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::ops::Range;

use crate::matching::login_set::push_range;
use crate::texts::{number, position};

/// Rows that have the same places.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    /// Positions of places, in order.
    pub(super) places: Vec<usize>,
    pub(super) rows: Vec<Range<u32>>,
}

/// Splits the rows of several places, so that every row of a share belongs to each of its places. The
/// ranges of a place are in order and do not touch.
pub(super) fn shares(of_places: Vec<(usize, Vec<Range<u32>>)>) -> Vec<Share> {
    let of_places = match <[_; 1]>::try_from(of_places) {
        Ok([(place, rows)]) => return vec![Share { places: vec![place], rows }],
        Err(several) => several,
    };
    // A remedy for a group has a place and no rows.
    if of_places.iter().all(|(_, rows)| rows.is_empty()) {
        let places: BTreeSet<usize> = of_places.into_iter().map(|(place, _)| place).collect();
        return vec![Share { places: places.into_iter().collect(), rows: Vec::new() }];
    }
    let mut parted: BTreeMap<Vec<u32>, Vec<Range<u32>>> = BTreeMap::new();
    let (mut here, mut since): (Vec<u32>, u32) = (Vec::new(), 0);
    for (row, place, begins) in edges(&of_places) {
        if row > since && !here.is_empty() {
            let rows = since..row;
            match parted.get_mut(here.as_slice()) {
                Some(known) => push_range(known, rows),
                None => drop(parted.insert(here.clone(), vec![rows])),
            }
        }
        since = row;
        match (here.binary_search(&place), begins) {
            (Err(at), true) => here.insert(at, place),
            (Ok(at), false) => drop(here.remove(at)),
            (Ok(_), true) | (Err(_), false) => {}
        }
    }
    let share = |(places, rows): (Vec<u32>, _)| Share {
        places: places.into_iter().map(position).collect(),
        rows,
    };
    parted.into_iter().map(share).collect()
}

/// The rows at which ranges begin and end, in order, each with its place. They are merged one by one: a list of all
/// would be larger than the ranges.
fn edges(of_places: &[(usize, Vec<Range<u32>>)]) -> impl Iterator<Item = (u32, u32, bool)> {
    let mut rests: Vec<_> = of_places
        .iter()
        .map(|(place, rows)| {
            let place = number(*place);
            rows.iter().flat_map(move |rows| [(rows.start, place, true), (rows.end, place, false)])
        })
        .collect();
    let mut heads = BinaryHeap::new();
    for (index, rest) in rests.iter_mut().enumerate() {
        heads.extend(rest.next().map(|edge| Reverse((edge, index))));
    }
    std::iter::from_fn(move || {
        let Reverse((edge, index)) = heads.pop()?;
        let next = rests.get_mut(index).and_then(Iterator::next);
        heads.extend(next.map(|edge| Reverse((edge, index))));
        Some(edge)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::matching::login_set::push_row;

    fn ranges(rows: &[u32]) -> Vec<Range<u32>> {
        let mut ranges = Vec::new();
        rows.iter().for_each(|row| push_row(&mut ranges, *row));
        ranges
    }

    #[test]
    fn rows_are_parted_by_the_places_that_they_have_together() {
        let parted = shares(vec![(0, ranges(&[1, 2, 3, 9])), (4, ranges(&[3, 4, 9]))]);
        let share =
            |places: &[usize], rows: &[u32]| Share { places: places.to_vec(), rows: ranges(rows) };
        assert_eq!(parted, [share(&[0], &[1, 2]), share(&[0, 4], &[3, 9]), share(&[4], &[4])]);
        let alone = Share { places: vec![2], rows: Vec::new() };
        assert_eq!(shares(vec![(2, Vec::new())]), [alone]);
        let twice = shares(vec![(2, Vec::new()), (2, Vec::new())]);
        assert_eq!((twice.len(), twice[0].places.as_slice()), (1, &[2][..]));
        let two_kinds = shares(vec![(2, ranges(&[1, 3])), (2, ranges(&[2]))]);
        assert_eq!(two_kinds, [Share { places: vec![2], rows: ranges(&[1, 2, 3]) }]);
    }

    proptest! {
        #[test]
        fn every_row_is_in_one_share_with_just_its_places(
            of_places in prop::collection::vec(prop::collection::btree_set(0..30_u32, 0..12), 2..5),
        ) {
            let of_places: Vec<Vec<u32>> =
                of_places.into_iter().map(|rows| rows.into_iter().collect()).collect();
            let given = of_places.iter().map(|rows| ranges(rows)).enumerate().collect();
            let parted = shares(given);
            for row in 0..30 {
                let places: Vec<usize> = (0..of_places.len())
                    .filter(|place| of_places[*place].contains(&row))
                    .collect();
                let mut found = parted.iter().filter(|share| share.rows.iter().any(|at| at.contains(&row)));
                prop_assert_eq!(found.next().map(|share| share.places.clone()).unwrap_or_default(), places);
                prop_assert!(found.next().is_none());
            }
        }
    }
}
