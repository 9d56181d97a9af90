use std::io::{Read, Seek};

use project_deployer_core::document::parse_json;
use serde_json::Value;

use super::entry::Entry;
use super::entry_data::DataReader;
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
    /// The kind of document at a path below the root of the bundle.
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
    pub(super) path: String,
    pub(super) value: Value,
}

impl Document {
    /// The name of its file, without `.json`.
    pub(super) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.strip_suffix(".json").unwrap_or(name)
    }
}

/// The entries of a bundle, sorted into documents and others.
pub(super) struct Sorted<'n> {
    documents: Vec<Waiting<'n>>,
    /// Entries that are not documents, in the order of the directory.
    pub(super) others: Vec<Entry<'n>>,
}

struct Waiting<'n> {
    kind: DocumentKind,
    entry: Entry<'n>,
}

impl<'n> Sorted<'n> {
    /// Finds the documents, and checks that their expanded size is within the limits. Nothing is
    /// expanded beyond the size that the archive states.
    pub(super) fn new(entries: Vec<Entry<'n>>, limits: &BundleLimits) -> Result<Self, BundleError> {
        let root = root(&entries)?;
        let kind = |entry: &Entry<'_>| {
            let path = entry.is_json.then(|| entry.path().strip_prefix(root.as_str()))??;
            DocumentKind::at(path)
        };
        let (mut documents, mut others) = (Vec::new(), entries);
        others.retain(|entry| {
            let kind = kind(entry);
            documents.extend(kind.map(|kind| Waiting { kind, entry: *entry }));
            kind.is_none()
        });
        documents.sort_by(|left, right| {
            (right.kind, right.entry.path()).cmp(&(left.kind, left.entry.path()))
        });
        check_sizes(&documents, limits)?;
        Ok(Self { documents, others })
    }

    /// The documents, to be read one by one.
    pub(super) fn documents<'a, R: Read + Seek>(
        &mut self,
        archive: &'a mut R,
        limits: &'a BundleLimits,
    ) -> Result<Documents<'a, 'n, R>, BundleError> {
        let data = DataReader::new(archive)?;
        Ok(Documents { data, waiting: std::mem::take(&mut self.documents), limits })
    }
}

/// The documents of an archive whose structure was checked.
pub(super) struct Documents<'a, 'n, R> {
    data: DataReader<'a, R>,
    /// The manifest is read first; the last item is the next.
    waiting: Vec<Waiting<'n>>,
    limits: &'a BundleLimits,
}

impl<R: Read + Seek> Documents<'_, '_, R> {
    /// The next document; `None` after the last one.
    pub(super) fn next(&mut self) -> Result<Option<Document>, BundleError> {
        let Some(Waiting { kind, entry }) = self.waiting.pop() else { return Ok(None) };
        let text = self.data.read(&entry)?;
        let (found, allowed) = (weight::values(&text), self.limits.max_values);
        let (found, allowed) = (found as u64, allowed as u64);
        BundleError::check_limit(LimitedBy::Values, found, allowed, Some(entry.path()))?;
        let value = parse_json(&text).map_err(|problems| BundleError::Document {
            entry: shown(entry.path()),
            problems,
            more: 0,
        })?;
        Ok(Some(Document { kind, path: entry.path().to_owned(), value }))
    }
}

/// The common prefix of all paths: empty, or the one directory that contains everything.
pub(super) fn root(entries: &[Entry<'_>]) -> Result<String, BundleError> {
    let files = || entries.iter().filter(|entry| entry.is_json);
    if files().any(|entry| entry.path() == MANIFEST) {
        return Ok(String::new());
    }
    let folder = files()
        .find_map(|entry| {
            let folder = entry.path().strip_suffix(MANIFEST)?.strip_suffix('/')?;
            (!folder.contains('/')).then_some(folder)
        })
        .ok_or(BundleError::NoManifest)?;
    let root = format!("{folder}/");
    let within = |path: &str| path.is_empty() || path == folder || path.starts_with(&root);
    match entries.iter().find(|entry| !within(entry.path())) {
        None => Ok(root),
        Some(other) => {
            let beside = other.path().split('/').next().unwrap_or_default();
            Err(BundleError::BesideFolder { folder: shown(folder), beside: shown(beside) })
        }
    }
}

fn check_sizes(documents: &[Waiting<'_>], limits: &BundleLimits) -> Result<(), BundleError> {
    let mut total = 0_u64;
    for Waiting { entry, .. } in documents {
        let path = Some(entry.path());
        // Rounded up: an empty compressed size counts as one byte.
        let ratio = entry.expanded.div_ceil(entry.compressed.max(1));
        let allowed = limits.max_expansion_ratio;
        BundleError::check_limit(LimitedBy::ExpansionRatio, ratio, allowed, path)?;
        let (size, allowed) = (entry.expanded, limits.max_document_bytes);
        BundleError::check_limit(LimitedBy::DocumentBytes, size, allowed, path)?;
        total = total.saturating_add(size);
    }
    BundleError::check_limit(LimitedBy::ReadBytes, total, limits.max_read_bytes, None)
}
