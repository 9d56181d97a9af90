//! Reads what a bundle contains and needs, from an untrusted archive.
//!
//! The layout of a real bundle is known from published archives (wire-facts 9.1). This project used a
//! layout of its own before that, which is read as well. A field that is present under both names
//! must have the same value. The reader is tolerant about documents: it skips unknown files,
//! optional files and fields may be absent, and one directory may contain everything.
//!
//! | `export-manifest.json` | the same in the older layout |
//! |---|---|
//! | `originalProjectKey` (required) | `projectKey` |
//! | `bundleId` (required) | `bundleId` |
//! | `exportUserInfo` {`releaseNotes`, `exportedBy`, `exportedOn`} | `releaseNotes`, `exportedBy`, `exportedOn` |
//! | `generatedWithDSSVersion` | |
//! | `designNodeId` | `designNode` {`nodeId`, `url`, `installId`} |
//! | | `projectName` |
//! | `requiredConnections` {name: {`name`, `type`}} | `connections` [{`name`, `type`}] |
//! | `usedCodeEnvRefs` [{`envName`, `envLang`}] | `codeEnvs` [{`name`, `lang`}] |
//! | `exportedWithPlugins` [{`pluginId`, `version`}]: installed on the design node | `plugins` [{`id`, `version`}]: used |
//!
//! | Other file | What is read |
//! |---|---|
//! | `project_config/params.json` | `projectKey` (the manifest's), `name`, `permissions`, `dashboardAuthorizations`, `settings.codeEnvs`, `exposedObjects.objects` (with `rules`, and their `targetProject`) |
//! | `project_config/datasets/*.json` | `type`, `params.connection` |
//! | `project_config/recipes/*.json`, `project_config/webapps/*.json` | `type`, `envSelection` or `params.envSelection` {`envMode`, `envName`} |
//! | `project_config/recipes/*.json` | also `inputs` (the `ref` of the `items` of each role), for `PROJECT.name` of another project |
//! | `project_config/webapps/*.json` | also `id` (else the file's name), `name` |
//! | `project_config/scenarios/*.json` | `id` (else the file's name), `name`, `markedAsTest`, `runAsUser` |
//!
//! Variables are never kept: their values may be secret. An inventory ([`read_bundle_inventory`]) has their
//! names, and fingerprints that only show whether two values are equal.
//!
//! About the archive itself the reader is strict (R16). Nodes unpack it with other zip libraries,
//! so it must mean the same to every reader:
//! - The central directory, the local headers and the bytes between them must agree.
//! - The data of every entry must end where its compressed bytes end.
//! - No name may lead outside, and no two names may be equal without case or Unicode normalization.
//!
//! What one kind of reader cannot read at all is accepted with a note. Names that only Windows
//! refuses or changes, such as `aux.csv`, `10:30` or `Inc.`, are accepted: folders of a project
//! contain the files of users, and on the Linux of a design node these names are valid. The reader
//! never writes to disk, and opens no archive inside the archive.

mod archive;
mod arriving;
mod central_directory;
mod contents;
mod descriptor;
mod distinct_names;
mod document;
mod ending;
mod entry;
mod entry_data;
mod entry_name;
mod error;
mod expansion;
mod extra;
mod inventory;
mod limits;
mod little_endian;
mod local_headers;
mod manifest;
mod names;
mod noted;
mod notes;
mod required;
mod requirements;
mod shared_objects;
mod two_names;
mod unicode_path;
mod walk;
mod weight;

use std::io::{Read, Seek};

use bumpalo::Bump;
use project_deployer_core::bundle::BundleContents;

pub use self::arriving::ArrivingData;
pub(crate) use self::arriving::Checksums;
pub use self::error::{BundleError, LimitedBy, NameFault};
pub use self::inventory::{BundleFile, BundleInventory, read_bundle_inventory};
pub use self::limits::BundleLimits;

/// Reads the contents of a bundle.
///
/// Reading blocks, and reads the archive once. Every entry is expanded: stream readers and
/// directory readers see the same entries only if the data ends where the directory says. Memory
/// use does not grow with the archive. [`BundleLimits`] limits how much is expanded, and so how
/// long it takes.
///
/// # Errors
///
/// The archive is no zip, is damaged, is unsafe to unpack, is ambiguous between readers, exceeds a
/// limit, or is no bundle. The error names the entry and what to do. What one kind of reader cannot
/// read at all is no error: the contents have a note about it.
pub fn read_bundle<R: Read + Seek>(
    archive: R,
    limits: &BundleLimits,
) -> Result<BundleContents, BundleError> {
    read_arrived(archive, limits, &Checksums::default())
}

/// The same, without the data that was checked when the archive arrived.
pub(crate) fn read_arrived<R: Read + Seek>(
    mut archive: R,
    limits: &BundleLimits,
    arrived: &Checksums,
) -> Result<BundleContents, BundleError> {
    let names = Bump::new();
    let mut notes = notes::Notes::default();
    let entries = structure(&mut archive, limits, &mut notes, &names)?;
    read_entries(&mut archive, entries, (limits, arrived), notes)
}

/// The entries of an archive whose structure is safe.
fn structure<'n, R: Read + Seek>(
    archive: &mut R,
    limits: &BundleLimits,
    notes: &mut notes::Notes,
    names: &'n Bump,
) -> Result<Vec<entry::Entry<'n>>, BundleError> {
    let ending = ending::Ending::find(archive, limits)?;
    let mut entries = central_directory::read(archive, &ending, limits, notes, names)?;
    names::check(&entries)?;
    local_headers::check(archive, &mut entries, ending.directory_start, limits, notes)?;
    expansion::check(&entries, ending.archive_size, limits)?;
    Ok(entries)
}

/// Reads the documents, and checks the data of all other entries.
fn read_entries<R: Read + Seek>(
    archive: &mut R,
    entries: Vec<entry::Entry<'_>>,
    (limits, arrived): (&BundleLimits, &Checksums),
    notes: notes::Notes,
) -> Result<BundleContents, BundleError> {
    let mut sorted = archive::Sorted::new(entries, limits)?;
    // Documents first: they are small, so their errors are found early.
    let contents = contents::read(sorted.documents(archive, limits)?, limits)?;
    entry_data::DataReader::new(archive)?.check(&mut sorted.others, arrived)?;
    Ok(contents.with_archive_notes(notes.into_list()))
}

#[cfg(test)]
pub(crate) use self::tests::crafted;

#[cfg(test)]
mod tests;
