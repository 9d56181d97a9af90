use std::io::Cursor;

use project_deployer_core::bundle::BundleContents;

use self::craft::{Crafted, CraftedEntry};
use super::*;

mod craft;
mod documents;
mod entry_ends;
mod hostile_archives;
mod hostile_endings;
mod hostile_names;
mod large_archives;
mod large_documents;
mod properties;
mod real_layout;
mod sound_archives;
mod sparse;

const MANIFEST: &str = r#"{"projectKey": "CHURN", "bundleId": "v1"}"#;

fn read(archive: &[u8]) -> Result<BundleContents, BundleError> {
    read_bundle(Cursor::new(archive), &BundleLimits::default())
}

fn manifest() -> CraftedEntry {
    CraftedEntry::file("export-manifest.json", MANIFEST)
}

/// A bundle with one entry besides its manifest.
fn bundle_with(entry: CraftedEntry) -> Crafted {
    Crafted::new([manifest(), entry])
}

/// A bundle of documents, each by its path.
fn bundle_of<'a>(documents: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<u8> {
    let entries = documents.into_iter().map(|(path, text)| CraftedEntry::file(path, text));
    Crafted::new(entries.collect::<Vec<_>>()).build()
}

/// The same, for other modules.
pub(crate) fn crafted(documents: &[(&str, &str)]) -> Vec<u8> {
    bundle_of(documents.iter().copied())
}

fn kind(error: &BundleError) -> &'static str {
    match error {
        BundleError::NotZip => "not-zip",
        BundleError::Truncated => "truncated",
        BundleError::HiddenData { .. } => "hidden-data",
        BundleError::Contradiction { .. } => "contradiction",
        BundleError::Unsupported { .. } => "unsupported",
        BundleError::UnsafeName { .. } => "unsafe-name",
        BundleError::NotAFile { .. } => "not-a-file",
        BundleError::CollidingNames { .. } => "colliding-names",
        BundleError::Overlap { .. } => "overlap",
        BundleError::Encrypted { .. } => "encrypted",
        BundleError::OverLimit { .. } => "over-limit",
        BundleError::Damaged { .. } => "damaged",
        BundleError::NoManifest | BundleError::BesideFolder { .. } => "no-manifest",
        BundleError::Document { .. } => "document",
        BundleError::Io(_) => "io",
    }
}

/// Asserts that an archive is refused for this reason, quickly (R16), with a message that is safe
/// to show.
#[track_caller]
fn assert_refused(case: &str, archive: &[u8], expected: &str) -> BundleError {
    let error = read(archive).expect_err(case);
    let message = error.to_string();
    assert_eq!(kind(&error), expected, "{case}: {message}");
    let shown = message.lines().all(|line| !line.contains(char::is_control));
    assert!(shown && message.len() < 1_500, "{case}: {message:?}");
    let hints = ["publish the bundle again", "upload ", "make the bundle smaller"];
    assert!(hints.iter().any(|hint| message.contains(hint)), "{case}: {message}");
    error
}
