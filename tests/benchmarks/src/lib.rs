//! Shared parts of the benchmarks: medians of runs that take turns, the table for `docs/benchmarks.md`, the
//! resources of a process, and the receiver process.

pub mod bare_ldap;
pub mod crowd;
pub mod installation;
pub mod node;
pub mod process;
pub mod receiver;
pub mod rounds;
pub mod table;
