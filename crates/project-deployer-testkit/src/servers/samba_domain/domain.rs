//! The databases of a new domain.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::Path;

use super::super::ServerError;
use super::super::installation;
use super::super::kept::KeptFolder;
use super::super::sandbox::Sandbox;
use super::{PROVISION, READER_PASSWORD, SETTINGS, SOFTWARE};

/// Where they are in the sandbox, and where a copy of those that nobody has filled is put.
const DOMAIN: &str = "domain";
const EMPTY: &str = "empty";

/// A domain without people takes most of the time that a server needs to start, so that it is made once and kept.
#[derive(Debug)]
pub(super) struct EmptyDomain(Option<KeptFolder>);

impl EmptyDomain {
    pub(super) fn find() -> Self {
        Self(name().as_deref().and_then(KeptFolder::named))
    }

    /// Gives the sandbox the domain that is kept, or has it make one.
    pub(super) fn prepare(&self, sandbox: &mut Sandbox) -> Result<(), ServerError> {
        let place = sandbox.path().join(DOMAIN);
        if let Some(kept) = &self.0
            && kept.copy_to(&place, &|_| Ok(())).map_err(machine)?
        {
            return Ok(());
        }
        sandbox.folder("domain/etc")?;
        sandbox.prepare(&["python3", "/mnt/provision.py", "make", READER_PASSWORD]);
        if self.0.is_some() {
            sandbox.prepare(&["cp", "--archive", "/mnt/domain", "/mnt/empty"]);
        }
        Ok(())
    }

    /// Keeps the domain that the sandbox made, if it made one.
    pub(super) fn keep(&self, sandbox: &Path) -> Result<(), ServerError> {
        let empty = sandbox.join(EMPTY);
        match &self.0 {
            Some(kept) if empty.is_dir() => kept.keep(&empty).map_err(machine),
            _ => Ok(()),
        }
    }
}

/// Another name for each build of the server and for all that a domain is made from.
fn name() -> Option<String> {
    let program = installation::tree()?.join(SOFTWARE.program);
    let built = fs::metadata(program).ok()?;
    let mut hasher = DefaultHasher::new();
    (built.len(), built.modified().ok()?, PROVISION, SETTINGS, READER_PASSWORD).hash(&mut hasher);
    Some(format!("samba-{:016x}", hasher.finish()))
}

fn machine(source: std::io::Error) -> ServerError {
    ServerError::Machine { server: SOFTWARE.server, source }
}
