//! A Deployer and a node over HTTP, against a server of this process that writes down what it is
//! asked and answers with documents as docs/product/wire.md describes them.

#![cfg(feature = "http")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod bundles;
mod deployments;
mod errors;
mod infras;
mod node_accounts;
mod node_projects;
mod node_resources;
mod projects;
mod samples;
mod secrecy;
mod server;
mod transfers;
mod updates;
mod waiting;
