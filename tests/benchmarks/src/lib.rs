//! What the benchmarks share: medians of runs that take turns, a table for `docs/benchmarks.md`, what
//! a process used, and the process that receives.

pub mod crowd;
pub mod node;
pub mod process;
pub mod receiver;
pub mod rounds;
pub mod table;
