//! An S3-compatible object store, the server of moto, a Python program.

use std::env;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use super::ServerError;

const SERVER: &str = "the S3 server moto";

/// The path of a Python with moto. `cargo xtask test` creates one and sets this variable.
const PYTHON: &str = "PROJECT_DEPLOYER_MOTO";

/// The server, which also ends when its input ends: so it never outlives this process.
const PROGRAM: &str = "
import os, runpy, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
sys.argv = ['moto.server', '--host', '127.0.0.1', '--port', '0']
runpy.run_module('moto.server', run_name='__main__')
";

/// What it says before its address.
const READY: &str = "Running on ";

/// An S3-compatible object store with one bucket, in memory. It takes every access key. It ends with this value, or with
/// the process.
#[derive(Debug)]
pub struct S3Server {
    address: String,
    program: Child,
}

impl S3Server {
    /// The bucket.
    pub const BUCKET: &'static str = "bundles";

    /// Starts a server and returns once it answers.
    ///
    /// # Errors
    ///
    /// It is not installed, or does not start.
    pub fn start() -> Result<Self, ServerError> {
        let mut command = Command::new(python()?);
        command.args(["-c", PROGRAM]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut program = command.spawn().map_err(machine)?;
        let said = program.stderr.take();
        let mut server = Self { address: String::new(), program };
        server.address = said.ok_or_else(String::new).and_then(address_in).map_err(|log| {
            ServerError::NotReady { server: SERVER, reason: "it ended".to_owned(), log }
        })?;
        create_bucket(server.address.trim_start_matches("http://"))?;
        Ok(server)
    }

    /// Its address, `http://` with a host and a port.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        // One that has ended already needs no end.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// The address that a server says, or all that it said before it ended. What it says later is read, and dropped.
fn address_in(said: ChildStderr) -> Result<String, String> {
    let mut log = String::new();
    let mut lines = BufReader::new(said).lines().map_while(Result::ok);
    for line in lines.by_ref() {
        if let Some((_, address)) = line.split_once(READY) {
            let address = address.trim().to_owned();
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(address);
        }
        log.push_str(&line);
        log.push('\n');
    }
    Err(log)
}

/// A bucket is created by an empty PUT of its name. This server checks no signature.
fn create_bucket(host: &str) -> Result<(), ServerError> {
    let mut connection = TcpStream::connect(host).map_err(machine)?;
    let bucket = S3Server::BUCKET;
    write!(
        connection,
        "PUT /{bucket} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
    .map_err(machine)?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).map_err(machine)?;
    if answer.starts_with("HTTP/1.1 200") {
        return Ok(());
    }
    let reason = "it made no bucket".to_owned();
    Err(ServerError::NotReady { server: SERVER, reason, log: answer })
}

fn python() -> Result<PathBuf, ServerError> {
    #[expect(clippy::disallowed_methods, reason = "the command that installs it sets it")]
    let named = env::var(PYTHON).ok().filter(|path| !path.is_empty()).map(PathBuf::from);
    // Beside the tree of this crate, for those who run `cargo test` themselves.
    let usual =
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/python-moto/bin/python");
    let python = named.unwrap_or_else(usual);
    if python.exists() {
        return Ok(python);
    }
    let command = "pip install 'moto[server,s3]==5.2.5'".to_owned();
    Err(ServerError::NotInstalled { server: SERVER, command })
}

fn machine(source: io::Error) -> ServerError {
    ServerError::Machine { server: SERVER, source }
}
