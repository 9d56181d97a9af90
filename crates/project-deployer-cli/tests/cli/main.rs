//! The command as users run it: output, exit codes and errors.
#![expect(clippy::unwrap_used, reason = "tests")]

mod audit;
mod command;
#[cfg(feature = "demo")]
mod demo;
#[cfg(feature = "serve")]
mod deploy_files;
mod doctor;
mod estate;
mod existing_deployer;
mod history;
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
#[cfg(feature = "serve")]
mod serve_limits;
#[cfg(all(feature = "serve", feature = "postgres"))]
mod serve_pair;
mod state;
mod stopping;
mod usage;
#[cfg(feature = "serve")]
mod verbs;
