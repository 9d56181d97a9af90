//! Answers of a fleet's service, as values and from a server of this process.

mod answers;
mod dev_service;
mod discovering;
mod launchpad;
mod secrecy;
mod tasks;
