//! Where the programs of a server are.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::ServerError;

/// Names the tree that Debian packages were unpacked into. `cargo xtask test` sets it.
const TREE: &str = "PROJECT_DEPLOYER_DEBIAN";

/// What makes up a server, by the names of Debian.
#[derive(Debug, Clone, Copy)]
pub(super) struct Software {
    pub(super) server: &'static str,
    pub(super) program: &'static str,
    pub(super) packages: &'static str,
}

impl Software {
    /// The files of Debian packages that are laid over those of the machine; none where the machine has
    /// the programs itself.
    pub(super) fn find(&self) -> Result<Option<PathBuf>, ServerError> {
        let tree = tree();
        let unpacked = tree.as_deref().is_some_and(|tree| self.is_in(tree));
        if unpacked || self.is_in(Path::new("/")) {
            return Ok(tree);
        }
        let packages = self.packages;
        let command = format!("apt-get install --yes --no-install-recommends {packages}");
        Err(ServerError::NotInstalled { server: self.server, command })
    }

    fn is_in(&self, root: &Path) -> bool {
        root.join(self.program).exists()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the tree is where the command that installs puts it"
)]
pub(super) fn tree() -> Option<PathBuf> {
    let tree = env::var(TREE).ok().filter(|tree| !tree.is_empty())?;
    PathBuf::from(tree).canonicalize().ok()
}

/// `ldapsearch` of OpenLDAP, a client that shares nothing with ours. It reads no settings of the machine.
///
/// # Errors
///
/// It is not installed.
pub fn ldapsearch() -> Result<Command, ServerError> {
    tool("ldapsearch")
}

/// `ldapmodify` of OpenLDAP, as [`ldapsearch`].
///
/// # Errors
///
/// It is not installed.
pub fn ldapmodify() -> Result<Command, ServerError> {
    tool("ldapmodify")
}

/// `strace`, which records the system calls of another program.
///
/// # Errors
///
/// It is not installed.
pub fn strace() -> Result<Command, ServerError> {
    let program = "usr/bin/strace";
    let software = Software { server: "strace", program, packages: "strace" };
    let tree = software.find()?.filter(|tree| software.is_in(tree));
    let root = tree.unwrap_or_else(|| PathBuf::from("/"));
    let mut command = Command::new(root.join(program));
    command.env("LD_LIBRARY_PATH", libraries(&root, "libunwind.so.8"));
    Ok(command)
}

/// `systemd-analyze`, which checks units without a running systemd.
///
/// # Errors
///
/// It is not installed.
pub fn systemd_analyze() -> Result<Command, ServerError> {
    let program = "usr/bin/systemd-analyze";
    let software = Software { server: "systemd-analyze", program, packages: "systemd" };
    let tree = software.find()?.filter(|tree| software.is_in(tree));
    let Some(root) = tree else { return Ok(Command::new(Path::new("/").join(program))) };
    let mut command = Command::new(root.join(program));
    let folders = root.join("usr/lib").read_dir().into_iter().flatten().flatten();
    let folders = folders.flat_map(|entry| [entry.path().join("systemd"), entry.path()]);
    command.env("LD_LIBRARY_PATH", env::join_paths(folders).unwrap_or_default());
    // The units of the distribution are in the tree as well; the usual places come after it.
    let mut units = root.join("usr/lib/systemd/system").into_os_string();
    units.push(":");
    command.env("SYSTEMD_UNIT_PATH", units);
    Ok(command)
}

fn tool(name: &'static str) -> Result<Command, ServerError> {
    let program = "usr/bin/ldapsearch";
    let software = Software { server: "ldapsearch", program, packages: "ldap-utils" };
    let root = software.find()?.filter(|tree| software.is_in(tree));
    let root = root.unwrap_or_else(|| PathBuf::from("/"));
    let mut command = Command::new(root.join("usr/bin").join(name));
    command.env("LDAPNOINIT", "1").env("LD_LIBRARY_PATH", libraries(&root, "libldap-2.5.so.0"));
    Ok(command)
}

/// The folders with a library, whose names differ by architecture.
fn libraries(root: &Path, library: &str) -> OsString {
    let entries = root.join("usr/lib").read_dir().into_iter().flatten().flatten();
    let folders = entries.map(|entry| entry.path()).filter(|path| path.join(library).exists());
    env::join_paths(folders).unwrap_or_default()
}
