//! The S3 server of moto, a Python program.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use project_deployer_store::ObjectArchive;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::{BUCKET, settings};

/// The path of a Python with moto. `cargo xtask test` creates one and sets this variable.
const PYTHON: &str = "PROJECT_DEPLOYER_MOTO";
/// States that nothing can be downloaded: tests that need the server are skipped.
const OFFLINE: &str = "PROJECT_DEPLOYER_OFFLINE";

/// A server, which ends with the test.
#[derive(Debug)]
pub(crate) struct Moto {
    pub(crate) address: String,
    _program: Child,
}

impl Moto {
    /// Starts a server with one bucket; `None` when this run has none.
    pub(crate) async fn start() -> Option<Self> {
        let mut program = Command::new(python()?)
            .args(["-m", "moto.server", "--host", "127.0.0.1", "--port", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(program.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next_line().await.unwrap().expect("moto ends before it listens");
            if let Some((_, address)) = line.split_once("Running on ") {
                break address.trim().to_owned();
            }
        };
        // It writes a line for each request.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        create_bucket(&address).await;
        Some(Self { address, _program: program })
    }

    pub(crate) fn archive(&self) -> ObjectArchive {
        ObjectArchive::in_bucket(&settings(&self.address)).unwrap()
    }
}

/// A bucket is created by an empty PUT of its name; moto checks no signature.
async fn create_bucket(address: &str) {
    let host = address.trim_start_matches("http://");
    let mut connection = TcpStream::connect(host).await.unwrap();
    let request = format!(
        "PUT /{BUCKET} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

fn python() -> Option<PathBuf> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let usual = || package.join("../../target/python-moto/bin/python");
    let python = variable(PYTHON).map_or_else(usual, PathBuf::from);
    if python.exists() {
        return Some(python);
    }
    assert!(
        variable(OFFLINE).as_deref() == Some("1"),
        "moto is not installed ({} is missing); run `cargo xtask test`, or set {OFFLINE}=1 to leave \
         this out",
        python.display()
    );
    None
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where these tests read the environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
