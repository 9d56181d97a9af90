//! The service without a port: requests go into its router.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod bulk_users;
mod bundles;
mod credentials;
mod futures;
mod gated;
mod installation;
mod kept_lists;
mod keys;
mod malformed;
mod operations;
mod rights;
mod routes;
mod settings;
