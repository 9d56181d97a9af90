use std::io::{Cursor, Read as _, Write as _};

use project_deployer::bundle_reader::BundleError;
use project_deployer_core::bundle::BundleContents;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::craft::{Crafted, CraftedEntry};

pub(crate) const MANIFEST: &str = r#"{"projectKey": "CHURN", "bundleId": "v1"}"#;

/// The result of [`kind`] for an archive that is read.
pub(crate) const READ: &str = "read";

/// One archive, and the expected result.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) expected: &'static str,
    build: Box<dyn Fn() -> Vec<u8>>,
}

impl Case {
    /// An archive that is built on demand: it may be large.
    pub(crate) fn lazy(
        name: impl Into<String>,
        expected: &'static str,
        build: impl Fn() -> Vec<u8> + 'static,
    ) -> Self {
        Self { name: name.into(), expected, build: Box::new(build) }
    }

    /// A crafted archive.
    pub(crate) fn crafted(
        name: impl Into<String>,
        expected: &'static str,
        archive: Crafted,
    ) -> Self {
        Self::lazy(name, expected, move || archive.build())
    }

    /// A manifest and one more entry.
    pub(crate) fn entry(
        name: impl Into<String>,
        expected: &'static str,
        entry: CraftedEntry,
    ) -> Self {
        Self::crafted(name, expected, bundle_with([entry]))
    }

    /// Some bytes.
    pub(crate) fn bytes(name: impl Into<String>, expected: &'static str, bytes: Vec<u8>) -> Self {
        Self::lazy(name, expected, move || bytes.clone())
    }

    pub(crate) fn build(&self) -> Vec<u8> {
        (self.build)()
    }
}

pub(crate) fn manifest() -> CraftedEntry {
    CraftedEntry::file("export-manifest.json", MANIFEST)
}

pub(crate) fn data() -> CraftedEntry {
    CraftedEntry::file("data", "four")
}

/// A bundle with these entries besides its manifest.
pub(crate) fn bundle_with(entries: impl IntoIterator<Item = CraftedEntry>) -> Crafted {
    Crafted::new([manifest()].into_iter().chain(entries))
}

/// The deflated form of a text.
pub(crate) fn deflated(text: &[u8]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("data", options).unwrap();
    zip.write_all(text).unwrap();
    let mut packed = Vec::new();
    let mut zip = ZipArchive::new(zip.finish().unwrap()).unwrap();
    zip.by_index_raw(0).unwrap().read_to_end(&mut packed).unwrap();
    packed
}

/// A deflated file.
pub(crate) fn deflated_file(name: &str, text: &[u8]) -> CraftedEntry {
    let packed = deflated(text);
    let lengths = [packed.len(), text.len()].map(|length| u32::try_from(length).unwrap());
    // The library is faster than the bitwise checksum of the tests.
    let checksum = crc32(text);
    CraftedEntry::file(name, "").with(|it| it.data = packed).headers(|it| {
        (it.method, it.checksum) = (8, checksum);
        [it.compressed, it.expanded] = lengths;
    })
}

/// The same entry with its sizes after its data: with or without a signature, in 64 or 32 bits.
pub(crate) fn streamed(entry: CraftedEntry, signed: bool, wide: bool) -> CraftedEntry {
    entry.headers(|it| it.flags |= 8).with(|it| {
        let header = &it.central;
        if signed {
            it.after.extend_from_slice(b"PK\x07\x08");
        }
        it.after.extend_from_slice(&header.checksum.to_le_bytes());
        for size in [header.compressed, header.expanded] {
            it.after.extend_from_slice(&size.to_le_bytes());
            it.after.extend_from_slice(&[0; 4][..if wide { 4 } else { 0 }]);
        }
        (it.local.checksum, it.local.compressed, it.local.expanded) = (0, 0, 0);
    })
}

fn crc32(text: &[u8]) -> u32 {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("data", options).unwrap();
    zip.write_all(text).unwrap();
    let mut zip = ZipArchive::new(zip.finish().unwrap()).unwrap();
    zip.by_index_raw(0).unwrap().crc32()
}

/// A word for a result.
pub(crate) fn kind(answer: &Result<BundleContents, BundleError>) -> &'static str {
    match answer {
        Ok(_) => READ,
        Err(BundleError::NotZip) => "not-zip",
        Err(BundleError::Truncated) => "truncated",
        Err(BundleError::HiddenData { .. }) => "hidden-data",
        Err(BundleError::Contradiction { .. }) => "contradiction",
        Err(BundleError::Unsupported { .. }) => "unsupported",
        Err(BundleError::UnsafeName { .. }) => "unsafe-name",
        Err(BundleError::NotAFile { .. }) => "not-a-file",
        Err(BundleError::CollidingNames { .. }) => "colliding-names",
        Err(BundleError::Overlap { .. }) => "overlap",
        Err(BundleError::Encrypted { .. }) => "encrypted",
        Err(BundleError::OverLimit { .. }) => "over-limit",
        Err(BundleError::Damaged { .. }) => "damaged",
        Err(BundleError::NoManifest | BundleError::BesideFolder { .. }) => "no-manifest",
        Err(BundleError::Document { .. }) => "document",
        Err(other) => panic!("{other:?}"),
    }
}
