//! PostgreSQL as organisations run it, for stores.

mod cluster;
mod pooler;
mod program;
mod running;

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

pub use self::pooler::TransactionPooler;
use self::program::Program;
use self::running::Running;
use super::ServerError;
use super::certificate::ServerCertificate;
use crate::random::mark;

const SERVER: &str = "PostgreSQL";

/// What the server says when it answers, also as a standby.
const READY: &str = "database system is ready to accept";

/// Everybody is let in, except a user of this name, who needs a password.
const RULES: &str = "local all guarded scram-sha-256\n\
                     local all all trust\n\
                     host all all 127.0.0.0/8 trust\n";

/// How often a server is started while what is left of a killed one still ends.
const MOST_STARTS: u32 = 2_000;

/// A PostgreSQL cluster in a directory of its own, with a database `postgres` and its administrator `test`.
///
/// It listens on a Unix socket in that directory, so no port has to be free. It does not wait for the disk unless it is
/// asked to: it survives being killed, and no power failure. As root it runs as `nobody`, since PostgreSQL refuses root. It ends
/// with this value, or with the process, and its directory with it.
#[derive(Debug)]
pub struct PostgresServer {
    directory: PathBuf,
    program: Program,
    running: Option<Running>,
    tls: Option<Tls>,
    is_durable: bool,
}

#[derive(Debug)]
struct Tls {
    address: String,
    authority: String,
}

impl PostgresServer {
    /// Starts a server and returns once it answers.
    ///
    /// # Errors
    ///
    /// It is not installed, or does not start.
    pub fn start() -> Result<Self, ServerError> {
        let mut server = Self::create()?;
        server.restart()?;
        Ok(server)
    }

    /// Starts a server that waits for the disk, as usual ones do, for measurements.
    ///
    /// # Errors
    ///
    /// It is not installed, or does not start.
    pub fn start_durable() -> Result<Self, ServerError> {
        let mut server = Self::create()?;
        server.is_durable = true;
        server.restart()?;
        Ok(server)
    }

    /// Starts a server that also offers TLS, on an address of this machine.
    ///
    /// # Errors
    ///
    /// It is not installed, or does not start.
    pub fn start_with_tls() -> Result<Self, ServerError> {
        let mut server = Self::create()?;
        let certificate =
            ServerCertificate::make().map_err(|error| ServerError::Certificate(error.into()))?;
        server.write("server.pem", &certificate.certificate)?;
        server.write("server.key", &certificate.key)?;
        loop {
            // Of sixteen million addresses, one that somebody listens on is tried no second time.
            let random = u32::from_str_radix(&mark()[..6], 16).unwrap_or(1);
            let address = std::net::Ipv4Addr::from_bits(0x7f00_0000 | random).to_string();
            server.tls = Some(Tls { address, authority: certificate.authority.clone() });
            match server.restart() {
                Err(ServerError::NotReady { log, .. }) if log.contains("could not bind") => {}
                other => return other.map(|()| server),
            }
        }
    }

    fn create() -> Result<Self, ServerError> {
        let program = Program::find()?;
        let directory = tempfile::Builder::new().prefix("postgres-").tempdir().map_err(machine)?;
        program.give(directory.path()).map_err(machine)?;
        let data = directory.path().join("data");
        cluster::create(&program, directory.path(), &data)?;
        fs::write(data.join("pg_hba.conf"), RULES).map_err(machine)?;
        // From here on the supervisor removes the directory, so that this happens in every case.
        Ok(Self {
            directory: directory.keep(),
            program,
            running: None,
            tls: None,
            is_durable: false,
        })
    }

    /// The folder of its Unix socket.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.directory
    }

    /// The path of its Unix socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.directory.join(".s.PGSQL.5432")
    }

    /// The URL of a database, by way of the Unix socket.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        url(&self.directory, database)
    }

    /// The URL of the database by way of TCP, and the PEM of the authority of its certificate, which is for
    /// `localhost`; none if the server was started without TLS.
    #[must_use]
    pub fn tls(&self) -> Option<(String, &str)> {
        let Tls { address, authority } = self.tls.as_ref()?;
        Some((format!("postgres://test@localhost:5432/postgres?hostaddr={address}"), authority))
    }

    /// A program of PostgreSQL, such as `pgbench`, that finds this server.
    #[must_use]
    pub fn tool(&self, name: &str) -> std::process::Command {
        let mut command = self.program.command(name, &self.directory);
        command.env("PGHOST", &self.directory).env("PGUSER", "test");
        command
    }

    /// Kills the server as `kill -9` does.
    pub fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            running.end(Some("KILL"));
        }
    }

    /// Starts the server again, with what it has on disk.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub fn restart(&mut self) -> Result<(), ServerError> {
        if let Some(running) = self.running.take() {
            running.end(Some("QUIT"));
        }
        let mut starts = 1;
        loop {
            match self.run() {
                // Sessions of a killed server end by themselves, each when it notices.
                Err(ServerError::NotReady { log, .. })
                    if log.contains("is still in use") && starts < MOST_STARTS =>
                {
                    starts += 1;
                }
                other => return other,
            }
        }
    }

    /// Starts the server again as a standby: it only reads from now on.
    ///
    /// # Errors
    ///
    /// It does not start.
    pub fn restart_as_standby(&mut self) -> Result<(), ServerError> {
        self.write("data/standby.signal", "")?;
        self.restart()
    }

    /// What the server has said.
    #[must_use]
    pub fn log(&self) -> String {
        self.running.as_ref().map(Running::log).unwrap_or_default()
    }

    fn run(&mut self) -> Result<(), ServerError> {
        let mut server = self.program.command("postgres", &self.directory);
        server.arg("-D").arg(self.directory.join("data")).arg("-k").arg(&self.directory);
        let mut settings = vec!["shared_buffers=32MB".to_owned()];
        if !self.is_durable {
            settings.extend(["fsync=off", "full_page_writes=off"].map(str::to_owned));
        }
        let address = self.tls.as_ref().map_or("", |tls| &tls.address);
        settings.push(format!("listen_addresses={address}"));
        if self.tls.is_some() {
            let file = |name| self.directory.join(name).display().to_string();
            settings.push("ssl=on".to_owned());
            settings.push(format!("ssl_cert_file={}", file("server.pem")));
            settings.push(format!("ssl_key_file={}", file("server.key")));
        }
        for setting in settings {
            server.arg("-c").arg(setting);
        }
        self.running = Some(Running::start(&self.directory, &server, READY, "QUIT")?);
        Ok(())
    }

    /// Writes a file that only the server reads.
    fn write(&self, name: &str, content: &str) -> Result<(), ServerError> {
        let path = self.directory.join(name);
        let write = || {
            fs::write(&path, content)?;
            fs::set_permissions(&path, Permissions::from_mode(0o600))?;
            self.program.give(&path)
        };
        write().map_err(machine)
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.end(None);
        }
        // A server that was not running has no supervisor.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// The URL of a database behind the Unix socket in a folder, for example of a proxy.
fn url(folder: &Path, database: &str) -> String {
    let folder = folder.display().to_string().replace('/', "%2F");
    format!("postgres://test@{folder}/{database}")
}

fn machine(source: io::Error) -> ServerError {
    ServerError::Machine { server: SERVER, source }
}

fn not_ready(reason: &str, log: String) -> ServerError {
    ServerError::NotReady { server: SERVER, reason: reason.to_owned(), log }
}
