#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod archives;
pub mod audit;
mod authentication;
mod background;
pub mod board;
mod builder;
pub mod bundle_difference;
mod bundle_origin;
pub mod bundle_reader;
mod causes;
mod clock;
mod codes;
mod deployer;
pub mod deployment_plan;
pub mod estate;
mod feed;
pub mod fleets;
mod governance;
pub mod history;
pub mod hooks;
mod idempotency;
mod life;
pub mod maintenance;
#[cfg(feature = "sqlite")]
mod open;
pub mod parity;
pub mod prelude;
mod presence;
mod progress;
mod read_model;
pub mod readiness;
pub mod remedies;
pub mod rotation;
mod runner;
pub mod schedule;
mod session;
mod shutdown;
mod spool;
mod state;
#[cfg(feature = "sqlite")]
pub mod state_admin;
pub mod update;
pub mod upstream;
pub mod watch;
pub mod webhooks;
pub mod windows;

pub use archives::ArchiveCollection;
pub use authentication::{
    ApiKey, ApiKeyRequest, ApiKeyRights, Authentication, FirstAdministrator, NewApiKey,
    NewBrowserSession, PasswordInfo, Principal, SessionLimits,
};
pub use builder::DeployerBuilder;
pub use bundle_origin::BundleOrigin;
pub use clock::{Clock, SystemClock};
pub use deployer::{Deployer, UpdateProgress};
pub use feed::{ChangeBatch, ChangeFollower, ChangedObject, ChangesError, ObjectChange};
pub use governance::governance_status;
pub use idempotency::{OnceToken, RepeatedAnswer, RequestOnce};
#[cfg(feature = "sqlite")]
pub use open::DeployerOpenError;
pub use progress::ProgressEvents;
pub use runner::{QueuedUpdate, UpdateLimits, WaitsFor};
pub use session::{
    DeployerSession, DeploymentFilter, DeploymentOrder, DeploymentPage, DeploymentPlace,
    ExplainedRight, ExplainedScope, ExplainedSide, HookTrial, ListedDeployment, ListedUpdate,
    SeenDeployments, UpdateLogPart, UpdateTrace, Versioned, VisibleChanges, WebhookTrial,
};
pub use shutdown::{OpenUpdate, Shutdown};
pub use state::CancelRequest;

#[cfg(feature = "http")]
pub use project_deployer_client::HttpConnector;
#[cfg(feature = "ldap")]
pub use project_deployer_ldap::LdapConnector;

pub use project_deployer_client::{
    BundleOperations, DeployerError, DeploymentOperations, InfraCreation, InfraOperations,
    NodeKeyRequest, ProjectDeployer, ProjectOperations, TestingOperations, UpdateOperations,
    Upload, Warnings,
};

pub use project_deployer_client as client;
pub use project_deployer_core as core;
pub use project_deployer_ldap as ldap;
pub use project_deployer_store as store;
