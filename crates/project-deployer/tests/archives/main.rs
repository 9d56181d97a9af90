//! R16: archives that attack their reader. Each is built, read from a file as uploads are, and
//! measured: nothing is written, little memory is used, and the reader returns quickly.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod case;
#[path = "../../src/bundle_reader/tests/craft.rs"]
mod craft;
mod families;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use project_deployer::bundle_reader::{BundleLimits, read_bundle};

use case::{Case, kind};

/// Counts the allocated bytes, and their maximum.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MOST_MEMORY: usize = 64 * 1024 * 1024;
const MOST_TIME: Duration = Duration::from_secs(2);

// The only test of this program: memory is counted for the whole process.
#[test]
fn three_hundred_crafted_archives_are_answered_soon_in_little_memory_and_write_nothing() {
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
    let file = File::open(archive).unwrap();
    MEMORY.reset_peak_usage();
    let baseline = MEMORY.current_usage();
    let begun = Instant::now();
    let worked = processor_time();
    let answer = read_bundle(file, &BundleLimits::default());
    let taken = match (worked, processor_time()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => begun.elapsed(),
    };
    let memory = MEMORY.peak_usage().saturating_sub(baseline);
    let found = kind(&answer);
    if found != case.expected {
        return Some(format!("{found} instead of {}: {answer:?}", case.expected));
    }
    if memory > MOST_MEMORY {
        return Some(format!("it took {memory} bytes of memory"));
    }
    (taken > MOST_TIME).then(|| format!("it took {taken:?}"))
}

/// The CPU time of this thread, where the system reports it: other load on the machine must not
/// count.
fn processor_time() -> Option<Duration> {
    let stats = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stats.split(' ').next()?.parse().ok().map(Duration::from_nanos)
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
