#![doc = include_str!("../README.md")]

pub mod accounts;
mod digest;
pub mod document;
mod identifier;
pub mod infra;
mod node_address;
pub mod problem;
pub mod published_project;
pub mod remapping;
pub mod rights;
mod secret;
pub mod stage;
mod time;
mod unknown_fields;

pub use digest::{BundleDigest, BundleDigestError};
pub use identifier::{
    BundleId, DeploymentId, GroupName, IdentifierError, IdentifierFault, InfraId, Login, NodeId,
    ProjectKey, StageId,
};
pub use node_address::{NodeAddress, NodeAddressError};
pub use problem::{Problem, ProblemCode, Problems};
pub use secret::{ApiKeySecret, ApiKeySecretError};
pub use time::Timestamp;
pub use unknown_fields::UnknownFields;
