//! Shared parts of the benchmarks: medians of runs that take turns, the table for `docs/benchmarks.md`, the
//! resources of a process, the receiver process, a bare HTTP client, and nginx as a peer.

pub mod bare_ldap;
pub mod crowd;
pub mod http;
pub mod installation;
pub mod nginx;
pub mod node;
pub mod process;
pub mod receiver;
pub mod rounds;
pub mod table;
