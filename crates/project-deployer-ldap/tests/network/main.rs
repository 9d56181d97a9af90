//! Tests `LdapDirectory` with servers in this process: one that serves a directory in memory, and faulty
//! ones.

#![expect(clippy::panic, clippy::unwrap_used, reason = "tests")]

mod addresses;
mod certificates;
mod conformance;
mod faults;
mod hostile;
mod injection;
mod people;
mod pipelining;
mod ranges;
mod server;
mod serving;
mod settings;
mod tls;
mod visiting;
