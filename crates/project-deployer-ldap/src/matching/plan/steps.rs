//! The steps of a plan in few bytes each. A plan of everything has hundreds of thousands of them.

use std::ops::Range;

use crate::texts::{number, position};

/// What a remedy is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The presence with this number.
    Presence(u32),
    /// The remedy of a finding about a group, by position.
    Group(u32),
}

/// Steps, without the texts of their remedies.
#[derive(Debug, Clone)]
pub(super) struct Steps {
    heads: Vec<Head>,
    /// The rows of all steps.
    rows: Vec<Range<u32>>,
    /// Positions of places: first each place alone, then those of steps that have several.
    places: Vec<Vec<u32>>,
}

#[derive(Debug, Clone, Copy)]
struct Head {
    source: Source,
    rank: u8,
    in_directory: bool,
    places: u32,
    first_row: u32,
    row_count: u32,
}

/// One step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compact<'a> {
    pub(super) source: Source,
    /// Positions of its places, in order.
    pub(super) places: &'a [u32],
    pub(super) rows: &'a [Range<u32>],
}

impl Steps {
    /// No steps, for a report with so many places.
    pub(super) fn of_places(places: usize) -> Self {
        let places = (0..places).map(|place| vec![number(place)]).collect();
        Self { heads: Vec::new(), rows: Vec::new(), places }
    }

    /// Adds a step whose remedy has this rank, and is carried out at its places or in a directory.
    pub(super) fn push(
        &mut self,
        (rank, in_directory, source): (u8, bool, Source),
        places: &[usize],
        rows: &[Range<u32>],
    ) {
        let places = match places {
            [place] => number(*place),
            several => {
                self.places.push(several.iter().copied().map(number).collect());
                number(self.places.len() - 1)
            }
        };
        let (first_row, row_count) = (number(self.rows.len()), number(rows.len()));
        self.rows.extend_from_slice(rows);
        self.heads.push(Head { source, rank, in_directory, places, first_row, row_count });
    }

    /// Orders the steps by rank, then by place in the order of the report; those in directories come first.
    /// Addresses may change from run to run, so they have no influence on the order.
    pub(super) fn sort(&mut self) {
        self.heads.sort_by_key(|head| (head.rank, (!head.in_directory).then_some(head.places)));
    }

    pub(super) fn len(&self) -> usize {
        self.heads.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Compact<'_>> {
        self.heads.iter().map(|head| {
            let places = self.places.get(position(head.places)).map(Vec::as_slice);
            let (first, count) = (position(head.first_row), position(head.row_count));
            let rows = self.rows.get(first..).and_then(|rest| rest.get(..count));
            Compact {
                source: head.source,
                places: places.unwrap_or_default(),
                rows: rows.unwrap_or_default(),
            }
        })
    }
}
