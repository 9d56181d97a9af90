use fastrand::Rng;

use super::{pick, stray};
use crate::case::streamed;
use crate::craft::{CraftedEntry, CraftedHeader, checksum, extra, wide};

/// Changes one entry.
pub(super) fn change(rng: &mut Rng, entry: &mut CraftedEntry) {
    match rng.u8(..10) {
        0 => change_headers(rng, entry, flags),
        1 => change_headers(rng, entry, size),
        2 => change_headers(rng, entry, name),
        3 => change_headers(rng, entry, |_, header| header.method ^= 8),
        4 => change_headers(rng, entry, extra_field),
        5 => widen(rng, entry),
        6 => data(rng, entry),
        7 => describe(rng, entry),
        8 => surround(rng, entry),
        _ => entry.comment = pick(rng, &[b"note".to_vec(), vec![0xff], stray()]).clone(),
    }
}

/// Applies a change to both headers in most cases, or to one of them.
fn change_headers(
    rng: &mut Rng,
    entry: &mut CraftedEntry,
    change: fn(&mut Rng, &mut CraftedHeader),
) {
    let same = rng.clone();
    let which = rng.u8(..6);
    if which != 0 {
        change(&mut same.clone(), &mut entry.local);
    }
    if which != 1 {
        change(&mut same.clone(), &mut entry.central);
    }
}

fn flags(rng: &mut Rng, header: &mut CraftedHeader) {
    header.flags ^= 1 << rng.u16(..16);
}

fn size(rng: &mut Rng, header: &mut CraftedHeader) {
    let value = *pick(rng, &[1, 16, 46, u32::MAX]);
    let field = match rng.u8(..3) {
        0 => &mut header.compressed,
        1 => &mut header.expanded,
        _ => &mut header.checksum,
    };
    *field = if rng.bool() { field.wrapping_add(value) } else { value };
}

fn name(rng: &mut Rng, header: &mut CraftedHeader) {
    let names = ["./a", "./", "a/b", "A", "a/", "données", "..a", "../a", "export-manifest.json"];
    header.name = pick(rng, &names).as_bytes().to_vec();
}

fn extra_field(rng: &mut Rng, header: &mut CraftedHeader) {
    let own = &header.name;
    let second = [&[1][..], &checksum(own).to_le_bytes(), own].concat();
    let sizes = [header.expanded, header.compressed].map(u64::from);
    let field = match rng.u8(..8) {
        0 => extra(0x7075, &second),
        1 => extra(0x7075, &[&second[..], b"x"].concat()),
        2 => extra(0x5455, &[1, 0, 0, 0, 0]),
        3 => extra(0x000a, &[0; 32]),
        4 => wide(&sizes),
        5 => wide(&[sizes[1], sizes[0]]),
        6 => extra(1, &vec![0; rng.usize(..30)]),
        _ => extra(0xcafe, &vec![0; rng.usize(..40)]),
    };
    header.extra.extend_from_slice(&field);
}

/// Moves one or both sizes into the zip64 field, in the order of the format or in another.
fn widen(rng: &mut Rng, entry: &mut CraftedEntry) {
    change_headers(rng, entry, |rng, header| {
        let [mut expanded, mut compressed] = [header.expanded, header.compressed].map(u64::from);
        if rng.u8(..6) == 0 {
            (expanded, compressed) = (compressed, expanded);
        }
        let both = wide(&[expanded, compressed]);
        match rng.u8(..5) {
            0 | 1 => {
                (header.expanded, header.compressed) = (u32::MAX, u32::MAX);
                header.extra.extend(both);
            }
            2 => {
                header.expanded = u32::MAX;
                header.extra.extend(wide(&[expanded]));
            }
            3 => {
                header.compressed = u32::MAX;
                header.extra.extend(wide(&[compressed]));
            }
            _ => {
                header.compressed = u32::MAX;
                header.extra.extend(both);
            }
        }
    });
}

/// Appends bytes that count as data, or removes some.
fn data(rng: &mut Rng, entry: &mut CraftedEntry) {
    let before = entry.data.len();
    match rng.u8(..4) {
        0 => entry.data.extend([entry.after.clone(), stray()].concat()),
        1 => entry.data.push(0),
        2 => entry.data.extend(entry.data.clone()),
        _ => drop(entry.data.pop()),
    }
    let more = (entry.data.len() as u32).wrapping_sub(before as u32);
    let stored = entry.central.method == 0;
    let sum = checksum(&entry.data);
    // A stored entry may be valid again.
    let fits = stored && rng.bool();
    for header in [&mut entry.local, &mut entry.central] {
        header.compressed = header.compressed.wrapping_add(more);
        if fits {
            header.expanded = header.expanded.wrapping_add(more);
            header.checksum = sum;
        }
    }
}

/// Gives the entry a descriptor of some form, valid or not.
fn describe(rng: &mut Rng, entry: &mut CraftedEntry) {
    entry.after.clear();
    entry.local.checksum = entry.central.checksum;
    *entry = streamed(entry.clone(), rng.bool(), rng.u8(..4) == 0);
    match rng.u8(..6) {
        0 => {
            let at = rng.usize(..entry.after.len());
            entry.after[at] ^= 1 << rng.u8(..8);
        }
        1 => drop(entry.after.pop()),
        2 => {
            let header = &entry.central;
            let sizes = (header.checksum, header.compressed, header.expanded);
            (entry.local.checksum, entry.local.compressed, entry.local.expanded) = sizes;
        }
        _ => {}
    }
}

fn surround(rng: &mut Rng, entry: &mut CraftedEntry) {
    let bytes = match rng.u8(..3) {
        0 => vec![0; rng.usize(1..30)],
        1 => stray(),
        _ => b"PK\x07\x08".to_vec(),
    };
    if rng.bool() { entry.before = bytes } else { entry.after.extend(bytes) }
}
