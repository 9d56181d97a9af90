#![doc = include_str!("../README.md")]

mod automation_node;
#[cfg(any(test, feature = "test-support"))]
pub mod conformance;
mod connector;
#[cfg(feature = "http")]
mod documents;
mod error;
#[cfg(any(test, feature = "test-support"))]
pub mod fake;
#[cfg(feature = "http")]
pub mod http;
mod node_accounts;
mod project_deployer;
pub mod request;
pub mod response;
mod upload;

#[cfg(feature = "test-support")]
pub use automation_node::MockAutomationNode;
pub use automation_node::{
    AutomationNode, BundleProjectOptions, NewProject, ProjectChange, ProjectConfiguration,
    ScenarioChange,
};
pub use connector::{Acting, NodeConnector};
pub use error::{Effect, NodeError, NodeErrorKind, Repeat};
#[cfg(any(test, feature = "test-support"))]
pub use fake::{BundleReader, Failure, FakeCall, FakeFleet, FakeNode, Operation};
#[cfg(feature = "http")]
pub use http::{HttpConnector, HttpConnectorBuilder, HttpConnectorError, HttpNode, HttpTimeouts};
#[cfg(feature = "test-support")]
pub use node_accounts::MockNodeAccounts;
pub use node_accounts::{ExternalUser, NewPersonalKey, NodeAccounts, PersonalKey};
pub use project_deployer::{
    DeployerError, InfraCreation, Named, NodeKeyRequest, ProjectDeployer, Warnings,
};
pub use upload::{ByteStream, Upload};
