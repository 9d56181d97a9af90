//! The ranges of an entry's attributes, such as `member;range=0-1499`.

use crate::attribute::AttributeName;
use crate::value_range::ValueRange;

/// The ranges of one entry, with the number of values that came in each.
#[derive(Default)]
pub(super) struct Ranges(Vec<(AttributeName, ValueRange, usize)>);

impl Ranges {
    /// Notes one value.
    pub(super) fn note(&mut self, name: &AttributeName, range: ValueRange) {
        let same = |(known, of, _): &&mut (_, _, _)| known == name && *of == range;
        match self.0.iter_mut().find(same) {
            Some((.., values)) => *values += 1,
            None => self.0.push((name.clone(), range, 1)),
        }
    }

    /// The attributes of which values are missing.
    pub(super) fn cut(mut self) -> Vec<AttributeName> {
        self.0.sort_by(|(one, a, _), (other, b, _)| (one, a).cmp(&(other, b)));
        let mut attributes: Vec<AttributeName> = Vec::new();
        for parts in self.0.chunk_by(|(one, ..), (other, ..)| one == other) {
            if let (Some((name, ..)), false) = (parts.first(), is_whole(parts)) {
                attributes.push(name.clone());
            }
        }
        attributes
    }
}

/// Whether the ranges follow each other from the first value to the last, and each has all its values.
fn is_whole(parts: &[(AttributeName, ValueRange, usize)]) -> bool {
    let mut next = Some(0);
    for (_, range, values) in parts {
        if next != Some(range.first) {
            return false;
        }
        next = match range.last {
            None => None,
            Some(last) if last.checked_sub(range.first) == values.checked_sub(1) => {
                last.checked_add(1)
            }
            Some(_) => return false,
        };
    }
    next.is_none()
}
