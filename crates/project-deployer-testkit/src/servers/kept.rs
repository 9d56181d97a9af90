//! What a server's own tools make in seconds, kept for later starts.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::installation;

/// A folder beside the tree of unpacked packages. Without such a tree nothing is kept.
#[derive(Debug)]
pub(super) struct KeptFolder(PathBuf);

impl KeptFolder {
    /// The name has to change with everything that the content depends on.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(Self(installation::tree()?.with_file_name(name)))
    }

    /// Copies what is kept to a folder that does not exist yet, where `give` sets the owner of each path. False if nothing is
    /// kept.
    pub(super) fn copy_to(
        &self,
        folder: &Path,
        give: &dyn Fn(&Path) -> io::Result<()>,
    ) -> io::Result<bool> {
        if !self.0.is_dir() {
            return Ok(false);
        }
        copy(&self.0, folder, give)?;
        Ok(true)
    }

    /// Keeps a copy under its final name only when it is whole. Of several processes at a time, one keeps its copy.
    pub(super) fn keep(&self, folder: &Path) -> io::Result<()> {
        let beside = self.0.parent().unwrap_or(&self.0);
        let whole = tempfile::Builder::new().prefix("kept-").tempdir_in(beside)?;
        let copied = whole.path().join("data");
        copy(folder, &copied, &|_| Ok(()))?;
        match fs::rename(&copied, &self.0) {
            Err(_) if self.0.is_dir() => Ok(()),
            other => other,
        }
    }
}

/// Copies a folder with its permissions.
fn copy(from: &Path, to: &Path, give: &dyn Fn(&Path) -> io::Result<()>) -> io::Result<()> {
    fs::create_dir(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for entry in from.read_dir()? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target, give)?;
        } else {
            fs::copy(entry.path(), &target)?;
            give(&target)?;
        }
    }
    give(to)
}
