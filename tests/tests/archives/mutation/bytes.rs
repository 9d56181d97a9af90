use fastrand::Rng;

use super::{pick, stray};

/// Changes bytes, more often at the start of a structure than elsewhere.
pub(super) fn change(rng: &mut Rng, archive: &mut Vec<u8>) {
    for _ in 0..rng.u8(1..3) {
        let at = place(rng, archive);
        match rng.u8(..6) {
            0..=2 => archive[at] ^= 1 << rng.u8(..8),
            3 => archive[at] = *pick(rng, &[0, 1, 8, 0x50, 0x7f, 0xff]),
            4 => {
                let more: &[&[u8]] = &[b"\0", b"PK\x07\x08", b"PK\x05\x06", &stray()];
                let more = pick(rng, more);
                archive.splice(at..at, more.iter().copied());
            }
            _ => {
                let end = (at + rng.usize(1..8)).min(archive.len());
                archive.drain(at..end);
            }
        }
    }
}

fn place(rng: &mut Rng, archive: &[u8]) -> usize {
    let starts: Vec<usize> =
        (0..archive.len()).filter(|at| archive[*at..].starts_with(b"PK")).collect();
    let somewhere = rng.usize(..archive.len());
    if starts.is_empty() || rng.u8(..4) == 0 {
        return somewhere;
    }
    (pick(rng, &starts) + rng.usize(..50)).min(archive.len() - 1)
}
