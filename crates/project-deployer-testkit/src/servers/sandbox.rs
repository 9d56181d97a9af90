//! A sandbox of its own for a server: namespaces that see the machine's files read only, have a network
//! with nothing but loopback, and end with whatever runs in them.
//!
//! Ports in the sandbox are the usual ones. Outside, each has a listening socket on a port that the system
//! chose, which is handed into the sandbox open: no other program can take the port. The sandbox
//! holds the end of a pipe whose other end is here; when that closes, be it because the process was killed,
//! the sandbox ends and its directory is removed.

use std::fs::{self, Permissions};
use std::io::{self, PipeWriter};
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use super::certificate::ServerCertificate;
use super::installation::Software;
use super::{ServerError, question};

/// Longer than the slowest server takes on a machine that is busy.
const START_LIMIT: Duration = Duration::from_secs(240);

const OUTSIDE: &str = include_str!("sandbox/outside.sh");
const INSIDE: &str = include_str!("sandbox/inside.sh");
const SUPERVISOR: &str = include_str!("sandbox/supervisor.py");

/// Where all paths in a sandbox begin: the one place that can be written.
pub(super) const PLACE: &str = "/mnt";

/// A sandbox before its server runs.
#[derive(Debug)]
pub(super) struct Sandbox {
    software: Software,
    tree: Option<PathBuf>,
    directory: TempDir,
    prepare: Vec<Vec<String>>,
}

/// A server that answers. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct RunningServer {
    pub(super) port: u16,
    pub(super) tls_port: u16,
    software: Software,
    pub(super) directory: PathBuf,
    wanted: Option<PipeWriter>,
    outside: Child,
}

impl Sandbox {
    fn new(software: Software) -> Result<Self, ServerError> {
        let tree = software.find()?;
        let machine = |source| ServerError::Machine { server: software.server, source };
        let directory = tempfile::Builder::new().prefix("directory-").tempdir().map_err(machine)?;
        let sandbox = Self { software, tree, directory, prepare: Vec::new() };
        sandbox.write("inside.sh", INSIDE)?;
        sandbox.write("supervisor.py", SUPERVISOR)?;
        Ok(sandbox)
    }

    /// A sandbox with the files of a server certificate, and the PEM of its authority.
    pub(super) fn certified(software: Software) -> Result<(Self, String), ServerError> {
        let sandbox = Self::new(software)?;
        let certificate =
            ServerCertificate::make().map_err(|error| ServerError::Certificate(error.into()))?;
        sandbox.write("ca.pem", &certificate.authority)?;
        sandbox.write("server.pem", &certificate.certificate)?;
        sandbox.write("server.key", &certificate.key)?;
        Ok((sandbox, certificate.authority))
    }

    /// What the sandbox sees as [`PLACE`].
    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file that only the owner reads.
    pub(super) fn write(&self, name: &str, content: &str) -> Result<(), ServerError> {
        let path = self.directory.path().join(name);
        let write = || {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&path, content)?;
            fs::set_permissions(&path, Permissions::from_mode(0o600))
        };
        write().map_err(|source| self.machine(source))
    }

    pub(super) fn folder(&self, name: &str) -> Result<(), ServerError> {
        let path = self.directory.path().join(name);
        fs::create_dir_all(path).map_err(|source| self.machine(source))
    }

    /// Runs in the sandbox before the server does, in the order given.
    pub(super) fn prepare(&mut self, command: &[&str]) {
        self.prepare.push(command.iter().map(|word| (*word).to_owned()).collect());
    }

    /// Starts the server and returns once it answers.
    pub(super) fn serve(self, command: &[&str]) -> Result<RunningServer, ServerError> {
        let plan = json!({"prepare": self.prepare, "serve": command, "ports": [389, 636]});
        self.write("plan.json", &plan.to_string())?;
        self.write("log", "")?;
        let server = self.start().map_err(|source| self.machine(source))?;
        // From here on the sandbox removes its directory itself, so that this happens in every case.
        let _ = self.directory.keep();
        // The sandbox opens its doors once the server listens on all of its ports.
        match question::answers(server.port, START_LIMIT) {
            Ok(()) => Ok(server),
            Err(error) => Err(server.failure(&error)),
        }
    }

    fn start(&self) -> io::Result<RunningServer> {
        let (plain, encrypted) = (door()?, door()?);
        let port = plain.local_addr()?.port();
        let tls_port = encrypted.local_addr()?.port();
        let (reader, wanted) = io::pipe()?;
        let mut command = Command::new("sh");
        command.args(["-c", OUTSIDE, "sandbox"]).arg(self.directory.path());
        command.arg(self.tree.as_deref().unwrap_or(Path::new("")));
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LANG", "C.UTF-8");
        command.env("HOME", PLACE);
        command.stdin(OwnedFd::from(plain)).stdout(OwnedFd::from(encrypted)).stderr(reader);
        // What a terminal sends to the tests is theirs; the sandbox ends with them.
        command.process_group(0);
        let outside = command.spawn()?;
        let directory = self.directory.path().to_owned();
        let software = self.software;
        Ok(RunningServer { port, tls_port, software, directory, wanted: Some(wanted), outside })
    }

    fn machine(&self, source: io::Error) -> ServerError {
        ServerError::Machine { server: self.software.server, source }
    }
}

impl RunningServer {
    fn failure(&self, error: &io::Error) -> ServerError {
        let server = self.software.server;
        let log = self.log();
        if self.directory.join("entered").exists() {
            ServerError::NotReady { server, reason: error.to_string(), log }
        } else {
            ServerError::NoSandbox { server, log }
        }
    }

    /// The end of what the server and what prepared it said.
    pub(super) fn log(&self) -> String {
        let log = fs::read(self.directory.join("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log).into_owned();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        drop(self.wanted.take());
        let _ = self.outside.wait();
    }
}

/// A socket that listens, on a port that the system chooses.
fn door() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
}
