//! The operations of the product's Project Deployer API (wire-facts 2.1) for one caller.

mod bundles;
mod deployments;
mod error;
mod infra_creation;
mod infras;
mod projects;
mod testing;
mod updates;

use project_deployer_core::Login;
use project_deployer_core::setters;

pub use self::bundles::BundleOperations;
pub use self::deployments::DeploymentOperations;
pub use self::error::{DeployerError, ResourceRef};
pub use self::infra_creation::InfraCreation;
pub use self::infras::InfraOperations;
pub use self::projects::ProjectOperations;
pub use self::testing::TestingOperations;
pub use self::updates::UpdateOperations;

/// A Project Deployer as one caller sees it: the engine in this process, or another one over HTTP.
///
/// It is one trait for each kind of object, and whatever implements all of them. A `dyn ProjectDeployer` has
/// their methods; for other types, [`prelude`](crate::prelude) imports the traits.
///
/// Each method's documentation ends with the number of its row in wire-facts 2.1. The caller's rights
/// decide each call: what the caller may not see does not exist.
///
/// Programs may implement the traits of the objects. Every row has a default body: it fails with [`DeployerError::NotPossible`]. A row that is added later
/// breaks no implementation, and a test double implements the rows that its test needs.
///
/// # Errors
///
/// Every method fails with a [`DeployerError`] by meaning: there is no such object for this caller,
/// the caller lacks a right, a document has problems, the state does not allow it, or a call to a node
/// or to the store fails.
pub trait ProjectDeployer:
    InfraOperations
    + ProjectOperations
    + BundleOperations
    + DeploymentOperations
    + TestingOperations
    + UpdateOperations
{
}

impl<T> ProjectDeployer for T where
    T: InfraOperations
        + ProjectOperations
        + BundleOperations
        + DeploymentOperations
        + TestingOperations
        + UpdateOperations
        + ?Sized
{
}

/// The error of a row that an implementation does not have, whatever it was asked for.
fn not_offered<T>(row: &str, _asked: T) -> DeployerError {
    DeployerError::not_possible(
        format!("this Deployer does not offer `{row}`"),
        "use a Deployer that offers it",
    )
}

/// A personal API key to create on every node of a multi-node infrastructure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeKeyRequest {
    /// A name for it.
    pub label: String,
    /// What it is for.
    pub description: String,
    /// Whose key it is; none means the caller.
    pub for_user: Option<Login>,
}

setters!(NodeKeyRequest {
    with_label(label: impl Into<String>),
    with_description(description: impl Into<String>),
    with_for_user(for_user: Option<Login>),
});

/// What a warning of the governance check does (`ignoreWarnings` on the wire).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Warnings {
    /// It refuses the change, as an error does.
    #[default]
    AsErrors,
    /// Nothing.
    Ignore,
}

#[cfg(test)]
mod tests;
