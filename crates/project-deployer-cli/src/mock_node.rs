//! `deployer mock-node`: a node of the product for tests in any language.

mod admin_key;
#[cfg(feature = "demo")]
pub(crate) mod fleet;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use project_deployer_testkit::{MockNode, MockNodeBuilder, SeedFile, SeedFileError, StartError};
use serde::Serialize;

use crate::output::print_line;
use crate::stop::{Stop, StopError};

/// Run a mock node for tests until it is stopped.
///
/// The node has the public API of an Automation node over HTTP. As soon as it accepts requests, it prints
/// one line of JSON:
///
/// {"url": "http://127.0.0.1:40123", "adminApiKey": "..."}
///
/// SIGINT (Ctrl-C) and SIGTERM stop it, with exit code 0. All data is in memory and is lost then. The node
/// does not check passwords.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Address to listen on; port 0 picks a free port. An address that other machines can reach gives a
    /// warning: every user who reaches it and has the key administers the node.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", value_parser = address)]
    listen: SocketAddr,

    /// JSON file with the users, groups, connections and other objects of the node. The README of
    /// `project-deployer-cli` describes it. Without a seed, the node is like a new one. The admin key is
    /// random unless the seed sets it.
    #[arg(long, value_name = "FILE.json")]
    seed: Option<PathBuf>,

    /// Also stop when standard input closes, so that the node ends with the program that started it.
    #[arg(long)]
    until_stdin_closes: bool,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "this is not an address with a port; write for example 127.0.0.1:0 or [::1]:8080".to_owned()
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
    #[error("two nodes have the label `{0}`; give each one its own")]
    LabelTwice(String),
    #[error("cannot print the address and the key; keep standard output open")]
    Print(#[source] io::Error),
}

/// What the program that started the node needs.
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
/// The seed is invalid, the node does not start, or standard output is closed.
pub(crate) async fn run(arguments: Arguments) -> Result<(), MockNodeError> {
    let builder = builder(arguments.seed)?.listen(arguments.listen);
    // Before the address is printed, so that no signal is lost.
    let mut stop = Stop::new(arguments.until_stdin_closes)?;
    let node = builder.try_start().await?;
    if !node.address().ip().is_loopback() {
        warn_of_remote_access(node.address());
    }
    let started = Started { url: node.url().to_owned(), admin_api_key: node.admin_api_key() };
    print_line(&started).map_err(MockNodeError::Print)?;
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

/// A node of a fleet, which has its own id and key whatever the seed says.
///
/// # Errors
///
/// The seed is invalid, or the system has no random bytes.
pub(crate) fn builder_of(
    label: &str,
    seed: Option<&Path>,
) -> Result<MockNodeBuilder, MockNodeError> {
    let builder = match seed {
        Some(path) => SeedFile::read(path)?.into_builder().node_id(label),
        None => MockNode::builder(label),
    };
    Ok(builder.admin_api_key(admin_key::make_up()?))
}

fn warn_of_remote_access(address: SocketAddr) {
    let message = format!(
        "{address} can be reached from other machines, without TLS; listen on 127.0.0.1 unless they need \
         the node"
    );
    crate::report("warning", &message);
}
