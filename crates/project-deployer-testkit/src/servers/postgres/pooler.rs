use std::fs;
use std::path::{Path, PathBuf};

use super::super::ServerError;
use super::program::Program;
use super::running::Running;
use super::{PostgresServer, machine, url};

/// What PgBouncer says when it answers.
const READY: &str = "process up";

/// PgBouncer in front of a server, with `pool_mode = transaction` and two sessions: each transaction of a client may run
/// in another one. It ends with this value, or with the process.
#[derive(Debug)]
pub struct TransactionPooler {
    folder: PathBuf,
    running: Option<Running>,
}

impl TransactionPooler {
    /// Starts a pooler and returns once it answers.
    ///
    /// # Errors
    ///
    /// It is not installed, or does not start.
    pub fn before(server: &PostgresServer) -> Result<Self, ServerError> {
        let program = Program::pooler()?;
        let folder = tempfile::Builder::new().prefix("pooler-").tempdir().map_err(machine)?;
        let settings = format!(
            "[databases]\n* = host={} user=test\n[pgbouncer]\npool_mode = transaction\n\
             default_pool_size = 2\nmax_client_conn = 500\nauth_type = any\nlisten_port = 5432\n\
             unix_socket_dir = {}\n",
            server.folder().display(),
            folder.path().display(),
        );
        let file = folder.path().join("pgbouncer.ini");
        fs::write(&file, settings).map_err(machine)?;
        program.give(folder.path()).map_err(machine)?;
        let folder = folder.keep();
        let mut command = program.command("pgbouncer", &folder);
        command.arg(&file);
        let mut pooler = Self { folder, running: None };
        // Unlike SIGQUIT, it has a handler of its own for this one: a shell in the background ignores SIGQUIT for
        // all that it starts.
        pooler.running = Some(Running::start(&pooler.folder, &command, READY, "TERM")?);
        Ok(pooler)
    }

    /// Its folder, which is gone when it has ended.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The URL of a database by way of the pooler.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        url(&self.folder, database)
    }
}

impl Drop for TransactionPooler {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.end(None);
        }
        // A pooler that was not running has no supervisor.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
