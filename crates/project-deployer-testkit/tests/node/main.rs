//! A mock node as its callers see it: over HTTP, one fact per test.
#![expect(clippy::unwrap_used, reason = "tests")]

mod activation;
mod administration;
mod bundles;
mod client;
mod credentials;
mod deployer;
mod documents;
mod exported;
mod faults;
mod futures;
mod listening;
mod logins;
mod profiles;
mod public_scripts;
mod quirks;
mod runs;
mod scenarios;
mod tls;
