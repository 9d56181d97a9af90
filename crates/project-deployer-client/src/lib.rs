#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod automation_node;
mod codes;
#[cfg(any(test, feature = "test-support"))]
pub mod conformance;
mod connector;
#[cfg(feature = "http")]
mod documents;
mod error;
mod error_about;
#[cfg(any(test, feature = "test-support"))]
pub mod fake;
pub mod fleet;
mod hook_sender;
#[cfg(feature = "http")]
pub mod http;
mod node_accounts;
mod node_keys;
pub mod prelude;
mod project_deployer;
#[cfg(feature = "http")]
pub mod remote;
#[cfg(any(test, feature = "administration"))]
pub mod request;
#[cfg(all(feature = "http", not(any(test, feature = "administration"))))]
#[expect(dead_code, unreachable_pub, reason = "feature `administration` shows and uses all of it")]
mod request;
#[cfg(any(test, feature = "administration"))]
pub mod response;
#[cfg(all(feature = "http", not(any(test, feature = "administration"))))]
#[expect(unreachable_pub, reason = "feature `administration` shows it")]
mod response;
#[cfg(feature = "http")]
mod retry;
mod stop_order;
mod tls_problem;
mod upload;

#[cfg(feature = "test-support")]
pub use automation_node::MockAutomationNode;
pub use automation_node::{
    AutomationNode, BundleProjectOptions, NewProject, ProjectChange, ProjectConfiguration,
    ScenarioChange,
};
pub use connector::{Identity, NodeConnector};
pub use error::{NodeError, NodeErrorKind, Retry, SideEffect};
#[cfg(any(test, feature = "test-support"))]
pub use fake::{BundleReader, Failure, FakeCall, FakeFleet, FakeFleetService, FakeNode, Operation};
pub use hook_sender::{HookPost, HookReply, HookSender};
#[cfg(feature = "http")]
pub use http::{
    HttpConnector, HttpConnectorBuilder, HttpConnectorError, HttpNode, HttpProxy, HttpTimeouts,
    ProxyServer,
};
#[cfg(feature = "test-support")]
pub use node_accounts::MockNodeAccounts;
pub use node_accounts::{
    AccountRules, ExternalUser, NewPersonalKey, NodeAccounts, PersonalKey, SupplierRules,
};
pub use node_keys::{ListedGlobalKey, NewAdminKey, NodeKeys};
pub use project_deployer::{
    BundleOperations, DeployerError, DeploymentOperations, InfraCreation, InfraOperations,
    NodeKeyRequest, ProjectDeployer, ProjectOperations, ResourceRef, TestingOperations,
    UpdateOperations, Warnings,
};
#[cfg(feature = "http")]
pub use remote::RemoteDeployer;
#[cfg(feature = "http")]
pub use retry::RetryPolicy;
pub use stop_order::{StopOrder, TaskStopper};
pub use tls_problem::TlsProblem;
pub use upload::{ByteStream, NotTheArchive, Transferred, Upload, UploadSource};
#[cfg(feature = "http")]
pub use upload::{FanOut, TooSlow};
