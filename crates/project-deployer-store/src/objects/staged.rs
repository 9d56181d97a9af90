//! What an upload leaves in a directory when its process dies: a file `DIGEST#N`.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use project_deployer_core::BundleDigest;

use crate::archive::ArchiveError;

/// Removes such files that were last written before a time, and returns how many.
pub(super) async fn remove(folder: PathBuf, older_than: SystemTime) -> Result<u64, ArchiveError> {
    let removing = tokio::task::spawn_blocking(move || remove_now(&folder, older_than));
    let removed = removing.await.unwrap_or_else(|error| Err(io::Error::other(error)));
    removed.map_err(|source| ArchiveError::of("remove interrupted uploads", source))
}

fn remove_now(folder: &Path, older_than: SystemTime) -> io::Result<u64> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut removed = 0;
    for entry in entries {
        let entry = entry?;
        if is_staged(&entry) && is_older(&entry, older_than)? {
            present(fs::remove_file(entry.path()))?;
            removed += 1;
        }
    }
    Ok(removed)
}

fn is_staged(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let Some((digest, number)) = name.to_str().and_then(|name| name.split_once('#')) else {
        return false;
    };
    BundleDigest::parse(digest).is_ok() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// An upload in progress has just written to its file.
fn is_older(entry: &DirEntry, than: SystemTime) -> io::Result<bool> {
    let written = entry.metadata().and_then(|found| found.modified());
    Ok(present(written)?.is_some_and(|written| written < than))
}

/// The upload may have ended meanwhile.
fn present<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
