//! The files of a new cluster.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::super::{ServerError, installation};
use super::program::Program;
use super::{machine, not_ready};

/// Makes a new cluster in a folder that does not exist yet.
///
/// `initdb` takes most of the time that a server needs to start. Where packages are unpacked into a tree, what it made once is
/// kept beside that tree for each version, and copied.
pub(super) fn create(program: &Program, home: &Path, data: &Path) -> Result<(), ServerError> {
    let template = template(program);
    if let Some(template) = template.as_ref().filter(|template| template.is_dir()) {
        return copy(template, data, &|path| program.give(path)).map_err(machine);
    }
    initialize(program, home, data)?;
    if let Some(template) = template {
        keep(data, &template).map_err(machine)?;
    }
    Ok(())
}

fn template(program: &Program) -> Option<PathBuf> {
    let folder = installation::tree()?;
    Some(folder.with_file_name(format!("postgres-{}", program.version()?)))
}

fn initialize(program: &Program, home: &Path, data: &Path) -> Result<(), ServerError> {
    let mut create = program.command("initdb", home);
    create.arg("-D").arg(data).args(["-U", "test", "-A", "trust", "-E", "UTF8"]);
    create.args(["--locale=C", "--no-sync", "--no-instructions", "--wal-segsize=1"]);
    let created = create.output().map_err(machine)?;
    if created.status.success() {
        return Ok(());
    }
    let log = String::from_utf8_lossy(&created.stderr).into_owned();
    Err(not_ready("`initdb` failed", log))
}

/// Keeps a copy under its final name only when it is whole. Of several processes at a time, one keeps its copy.
fn keep(data: &Path, template: &Path) -> io::Result<()> {
    let beside = template.parent().unwrap_or(template);
    let whole = tempfile::Builder::new().prefix("postgres-").tempdir_in(beside)?;
    let copied = whole.path().join("data");
    copy(data, &copied, &|_| Ok(()))?;
    match fs::rename(&copied, template) {
        Err(_) if template.is_dir() => Ok(()),
        other => other,
    }
}

/// Copies a folder with its permissions; `give` sets the owner of each path.
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
