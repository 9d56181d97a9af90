//! A file becomes an archive of a directory without a copy: it gets a name there. Only Linux names files that have none.

use std::io;
use std::path::Path;

use crate::archive_file::ArchiveFile;

/// Gives a file a name in a folder, which is on disk then. What has the name stays. False if this file cannot get a name
/// there: it is on another file system, or of a kind that gets none.
pub(super) async fn link(file: &ArchiveFile, folder: &Path) -> io::Result<bool> {
    let (file, folder) = (file.clone(), folder.to_owned());
    let linking = tokio::task::spawn_blocking(move || link_now(&file, &folder));
    linking.await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

#[cfg(not(target_os = "linux"))]
fn link_now(_: &ArchiveFile, _: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(target_os = "linux")]
fn link_now(archive: &ArchiveFile, folder: &Path) -> io::Result<bool> {
    use std::fs::{File, Permissions};
    use std::os::fd::AsRawFd as _;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use rustix::fs::{AtFlags, CWD, linkat};
    use rustix::io::Errno;

    let (file, found) = (archive.file(), existing(folder)?);
    if file.metadata()?.dev() != found.dev() {
        return Ok(false);
    }
    // Whoever may read the folder may read what is in it: the file was for its owner alone.
    file.set_permissions(Permissions::from_mode(found.mode() & 0o666))?;
    // It is stored now, whenever it was written.
    file.set_modified(crate::archive::machine_time())?;
    file.sync_all()?;
    let nameless = format!("/proc/self/fd/{}", file.as_raw_fd());
    let name = folder.join(archive.digest().as_str());
    let named = linkat(CWD, nameless, CWD, name, AtFlags::SYMLINK_FOLLOW);
    match named {
        Ok(()) | Err(Errno::EXIST) => {
            if named.is_ok() {
                // That it has a name now, and is to stay.
                file.sync_all()?;
            }
            // Somebody else may have just named a file, and may not have come to this yet.
            File::open(folder)?.sync_all()?;
            Ok(true)
        }
        // A file that had a name and lost it gets none again; some file systems have no second names, and some machines
        // no `/proc`.
        Err(
            Errno::NOENT
            | Errno::XDEV
            | Errno::PERM
            | Errno::ACCESS
            | Errno::MLINK
            | Errno::NOSYS
            | Errno::OPNOTSUPP,
        ) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The folder, which the first archive creates, and which is on disk then.
#[cfg(target_os = "linux")]
fn existing(folder: &Path) -> io::Result<std::fs::Metadata> {
    match folder.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        found => return found,
    }
    match std::fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let parent = folder.parent().ok_or(io::ErrorKind::NotFound)?;
    std::fs::File::open(parent)?.sync_all()?;
    folder.metadata()
}
