//! Hooks and their kinds, each with what can go wrong.

mod definitions;
mod http;
#[cfg(unix)]
mod processes;
mod slots;
