//! A mock node as its callers see it: over HTTP, one fact per test.
#![expect(clippy::unwrap_used, reason = "tests")]

mod activation;
mod bundles;
mod client;
mod credentials;
mod documents;
mod faults;
mod futures;
mod logins;
mod scenarios;
mod tls;
