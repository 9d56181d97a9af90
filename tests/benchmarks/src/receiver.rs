//! The receiver process: it discards uploads, and serves downloads from memory.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};

use crate::process::program;

/// A running receiver. Dropping the value stops it.
#[derive(Debug)]
pub struct Receiver {
    process: Child,
    address: SocketAddr,
}

impl Receiver {
    /// Starts a receiver that answers uploads with `{}`, and every `GET` with the bytes of this file.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub fn start(answer: Option<&Path>) -> io::Result<Self> {
        let mut command = program("receiver")?;
        command.args(answer).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let address = line.trim().parse().map_err(io::Error::other)?;
        Ok(Self { process, address })
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many bytes of bodies it has received since the last call.
    ///
    /// # Errors
    ///
    /// It does not answer.
    pub fn received(&self) -> io::Result<u64> {
        let mut connection = TcpStream::connect(self.address)?;
        connection.write_all(b"GET /received HTTP/1.1\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        let body = answer.rsplit("\r\n").next().unwrap_or_default();
        body.parse().map_err(io::Error::other)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // It is fine if the process has already ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
