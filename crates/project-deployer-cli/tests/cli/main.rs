//! The command as users run it: output, exit codes and errors.
#![expect(clippy::unwrap_used, reason = "tests")]

mod command;
#[cfg(feature = "demo")]
mod demo;
mod doctor;
mod existing_deployer;
mod installation;
mod listening;
mod official_client;
mod open_ldap;
mod pages;
mod parity;
mod schema;
mod seeds;
#[cfg(feature = "serve")]
mod serve;
mod state;
mod stopping;
mod usage;
