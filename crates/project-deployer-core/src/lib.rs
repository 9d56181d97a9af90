#![doc = include_str!("../README.md")]

pub mod accounts;
mod address_policy;
mod archive_note;
pub mod bundle;
mod codes;
pub mod deployment;
mod digest;
pub mod document;
pub mod health;
mod identifier;
pub mod infra;
mod lenient;
pub mod messages;
pub mod node;
mod node_address;
pub mod problem;
pub mod published_project;
pub mod remapping;
pub mod rights;
mod secret;
mod setters;
mod shared;
pub mod stage;
pub mod status;
pub mod sync;
mod time;
mod tokens;
mod unknown_fields;

pub use address_policy::AddressPolicy;
pub use digest::{BundleDigest, BundleDigestError};
pub use identifier::{
    BundleId, DeploymentId, FleetId, GitCommit, GroupName, IdentifierError, IdentifierFault,
    InfraId, Login, NodeId, ProjectKey, StageId, WindowName,
};
pub use node_address::{AddressRange, NodeAddress, NodeAddressError};
pub use problem::{Problem, ProblemCode, Problems};
pub use secret::{ApiKeySecret, ApiKeySecretError};
pub use time::Timestamp;
pub use unknown_fields::UnknownFields;

#[cfg(test)]
mod bad_input_tests;
