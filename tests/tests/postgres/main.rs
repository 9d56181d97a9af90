//! The store in PostgreSQL, on a real server: the suite of all stores, and what only a server can do to it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests, which print their counts"
)]

mod audit;
mod conformance;
mod deployer;
mod encryption;
mod failures;
mod history;
mod opening;
mod proxy;
mod rotation;
mod sealed;
mod servers;
mod sharing;
mod snapshots;
mod state;
mod values;
