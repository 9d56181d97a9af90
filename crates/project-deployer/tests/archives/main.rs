//! R16: archives that attack their reader. Each is built, read from a file as uploads are, and
//! measured: nothing is written, little memory is used, and the reader returns quickly.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod case;
mod counted;
#[path = "../../src/bundle_reader/tests/craft.rs"]
mod craft;
mod families;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use peak_alloc::PeakAlloc;
use project_deployer::bundle_reader::{BundleLimits, read_bundle};

use case::{Case, kind};
use counted::Counted;

/// Counts the allocated bytes, and their maximum.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MOST_MEMORY: usize = 64 * 1024 * 1024;
/// What may be read of an archive: its length some times over, since directory, headers and documents are read
/// apart from each other. What ends an archive is searched for in small ones, too.
fn most_bytes(length: u64) -> u64 {
    4 * length + 64 * 1024
}

/// How often it may be read or gone to another place in.
fn most_calls(length: u64) -> u64 {
    length / 8 + 1_000
}

// The only test of this program: memory is counted for the whole process.
#[test]
fn three_hundred_crafted_archives_are_answered_with_little_work_in_little_memory_and_write_nothing()
{
    // R16
    let place = tempfile::tempdir().unwrap();
    let inside = place.path().join("a/b");
    fs::create_dir_all(&inside).unwrap();
    std::env::set_current_dir(&inside).unwrap();
    let archive = place.path().join("archive.zip");
    let before = files_below(place.path());
    let (mut names, mut digests, mut counts) = (HashSet::new(), HashSet::new(), BTreeMap::new());
    let mut faults = Vec::new();
    for (family, cases) in families::all(place.path()) {
        for case in cases {
            assert!(names.insert(format!("{family}: {}", case.name)), "{family}: {}", case.name);
            if !digests.insert(write(&case, &archive)) {
                faults.push(format!("{family}: {}: the same bytes as another", case.name));
            }
            faults
                .extend(fault(&case, &archive).map(|it| format!("{family}: {}: {it}", case.name)));
            fs::remove_file(&archive).unwrap();
            assert_eq!(files_below(place.path()), before, "{family}: {}", case.name);
            *counts.entry(family).or_insert(0) += 1;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(digests.len() >= 300, "{} archives: {counts:?}", digests.len());
}

/// Writes the archive to the file and frees its bytes. Returns their digest.
fn write(case: &Case, archive: &Path) -> u64 {
    let bytes = case.build();
    fs::write(archive, &bytes).unwrap();
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// Reads the archive. Returns the violated expectations.
fn fault(case: &Case, archive: &Path) -> Option<String> {
    let mut file = Counted::new(File::open(archive).unwrap());
    MEMORY.reset_peak_usage();
    let baseline = MEMORY.current_usage();
    let answer = read_bundle(&mut file, &BundleLimits::default());
    let memory = MEMORY.peak_usage().saturating_sub(baseline);
    let found = kind(&answer);
    if found != case.expected {
        return Some(format!("{found} instead of {}: {answer:?}", case.expected));
    }
    if memory > MOST_MEMORY {
        return Some(format!("it took {memory} bytes of memory"));
    }
    let length = archive.metadata().unwrap().len();
    let Counted { bytes, calls, .. } = file;
    let too_much = bytes > most_bytes(length) || calls > most_calls(length);
    too_much.then(|| format!("of {length} bytes, {bytes} were read in {calls} calls"))
}

fn files_below(place: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![place.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            found.insert(entry.path().display().to_string());
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            }
        }
    }
    found
}
