//! What the client makes of whatever may happen between it and a node: one fact per test, over real
//! connections.
#![expect(clippy::unwrap_used, reason = "tests")]

mod addresses;
mod answer_sizes;
mod answers;
mod asking;
mod callers;
mod canaries;
mod connections;
mod deadlines;
mod fleet;
mod redaction;
mod redirects;
mod remote_deployer;
mod repeats;
mod secrecy;
mod seeded_faults;
mod statuses;
mod tasks;
mod tls;
mod uploads;
