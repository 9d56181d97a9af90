//! The engine against nodes in memory: every operation, with rights, faults and crashes.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod api_keys;
mod archives;
#[cfg(feature = "sqlite")]
mod audit;
mod authorized_objects;
mod bundles;
mod cancel;
mod code_envs;
mod concurrent;
mod counts;
mod crashes;
mod deletion;
mod deployment_plan;
mod deployments;
mod diagnostics;
mod estate;
mod faults;
mod fleets;
mod full_disk;
#[cfg(feature = "sqlite")]
mod history;
mod hooks;
mod in_step;
mod infras;
mod installation;
mod leases;
mod local_accounts;
mod maintenance;
mod node_keys;
#[cfg(feature = "sqlite")]
mod opening;
mod own_accounts;
mod ownership;
mod panics;
mod parity;
mod permitted;
mod preconditions;
mod projects;
mod queue;
mod read_model;
mod readiness;
mod remedies;
mod rotation;
mod schedule;
mod secrets;
mod shutdown;
mod stages;
#[cfg(feature = "sqlite")]
mod state_admin;
mod two_deployers;
mod unreadable;
mod updates;
mod upstream;
mod watch;
mod webapps;
mod webhooks;
mod windows;
