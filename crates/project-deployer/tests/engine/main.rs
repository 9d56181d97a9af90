//! The engine against nodes in memory: every operation, with rights, faults and crashes.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod bundles;
mod concurrent;
mod crashes;
mod deployments;
mod faults;
mod infras;
mod installation;
mod local_accounts;
mod node_keys;
mod own_accounts;
mod ownership;
mod parity;
mod permitted;
mod preconditions;
mod projects;
mod readiness;
mod remedies;
mod secrets;
mod stages;
#[cfg(feature = "sqlite")]
mod state_admin;
mod updates;
