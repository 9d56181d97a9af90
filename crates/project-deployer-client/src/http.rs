//! Nodes over HTTP.
//!
//! One client per node: a pool and TLS settings of its own. No call without a deadline, no redirect
//! followed. A call that failed is made again only as the [policy](crate::RetryPolicy) says: never when
//! it may have had an effect that must not happen twice.

mod accounts;
mod administration;
mod archive;
mod code_envs;
mod connections;
mod connector;
mod exchange;
mod exported;
mod folders;
mod futures;
mod groups;
mod imported;
mod keys;
mod node;
mod peer;
mod plugins;
mod projects;
mod scenarios;
mod suppliers;
mod tasks;
mod tolerant;
mod transport;
mod user_documents;
mod users;
mod webapps;

pub use administration::{AuthorizationMatrix, GovernNode};
pub use code_envs::{CodeEnvVersion, ListedCodeEnv};
pub use connections::ConnectionTest;
pub use connector::{
    HttpConnector, HttpConnectorBuilder, HttpConnectorError, HttpProxy, HttpTimeouts, ProxyServer,
};
pub use exported::{ExportedBundle, Publication};
pub use folders::{Folder, FolderPermission, FolderSettings};
pub use keys::{CreatedGlobalKey, GlobalKey, ListedPersonalKey};
pub use node::HttpNode;
pub(crate) use peer::{Credentials, Peer};
pub use projects::{ListedProject, ProjectMetadata};
pub use scenarios::{ScenarioRun, TriggerFire};
pub use tasks::ListedTask;
pub(crate) use transport::Transport;
pub use user_documents::{BulkOutcome, NewUser, UserActivity, UserChange};
pub use webapps::ListedWebapp;

#[cfg(test)]
mod tests;
