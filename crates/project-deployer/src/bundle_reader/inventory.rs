use std::collections::BTreeMap;
use std::fmt;
use std::io::{Read, Seek};

use bumpalo::Bump;
use project_deployer_core::bundle::BundleContents;
use project_deployer_core::document::parse_json;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::arriving::Checksums;
use super::document::Part;
use super::entry::Entry;
use super::entry_data::DataReader;
use super::error::{BundleError, LimitedBy, shown};
use super::limits::BundleLimits;
use super::noted::Noted;
use super::{archive, notes, read_entries, structure, weight};

const VARIABLES: &str = "project_config/variables.json";
/// The variables that a node takes over are below this field.
const STANDARD: &str = "standard";

/// A bundle as a whole: its contents, its files, and the names of its variables.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BundleInventory {
    /// What the documents say.
    pub contents: BundleContents,
    /// Every file by its path below the root of the bundle.
    pub files: BTreeMap<String, BundleFile>,
    /// The variables by name. Their values are not kept.
    pub(crate) variables: BTreeMap<String, Fingerprint>,
}

/// A file of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BundleFile {
    /// Its size in bytes.
    pub size: u64,
    pub(crate) fingerprint: Fingerprint,
}

/// The SHA-256 of something that may be secret. It is compared and never shown: a short secret can be guessed
/// from it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint")
    }
}

/// Reads a bundle as [`read_bundle`](super::read_bundle) does, and all its files a second time for their digests.
///
/// Memory grows with the number and the names of the files, which [`BundleLimits`] limits, and not with their
/// sizes.
///
/// # Errors
///
/// Those of [`read_bundle`](super::read_bundle), or the document with the variables is no JSON object or exceeds
/// a limit.
pub fn read_bundle_inventory<R: Read + Seek>(
    mut archive: R,
    limits: &BundleLimits,
) -> Result<BundleInventory, BundleError> {
    let names = Bump::new();
    let mut notes = notes::Notes::default();
    let entries = structure(&mut archive, limits, &mut notes, &names)?;
    let contents =
        read_entries(&mut archive, entries.clone(), (limits, &Checksums::default()), notes)?;
    let root = archive::root(&entries)?;
    let mut files: Vec<_> = entries.into_iter().filter(|entry| !entry.is_directory).collect();
    files.sort_unstable_by_key(Entry::data_start);
    let mut data = DataReader::new(&mut archive)?;
    let mut inventory =
        BundleInventory { contents, files: BTreeMap::new(), variables: BTreeMap::new() };
    for entry in &files {
        // Everything is below the root: the contents were read.
        let Some(path) = entry.path().strip_prefix(root.as_str()) else { continue };
        let fingerprint = if path == VARIABLES {
            let text = text_of(&mut data, entry, limits)?;
            inventory.variables = variables(&text, entry, limits)?;
            Fingerprint::of(&text)
        } else {
            let mut digest = Sha256::new();
            data.pass(entry, |piece| digest.update(piece))?;
            Fingerprint(digest.finalize().into())
        };
        let file = BundleFile { size: entry.expanded, fingerprint };
        inventory.files.insert(path.to_owned(), file);
    }
    Ok(inventory)
}

/// The text of a document, whose size is within the limits.
fn text_of<R: Read + Seek>(
    data: &mut DataReader<'_, R>,
    entry: &Entry<'_>,
    limits: &BundleLimits,
) -> Result<Vec<u8>, BundleError> {
    let (size, allowed) = (entry.expanded, limits.max_document_bytes);
    BundleError::check_limit(LimitedBy::DocumentBytes, size, allowed, Some(entry.path()))?;
    data.read(entry)
}

/// The names of the variables. Those that are not standard have the name of their kind before their own.
fn variables(
    text: &[u8],
    entry: &Entry<'_>,
    limits: &BundleLimits,
) -> Result<BTreeMap<String, Fingerprint>, BundleError> {
    let (found, allowed) = (weight::values(text) as u64, limits.max_values as u64);
    BundleError::check_limit(LimitedBy::Values, found, allowed, Some(entry.path()))?;
    let document = parse_json(text).map_err(|problems| BundleError::Document {
        entry: shown(entry.path()),
        problems,
        more: 0,
    })?;
    let mut noted = Noted::default();
    Part::document(&document, &mut noted);
    if !noted.is_empty() {
        return Err(noted.into_error(entry.path()));
    }
    let mut named = BTreeMap::new();
    for (kind, value) in document.as_object().into_iter().flatten() {
        match value {
            Value::Object(values) => {
                let name = |own: &String| match kind == STANDARD {
                    true => own.clone(),
                    false => format!("{kind}.{own}"),
                };
                named.extend(values.iter().map(|(own, value)| (name(own), of_value(value))));
            }
            other => {
                named.insert(kind.clone(), of_value(other));
            }
        }
    }
    Ok(named)
}

fn of_value(value: &Value) -> Fingerprint {
    Fingerprint::of(value.to_string().as_bytes())
}
