//! The files of a new cluster.

use std::path::Path;

use super::super::ServerError;
use super::super::kept::KeptFolder;
use super::program::Program;
use super::{machine, not_ready};

/// Makes a new cluster in a folder that does not exist yet.
///
/// `initdb` takes most of the time that a server needs to start, so that what it made once is kept for each version.
pub(super) fn create(program: &Program, home: &Path, data: &Path) -> Result<(), ServerError> {
    let kept =
        program.version().and_then(|version| KeptFolder::named(&format!("postgres-{version}")));
    if let Some(kept) = &kept
        && kept.copy_to(data, &|path| program.give(path)).map_err(machine)?
    {
        return Ok(());
    }
    initialize(program, home, data)?;
    kept.map_or(Ok(()), |kept| kept.keep(data)).map_err(machine)
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
