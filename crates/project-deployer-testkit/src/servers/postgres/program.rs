//! Where the programs of PostgreSQL are, and as whom they run.

use std::ffi::OsString;
use std::io;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::ServerError;
use super::super::installation;
use super::SERVER;

/// `nobody`, and its group.
const NOBODY: u32 = 65_534;

const FOLDER: &str = "usr/lib/postgresql";

/// An installation of one version.
#[derive(Debug, Clone)]
pub(super) struct Program {
    root: PathBuf,
    folder: PathBuf,
    is_root: bool,
}

impl Program {
    /// The newest version in the tree of Debian packages, else on the machine.
    pub(super) fn find() -> Result<Self, ServerError> {
        Self::of(SERVER, "postgresql", |root| newest(&root.join(FOLDER)))
    }

    /// PgBouncer.
    pub(super) fn pooler() -> Result<Self, ServerError> {
        Self::of("PgBouncer", "pgbouncer", |root| {
            let folder = root.join("usr/sbin");
            folder.join("pgbouncer").exists().then_some(folder)
        })
    }

    fn of(
        server: &'static str,
        package: &str,
        folder: impl Fn(&Path) -> Option<PathBuf>,
    ) -> Result<Self, ServerError> {
        let roots = installation::tree().into_iter().chain([PathBuf::from("/")]);
        let found = roots.filter_map(|root| Some((folder(&root)?, root))).next();
        let Some((folder, root)) = found else {
            let command = format!("apt-get install --yes --no-install-recommends {package}");
            return Err(ServerError::NotInstalled { server, command });
        };
        let own = std::fs::metadata("/proc/self").map_err(super::machine)?;
        Ok(Self { root, folder, is_root: own.uid() == 0 })
    }

    /// One of its programs. PostgreSQL refuses root.
    pub(super) fn command(&self, name: &str, home: &Path) -> Command {
        let program = self.folder.join(name);
        let mut command = if self.is_root {
            let mut command = Command::new("setpriv");
            command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")]);
            command.arg("--clear-groups").arg(program);
            command
        } else {
            Command::new(program)
        };
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("HOME", home);
        command.env("LD_LIBRARY_PATH", libraries(&self.root)).current_dir(home);
        command
    }

    /// The version in the name of its folder.
    pub(super) fn version(&self) -> Option<&str> {
        self.folder.parent()?.file_name()?.to_str()
    }

    /// Makes a path the server's own.
    pub(super) fn give(&self, path: &Path) -> io::Result<()> {
        if self.is_root { chown(path, Some(NOBODY), Some(NOBODY)) } else { Ok(()) }
    }
}

/// The folders of libraries of the packages, whose names differ by architecture.
fn libraries(root: &Path) -> OsString {
    let entries = root.join("usr/lib").read_dir().into_iter().flatten().flatten();
    let folders = entries.map(|entry| entry.path());
    let folders = folders.filter(|path| path.to_string_lossy().ends_with("-linux-gnu"));
    std::env::join_paths(folders).unwrap_or_default()
}

/// The programs of the newest version in a folder.
fn newest(folder: &Path) -> Option<PathBuf> {
    let versions = folder.read_dir().ok()?.flatten();
    let programs = versions.map(|version| version.path().join("bin"));
    let there = programs.filter(|programs| programs.join("postgres").exists());
    there.max_by_key(|programs| {
        let version = programs.parent().and_then(Path::file_name);
        version.and_then(|version| version.to_str()?.parse::<u32>().ok())
    })
}
