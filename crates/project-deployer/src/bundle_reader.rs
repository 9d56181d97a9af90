//! Reads what a bundle holds and needs, out of an archive that may come from anybody.
//!
//! What a real bundle looks like inside is not public (wire-facts 8.2, item 3), so the layout
//! below is a choice, and the reader is tolerant about documents: files it does not know are passed
//! over, optional files and fields may be absent, and one directory may wrap everything.
//!
//! | File | What is read |
//! |---|---|
//! | `export-manifest.json` | `projectKey`, `bundleId` (both required), `projectName`, `releaseNotes`, `designNode` {`nodeId`, `url`, `installId`}, `connections` [{`name`, `type`}], `codeEnvs` [{`name`, `lang`}], `plugins` [{`id`, `version`}] |
//! | `project_config/params.json` | `projectKey` (the manifest's), `name`, `permissions`, `settings.codeEnvs` |
//! | `project_config/datasets/*.json` | `type`, `params.connection` |
//! | `project_config/recipes/*.json`, `project_config/webapps/*.json` | `type`, `envSelection` or `params.envSelection` {`envMode`, `envName`} |
//! | `project_config/scenarios/*.json` | `id` (else the file's name), `name`, `markedAsTest`, `runAsUser` |
//!
//! Variables are never read: their values may be secret, and nothing here needs them.
//!
//! About the archive itself the reader is strict (R16). The nodes that unpack it read zips with other
//! libraries, so it has to mean the same to every reader: the directory, the local headers and the
//! bytes between them have to agree, and the data of every entry has to end where its compressed bytes
//! end. What one kind of reader cannot read at all is taken with a note. No name may lead elsewhere, and no two names may meet where case
//! or Unicode normalization does not count. Other names that only Windows refuses or changes, such as
//! `aux.csv`, `10:30` or `Inc.`, are let through: folders of a project hold what people put there, and
//! on the Linux of a design node these are names like any other. Nothing is ever written to disk, and
//! no archive inside the archive is opened.

mod archive;
mod central_directory;
mod contents;
mod descriptor;
mod document;
mod ending;
mod entry;
mod entry_data;
mod entry_name;
mod error;
mod expansion;
mod extra;
mod limits;
mod little_endian;
mod local_headers;
mod names;
mod noted;
mod notes;
mod required;
mod unicode_path;
mod walk;
mod weight;

use std::io::{Read, Seek};

use project_deployer_core::bundle::BundleContents;

pub use self::error::{BundleError, LimitedBy, NameFault};
pub use self::limits::BundleLimits;

/// Reads what a bundle holds.
///
/// Reading is blocking, and reads the archive once: every entry is expanded, since readers of streams
/// and readers of directories see the same entries only where data ends where the directory says. Memory
/// does not grow with it; [`BundleLimits`] says how much is expanded, and so how long it takes.
///
/// # Errors
///
/// The archive is no zip, is damaged, is unsafe to unpack, means different things to different
/// readers, goes beyond a limit, or is no bundle; the error says which entry and what to do. What one kind
/// of reader cannot read at all is no error: the contents have a note of it.
pub fn read_bundle<R: Read + Seek>(
    mut archive: R,
    limits: &BundleLimits,
) -> Result<BundleContents, BundleError> {
    let mut notes = notes::Notes::default();
    let ending = ending::Ending::find(&mut archive, limits)?;
    let mut entries = central_directory::read(&mut archive, &ending, limits, &mut notes)?;
    names::check(&entries)?;
    let directory_start = ending.directory_start;
    local_headers::check(&mut archive, &mut entries, directory_start, limits, &mut notes)?;
    expansion::check(&entries, ending.archive_size, limits)?;
    let mut sorted = archive::Sorted::new(entries, limits)?;
    // Documents first: they are small, and what is wrong with them is known soon.
    let contents = contents::read(sorted.documents(&mut archive, limits)?, limits)?;
    entry_data::DataReader::new(&mut archive)?.check(&mut sorted.others)?;
    Ok(BundleContents { archive_notes: notes.into_list(), ..contents })
}

#[cfg(test)]
mod tests;
