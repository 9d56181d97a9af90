//! A file becomes an archive of a directory without a copy: it gets a name there. Only Linux names files that have none.

use std::io;
use std::path::Path;

use crate::archive_file::ArchiveFile;

/// How files get names. Tests put another one in its place, as of a directory on another file system.
#[derive(Debug, Clone, Copy)]
pub(super) struct Naming {
    /// The number of the file system of a file or a folder.
    #[cfg(target_os = "linux")]
    pub(super) device: fn(&std::fs::Metadata) -> u64,
    /// Gives a file without a name a name.
    #[cfg(target_os = "linux")]
    pub(super) name: fn(&std::fs::File, &Path) -> rustix::io::Result<()>,
}

impl Naming {
    /// That of the system.
    #[cfg(target_os = "linux")]
    pub(super) fn of_system() -> Self {
        Self { device: std::os::unix::fs::MetadataExt::dev, name: name_now }
    }

    /// That of the system.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn of_system() -> Self {
        Self {}
    }
}

/// Gives a file a name in a folder, which is on disk then. What has the name stays. False if this file cannot get a name
/// there: it is on another file system, or of a kind that gets none.
pub(super) async fn link(naming: Naming, file: &ArchiveFile, folder: &Path) -> io::Result<bool> {
    let (file, folder) = (file.clone(), folder.to_owned());
    let linking = tokio::task::spawn_blocking(move || link_now(naming, &file, &folder));
    linking.await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

#[cfg(not(target_os = "linux"))]
fn link_now(_: Naming, _: &ArchiveFile, _: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(target_os = "linux")]
fn link_now(naming: Naming, archive: &ArchiveFile, folder: &Path) -> io::Result<bool> {
    use rustix::io::Errno;

    let (file, found) = (archive.file(), existing(folder)?);
    if (naming.device)(&file.metadata()?) != (naming.device)(&found) {
        return Ok(false);
    }
    if !shared_as(file, &found)? {
        return Ok(false);
    }
    // It is stored now, whenever it was written.
    file.set_modified(crate::archive::machine_time())?;
    file.sync_all()?;
    let named = (naming.name)(file, &folder.join(archive.digest().as_str()));
    match named {
        Ok(()) | Err(Errno::EXIST) => {
            if named.is_ok() {
                // That it has a name now, and is to stay.
                file.sync_all()?;
            }
            settled_now(folder)?;
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

#[cfg(target_os = "linux")]
fn name_now(file: &std::fs::File, name: &Path) -> rustix::io::Result<()> {
    use std::os::fd::AsRawFd as _;

    use rustix::fs::{AtFlags, CWD, linkat};

    let nameless = format!("/proc/self/fd/{}", file.as_raw_fd());
    linkat(CWD, nameless, CWD, name, AtFlags::SYMLINK_FOLLOW)
}

/// Whoever may read the folder may read what is in it: the file was for its owner alone. Nobody else may write it. In a folder
/// that gives its group to its files, it gets that group; false if this process may not give it away, where a copy gets it.
#[cfg(target_os = "linux")]
fn shared_as(file: &std::fs::File, folder: &std::fs::Metadata) -> io::Result<bool> {
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};

    const SET_GROUP: u32 = 0o2000;
    if folder.mode() & SET_GROUP != 0 && file.metadata()?.gid() != folder.gid() {
        match fchown(file, None, Some(folder.gid())) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(false),
            given => given?,
        }
    }
    file.set_permissions(Permissions::from_mode(mode_in(folder.mode())))?;
    Ok(true)
}

/// The mode of an archive in a folder with this one.
#[cfg(target_os = "linux")]
fn mode_in(folder: u32) -> u32 {
    0o600 | (folder & 0o044)
}

/// That all names in a folder are on disk: somebody else may have just named a file, and may not have come to this yet.
pub(super) async fn settled(folder: &Path) -> io::Result<()> {
    let folder = folder.to_owned();
    let syncing = tokio::task::spawn_blocking(move || settled_now(&folder));
    syncing.await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

#[cfg(unix)]
fn settled_now(folder: &Path) -> io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

/// Windows syncs no directories.
#[cfg(not(unix))]
fn settled_now(_: &Path) -> io::Result<()> {
    Ok(())
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_read_by_whom_its_folder_is_and_written_by_its_owner_alone() {
        let modes = [0o700, 0o750, 0o755, 0o775, 0o777, 0o2770, 0o2775, 0o500].map(mode_in);
        assert_eq!(modes, [0o600, 0o640, 0o644, 0o644, 0o644, 0o640, 0o644, 0o600]);
    }
}
