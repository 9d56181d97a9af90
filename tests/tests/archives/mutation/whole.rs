use fastrand::Rng;

use super::{pick, stray};
use crate::craft::{Crafted, CraftedEntry, End, WideEnd};

/// Changes the archive outside its entries, or the set of entries.
pub(super) fn change(rng: &mut Rng, archive: &mut Crafted) {
    match rng.u8(..8) {
        0 => archive.trailing = trailing(rng),
        1 => archive.before_directory = some_bytes(rng),
        2 => archive.after_directory = some_bytes(rng),
        3 => archive.change_end = *pick(rng, &ENDS),
        4 => archive.change_wide_end = Some(*pick(rng, &WIDE_ENDS)),
        5 => add(rng, &mut archive.entries),
        6 => list_in_another_order(rng, archive),
        _ => rng.shuffle(&mut archive.entries),
    }
}

const ENDS: [fn(&mut End); 7] = [
    |end| end.entries = [u16::MAX; 2],
    |end| (end.size, end.start) = (u32::MAX, u32::MAX),
    |end| end.entries[0] -= 1,
    |end| end.size += 1,
    |end| end.start += 1,
    |end| (end.comment, end.comment_length) = (b"a comment".to_vec(), 9),
    |end| (end.comment, end.comment_length) = ([b"PK\x05\x06", &[0; 18][..]].concat(), 22),
];

const WIDE_ENDS: [fn(&mut WideEnd); 5] = [
    |_| {},
    |end| end.entries = [1, 1],
    |end| end.record_start += 1,
    |end| end.size -= 1,
    |end| end.locator_volumes = [0, 0],
];

fn trailing(rng: &mut Rng) -> Vec<u8> {
    match rng.u8(..3) {
        0 => vec![0; rng.usize(1..2_000)],
        1 => some_bytes(rng),
        _ => [&[0; 512][..], &stray()].concat(),
    }
}

fn some_bytes(rng: &mut Rng) -> Vec<u8> {
    match rng.u8(..3) {
        0 => vec![0; rng.usize(1..40)],
        1 => stray(),
        _ => b"PK\x07\x08".to_vec(),
    }
}

/// Adds an entry: a copy, a copy with another name, or a copy without bytes of its own.
fn add(rng: &mut Rng, entries: &mut Vec<CraftedEntry>) {
    let mut copy = pick(rng, entries).clone();
    match rng.u8(..3) {
        0 => {}
        1 => copy = copy.headers(|it| it.name.extend_from_slice(b"-2")),
        _ => copy.header_start = Some(0),
    }
    entries.insert(rng.usize(..=entries.len()), copy);
}

/// The directory lists the entries in another order than their positions.
fn list_in_another_order(rng: &mut Rng, archive: &mut Crafted) {
    let mut start = 0;
    let mut listed = Vec::new();
    for entry in &archive.entries {
        start += entry.before.len();
        let place = u32::try_from(start).unwrap();
        listed.push((entry.central.clone(), entry.attributes, entry.comment.clone(), place));
        start += 30 + entry.local.name.len() + entry.local.extra.len();
        start += entry.data.len() + entry.after.len();
    }
    rng.shuffle(&mut listed);
    for (entry, (central, attributes, comment, place)) in archive.entries.iter_mut().zip(listed) {
        (entry.central, entry.attributes, entry.comment) = (central, attributes, comment);
        entry.header_start = Some(place);
    }
}
