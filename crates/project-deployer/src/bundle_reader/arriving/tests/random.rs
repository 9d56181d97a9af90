//! R16: random archives, also changed ones, in random pieces, against the reader that reads all of them at once.

use std::io::{Cursor, Write as _};

use fastrand::Rng;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::bundle_reader::{ArrivingData, BundleError, BundleLimits, read_bundle};

/// How many archives every run compares, each with some changes.
const ARCHIVES: usize = 60;
const CHANGES: usize = 20;

fn archive(random: &mut Rng) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let manifest = br#"{"projectKey": "CHURN", "bundleId": "v1"}"#;
    let mut names = vec!["export-manifest.json".to_owned()];
    names.extend((0..random.usize(..5)).map(|number| format!("data/{number}.bin")));
    random.shuffle(&mut names);
    for name in names {
        let method = match random.u8(..4) {
            0 => CompressionMethod::Deflated,
            _ => CompressionMethod::Stored,
        };
        let options = SimpleFileOptions::default().compression_method(method);
        let options = if random.u8(..6) == 0 { options.large_file(true) } else { options };
        zip.start_file(&name, options).unwrap();
        let length = random.choice([0, 1, 29, 30, 31, 200, 5000]).unwrap();
        let mut data: Vec<u8> = (0..length).map(|_| random.u8(..)).collect();
        // Data may look like what is between data.
        if random.u8(..4) == 0 {
            data.splice(0..data.len().min(4), *b"PK\x03\x04");
        }
        zip.write_all(if name.ends_with("json") { manifest } else { &data }).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Changes, removes, doubles or adds some bytes.
fn change(random: &mut Rng, archive: &mut Vec<u8>) {
    let at = random.usize(..archive.len().max(1)).min(archive.len());
    let end = (at + random.usize(..40)).min(archive.len());
    match random.u8(..6) {
        0 => archive.truncate(at),
        1 => drop(archive.drain(at..end)),
        2 => {
            let doubled = archive[at..end].to_vec();
            archive.splice(at..at, doubled);
        }
        3 => drop(archive.splice(at..at, b"PK\x01\x02".iter().copied())),
        _ => {
            if let Some(byte) = archive.get_mut(at) {
                *byte ^= 1 << random.u8(..8);
            }
        }
    }
}

fn text<T>(result: Result<T, BundleError>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}

#[test]
fn random_archives_in_random_pieces_are_read_as_at_once() {
    let limits = BundleLimits::default();
    let mut random = Rng::with_seed(16);
    let (mut well, mut refused, mut spared) = (0, 0, 0);
    for _ in 0..ARCHIVES {
        let sound = archive(&mut random);
        for number in 0..CHANGES {
            let mut bytes = sound.clone();
            for _ in 0..number.min(3) {
                change(&mut random, &mut bytes);
            }
            let at_once = text(read_bundle(Cursor::new(&bytes), &limits));
            let mut arriving = ArrivingData::new();
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let (piece, later) = rest.split_at(random.usize(1..=rest.len().min(4000)));
                arriving.take(piece);
                rest = later;
            }
            spared += usize::from(arriving.is_checked());
            assert_eq!(text(arriving.read(Cursor::new(&bytes), &limits)), at_once, "{bytes:?}");
            *(if at_once.is_ok() { &mut well } else { &mut refused }) += 1;
        }
    }
    assert!(
        well > ARCHIVES / 2 && refused > ARCHIVES && spared > ARCHIVES,
        "{well} {refused} {spared}"
    );
}
