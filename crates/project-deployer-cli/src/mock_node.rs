//! `deployer mock-node`: a node of the product for tests in any language.

mod admin_key;
mod stop;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;

use project_deployer_testkit::{MockNode, MockNodeBuilder, SeedFile, SeedFileError, StartError};
use serde::Serialize;

use stop::{Stop, StopError};

/// Start a mock node of the product and keep it until it is stopped.
///
/// It speaks the public API of an Automation node over HTTP, keeps everything in memory, and prints one
/// line of JSON as soon as it answers:
///
/// {"url": "http://127.0.0.1:40123", "adminApiKey": "..."}
///
/// SIGINT (Ctrl-C) and SIGTERM stop it, with exit code 0. It is for tests: what it holds is gone when it
/// stops, and it does not check passwords.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where to listen. Port 0 takes a free one. Whoever listens elsewhere than on the machine itself is
    /// warned: who can reach the address and learns the key administers the node.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", value_parser = address)]
    listen: SocketAddr,

    /// A JSON file with what is on the node: users, groups, connections and more, as the README of
    /// `project-deployer-cli` describes it. Without it the node has what a fresh one has. The admin key is
    /// made up unless the file names one.
    #[arg(long, value_name = "FILE.json")]
    seed: Option<PathBuf>,

    /// Stop as well when standard input closes, so that the node ends with the program that started it.
    #[arg(long)]
    until_stdin_closes: bool,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "this is no address with a port; write for example 127.0.0.1:0 or [::1]:8080".to_owned()
    })
}

/// Why a mock node does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MockNodeError {
    #[error(transparent)]
    Seed(#[from] SeedFileError),
    #[error(transparent)]
    Key(#[from] admin_key::NoRandomness),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Stop(#[from] StopError),
    #[error("the address and the key cannot be printed; keep standard output open")]
    Print(#[source] io::Error),
}

/// What whoever started the node needs to know.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Started {
    url: String,
    admin_api_key: String,
}

/// Runs a node until it is stopped.
///
/// # Errors
///
/// It cannot be seeded or started, or there is nobody to tell its key to.
pub(crate) async fn run(arguments: Arguments) -> Result<(), MockNodeError> {
    let builder = builder(arguments.seed)?.listen(arguments.listen);
    // Before anybody knows of the node, so that nobody stops it in vain.
    let stop = Stop::new(arguments.until_stdin_closes)?;
    let node = builder.try_start().await?;
    if !node.address().ip().is_loopback() {
        warn_of_visitors(node.address());
    }
    let started = Started { url: node.url().to_owned(), admin_api_key: node.admin_api_key() };
    print(&started).map_err(MockNodeError::Print)?;
    stop.wanted().await;
    Ok(())
}

fn builder(seed: Option<PathBuf>) -> Result<MockNodeBuilder, MockNodeError> {
    let Some(path) = seed else {
        return Ok(MockNode::builder("mock").admin_api_key(admin_key::make_up()?));
    };
    let seed = SeedFile::read(path)?;
    if seed.names_admin_api_key() {
        return Ok(seed.into_builder());
    }
    Ok(seed.into_builder().admin_api_key(admin_key::make_up()?))
}

fn warn_of_visitors(address: SocketAddr) {
    let message = format!(
        "{address} can be reached from other machines, without TLS; listen on 127.0.0.1 unless they are \
         to use the node"
    );
    crate::tell("warning", &message);
}

fn print(started: &Started) -> io::Result<()> {
    let mut output = io::stdout().lock();
    serde_json::to_writer(&mut output, started)?;
    output.write_all(b"\n")?;
    output.flush()
}
