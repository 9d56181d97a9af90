//! The API for frontends without a port: requests go into its router.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod accounts;
mod audit;
mod conditional;
mod credentials;
mod document;
mod estate;
mod events;
mod hooks;
mod idempotency;
mod installation;
mod pages;
mod problems;
mod rights;
mod rollback;
mod rotation;
mod routes;
mod sessions;
mod stages;
mod story;
mod streams;
mod tasks;
mod windows;
