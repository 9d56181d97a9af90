//! The API for frontends without a port: requests go into its router.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod conditional;
mod credentials;
mod document;
mod events;
mod idempotency;
mod installation;
mod pages;
mod problems;
mod rights;
mod routes;
mod story;
