//! The archives, by kind of attack.

mod bombs;
mod collisions;
mod documents;
mod endings;
mod entry_ends;
mod extra_fields;
mod headers;
mod hidden;
mod kinds;
mod many_entries;
mod names;
mod overlaps;
mod packings;
mod truncations;
mod zip64;

use std::path::Path;

use crate::case::Case;

/// All archives; `place` is a directory in which a file must not appear.
pub(crate) fn all(place: &Path) -> Vec<(&'static str, Vec<Case>)> {
    vec![
        ("names", names::cases(place)),
        ("links and devices", kinds::cases()),
        ("colliding names", collisions::cases()),
        ("overlaps", overlaps::cases()),
        ("headers that lie", headers::cases()),
        ("endings that lie", endings::cases()),
        ("zip64", zip64::cases()),
        ("extra fields", extra_fields::cases()),
        ("hidden data", hidden::cases()),
        ("ends of entries", entry_ends::cases()),
        ("truncations", truncations::cases()),
        ("encryption and methods", packings::cases()),
        ("bombs", bombs::cases()),
        ("many entries", many_entries::cases()),
        ("documents", documents::cases()),
    ]
}
