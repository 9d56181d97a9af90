use std::io::{self, Read, Seek};

use project_deployer_core::document::parse_json;
use serde_json::Value;
use zip::ZipArchive;
use zip::read::{ArchiveOffset, Config};
use zip::result::ZipError;

use super::entry::Entry;
use super::error::{BundleError, LimitedBy, shown};
use super::limits::BundleLimits;
use super::weight;

const MANIFEST: &str = "export-manifest.json";

/// The kinds of document that are read, the manifest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DocumentKind {
    Manifest,
    Project,
    Dataset,
    Recipe,
    Webapp,
    Scenario,
}

impl DocumentKind {
    /// What belongs at a path below the root of the bundle.
    fn at(path: &str) -> Option<Self> {
        if path == MANIFEST {
            return Some(Self::Manifest);
        }
        let path = path.strip_prefix("project_config/")?.strip_suffix(".json")?;
        match path.split_once('/') {
            None => (path == "params").then_some(Self::Project),
            Some((_, name)) if name.is_empty() || name.contains('/') => None,
            Some(("datasets", _)) => Some(Self::Dataset),
            Some(("recipes", _)) => Some(Self::Recipe),
            Some(("webapps", _)) => Some(Self::Webapp),
            Some(("scenarios", _)) => Some(Self::Scenario),
            Some(_) => None,
        }
    }
}

/// One document of the bundle.
pub(super) struct Document {
    pub(super) kind: DocumentKind,
    pub(super) path: Box<str>,
    pub(super) value: Value,
}

impl Document {
    /// The name of its file, without `.json`.
    pub(super) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.strip_suffix(".json").unwrap_or(name)
    }
}

/// The documents of an archive whose directory was checked, read one by one.
pub(super) struct Documents<R> {
    zip: ZipArchive<R>,
    /// The manifest comes first; last is next.
    waiting: Vec<Waiting>,
    limits: BundleLimits,
}

struct Waiting {
    kind: DocumentKind,
    index: usize,
    entry: Entry,
}

impl<R: Read + Seek> Documents<R> {
    /// Finds the documents. What they will expand to is known to be within the limits then: nothing
    /// expands to more than the archive says.
    pub(super) fn open(
        archive: R,
        entries: Vec<Entry>,
        limits: &BundleLimits,
    ) -> Result<Self, BundleError> {
        let count = entries.len();
        let waiting = waiting(entries)?;
        check_sizes(&waiting, limits)?;
        let config = Config { archive_offset: ArchiveOffset::Known(0) };
        let zip = ZipArchive::with_config(config, archive).map_err(whole)?;
        if zip.len() != count {
            return Err(BundleError::contradiction("its directory can be read in two ways"));
        }
        Ok(Self { zip, waiting, limits: limits.clone() })
    }

    /// The next document, where there is one more.
    pub(super) fn next(&mut self) -> Result<Option<Document>, BundleError> {
        let Some(Waiting { kind, index, entry }) = self.waiting.pop() else { return Ok(None) };
        let text = self.read(index, &entry)?;
        let (found, allowed) = (weight::values(&text), self.limits.max_values);
        let (found, allowed) = (found as u64, allowed as u64);
        BundleError::check_limit(LimitedBy::Values, found, allowed, Some(&entry.path))?;
        let value = parse_json(&text).map_err(|problems| BundleError::Document {
            entry: shown(&entry.path),
            problems,
            more: 0,
        })?;
        Ok(Some(Document { kind, path: entry.path, value }))
    }

    fn read(&mut self, index: usize, entry: &Entry) -> Result<Vec<u8>, BundleError> {
        let damaged = || BundleError::Damaged { entry: shown(&entry.path) };
        let file = self.zip.by_index(index).map_err(|error| within(error, entry))?;
        if !entry.is_named(file.name_raw())
            || (file.size(), file.compressed_size()) != (entry.expanded, entry.compressed)
            || file.header_start() != entry.header_start
        {
            return Err(BundleError::contradiction_in(&entry.path, "it can be read in two ways"));
        }
        let mut text = Vec::new();
        file.take(entry.expanded + 1).read_to_end(&mut text).map_err(|error| {
            match error.kind() {
                io::ErrorKind::InvalidData
                | io::ErrorKind::InvalidInput
                | io::ErrorKind::UnexpectedEof => damaged(),
                _ => BundleError::Io(error),
            }
        })?;
        if text.len() as u64 == entry.expanded { Ok(text) } else { Err(damaged()) }
    }
}

/// The entries to read, in the reverse order of reading.
fn waiting(entries: Vec<Entry>) -> Result<Vec<Waiting>, BundleError> {
    let root = root(&entries).ok_or(BundleError::NoManifest)?;
    let mut waiting: Vec<Waiting> = entries
        .into_iter()
        .enumerate()
        .filter(|(_, entry)| !entry.is_directory)
        .filter_map(|(index, entry)| {
            let kind = DocumentKind::at(entry.path.strip_prefix(root.as_str())?)?;
            Some(Waiting { kind, index, entry })
        })
        .collect();
    waiting
        .sort_by(|left, right| (right.kind, &right.entry.path).cmp(&(left.kind, &left.entry.path)));
    Ok(waiting)
}

/// What every path begins with: nothing, or the one directory that wraps everything.
fn root(entries: &[Entry]) -> Option<String> {
    let is_manifest = |entry: &Entry, path: &str| !entry.is_directory && &*entry.path == path;
    if entries.iter().any(|entry| is_manifest(entry, MANIFEST)) {
        return Some(String::new());
    }
    let wrapper = entries.first()?.path.split('/').next()?;
    let root = format!("{wrapper}/");
    let manifest = format!("{root}{MANIFEST}");
    let wraps = |entry: &Entry| entry.path.starts_with(&root) || &*entry.path == wrapper;
    let is_root =
        entries.iter().all(wraps) && entries.iter().any(|entry| is_manifest(entry, &manifest));
    is_root.then_some(root)
}

fn check_sizes(waiting: &[Waiting], limits: &BundleLimits) -> Result<(), BundleError> {
    let mut total = 0_u64;
    for Waiting { entry, .. } in waiting {
        let (size, allowed) = (entry.expanded, limits.max_document_bytes);
        BundleError::check_limit(LimitedBy::DocumentBytes, size, allowed, Some(&entry.path))?;
        total = total.saturating_add(size);
    }
    BundleError::check_limit(LimitedBy::ReadBytes, total, limits.max_read_bytes, None)
}

/// What the zip library says of the archive as a whole, after our own checks.
fn whole(error: ZipError) -> BundleError {
    match error {
        ZipError::Io(error) => BundleError::from_reading(error),
        _ => BundleError::contradiction("its directory can be read in two ways"),
    }
}

fn within(error: ZipError, entry: &Entry) -> BundleError {
    match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => error.into(),
        _ => BundleError::Damaged { entry: shown(&entry.path) },
    }
}
