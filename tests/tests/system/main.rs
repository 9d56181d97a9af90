//! Whole deployments: by the engine over HTTP, and by the official Python client, which validates
//! the mock node.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod damaged;
mod disturbances;
mod hostile_hooks;
mod installation;
mod killed;
mod logins;
mod lost_writes;
mod official_client;
mod processes;
mod remedies;
mod stages;
mod tls;
