//! A node in memory, and a fleet of them: what tests speak to in the place of the product.
//!
//! [`FakeNode`] keeps the rules of the product that a deployment meets (rights, connections, code
//! environments, what survives an activation), fails on demand, and writes down who asked for what.
//! It passes the suite of [`crate::conformance`].

mod accounts;
mod activation;
mod automation_node;
mod bundles;
mod call;
mod caller;
mod fleet;
mod node;
mod node_accounts;
mod projects;
mod refusal;
mod scenarios;
mod seeding;
mod state;

pub use call::{Failure, FakeCall, Operation};
pub use fleet::FakeFleet;
pub use node::{BundleReader, FakeNode};

#[cfg(test)]
mod tests;
