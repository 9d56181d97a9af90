//! R16: an archive that the bundle reader accepts without a note has the same entries for Java's
//! directory reader and its stream reader. `PROJECT_DEPLOYER_MUTATED_ARCHIVES` sets the number of
//! mutated archives, `PROJECT_DEPLOYER_SEED` repeats a failed run.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../../../crates/project-deployer/tests/archives/case.rs"]
mod case;
#[path = "../../../crates/project-deployer/src/bundle_reader/tests/craft.rs"]
mod craft;
mod environment;
#[path = "../../../crates/project-deployer/tests/archives/families/mod.rs"]
mod families;
mod java;
mod mutation;
mod table;
mod writers;

use std::io::Cursor;

use project_deployer::bundle_reader::{BundleError, BundleLimits, read_bundle};
use project_deployer_core::bundle::BundleContents;

use case::{READ, kind};
use environment::{java, number};
use java::Readers;
use mutation::Mutator;
use table::Rows;
use writers::Written;

const MUTATED_ARCHIVES: u64 = 10_000;
const SEED: u64 = 20_260_101;
/// Larger crafted archives are skipped.
const LARGE: [&str; 3] = ["bombs", "many entries", "documents"];

fn read(archive: &[u8]) -> Result<BundleContents, BundleError> {
    read_bundle(Cursor::new(archive), &BundleLimits::default())
}

fn is_taken_without_a_note(archive: &[u8]) -> bool {
    read(archive).is_ok_and(|contents| contents.archive_notes.is_empty())
}

#[test]
fn what_common_writers_write_is_answered_as_the_documentation_says() {
    let mut rows = Rows::new();
    for Written { writer, version, mode, archive } in writers::all() {
        let result = read(&archive);
        if let Ok(contents) = &result {
            assert_eq!(contents.bundle_id.as_str(), "v1", "{writer} {mode}");
        }
        let known = rows.insert((writer, mode), (version, table::answer(&result)));
        assert_eq!(known, None);
    }
    table::check(&rows);
}

#[test]
fn what_common_writers_write_and_is_taken_is_the_same_to_both_readers_of_java() {
    let Some(command) = java() else { return };
    let mut readers = Readers::start(command);
    let mut taken = 0;
    for Written { writer, mode, archive, .. } in writers::all() {
        if is_taken_without_a_note(&archive) {
            taken += 1;
            let answer = readers.compare(&archive);
            let same = answer.unwrap_or_else(|report| panic!("{writer} {mode}: {report}"));
            assert!(same >= 1, "{writer} {mode}: {same}");
        }
    }
    assert!(taken >= 20, "{taken}");
    readers.end();
}

#[test]
fn crafted_archives_that_are_taken_are_the_same_to_both_readers_of_java() {
    let Some(command) = java() else { return };
    let mut readers = Readers::start(command);
    let mut taken = 0;
    for (family, cases) in families::all(std::path::Path::new("/nowhere")) {
        for case in cases.iter().filter(|_| !LARGE.contains(&family)) {
            let archive = case.build();
            assert_eq!(kind(&read(&archive)), case.expected, "{family}: {}", case.name);
            if case.expected == READ && is_taken_without_a_note(&archive) {
                taken += 1;
                let answer = readers.compare(&archive);
                assert!(answer.is_ok(), "{family}: {}: {answer:?}", case.name);
            }
        }
    }
    assert!(taken >= 60, "{taken}");
    readers.end();
}

#[test]
fn an_entry_that_only_readers_of_streams_see_is_found_and_refused() {
    let Some(command) = java() else { return };
    let mut readers = Readers::start(command);
    let archive = mutation::with_a_hidden_entry();
    let report = readers.compare(&archive).unwrap_err();
    assert!(report.matches("hidden.txt").count() == 1, "{report}");
    assert!(matches!(read(&archive), Err(BundleError::HiddenData { .. })));
    readers.end();
}

#[test]
fn mutated_archives_that_are_taken_are_the_same_to_both_readers_of_java() {
    let Some(command) = java() else { return };
    let mut readers = Readers::start(command);
    let seed = number("PROJECT_DEPLOYER_SEED", SEED);
    let count = number("PROJECT_DEPLOYER_MUTATED_ARCHIVES", MUTATED_ARCHIVES);
    let written = writers::all().into_iter().map(|written| written.archive);
    let mutator = Mutator::new(written.filter(|archive| read(archive).is_ok()).collect());
    let mut taken = 0;
    for number in 0..count {
        let archive = mutator.archive(seed.wrapping_add(number));
        if is_taken_without_a_note(&archive) {
            taken += 1;
            let answer = readers.compare(&archive);
            let again = seed.wrapping_add(number);
            assert!(answer.is_ok(), "{answer:?}; PROJECT_DEPLOYER_SEED={again}");
        }
    }
    // Otherwise the test has shown nothing.
    assert!(taken * 20 >= count, "{taken} of {count}; PROJECT_DEPLOYER_SEED={seed}");
    readers.end();
}

#[test]
fn archives_that_are_taken_are_read_by_the_zip_library() {
    let crafted = families::all(std::path::Path::new("/nowhere"));
    let small = crafted.iter().filter(|(family, _)| !LARGE.contains(family));
    let crafted = small.flat_map(|(_, cases)| cases.iter().map(|case| case.build()));
    let mutator = Mutator::new(vec![mutation::with_a_hidden_entry()]);
    let mutated = (0..2_000).map(|number| mutator.archive(SEED.wrapping_add(number)));
    let mut taken = 0;
    for archive in crafted.chain(mutated).filter(|archive| read(archive).is_ok()) {
        taken += 1;
        let mut zip = zip::ZipArchive::new(Cursor::new(&archive)).unwrap();
        for index in 0..zip.len() {
            let mut entry = zip.by_index(index).unwrap();
            std::io::copy(&mut entry, &mut std::io::sink()).unwrap();
        }
    }
    assert!(taken >= 200, "{taken}");
}
