//! Nodes over HTTP.
//!
//! One client per node: a pool and TLS settings of its own. No call without a deadline, no redirect
//! followed. A call that failed is made again only as the [policy](crate::RetryPolicy) says: never when
//! it may have had an effect that must not happen twice.

mod account_rules;
mod accounts;
#[cfg(any(test, feature = "administration"))]
mod administration;
mod archive;
mod connector;
mod exchange;
mod futures;
mod node;
mod peer;
mod times;
mod transport;

#[cfg(any(test, feature = "administration"))]
pub use administration::{
    AuthorizationMatrix, BulkOutcome, CodeEnvVersion, ConnectionTest, CreatedGlobalKey,
    ExportedBundle, Folder, FolderPermission, FolderSettings, GlobalKey, GovernNode, ListedCodeEnv,
    ListedPersonalKey, ListedProject, ListedTask, ListedWebapp, NewUser, ProjectMetadata,
    Publication, ScenarioRun, TriggerFire, UserActivity, UserChange,
};
pub use connector::{
    HttpConnector, HttpConnectorBuilder, HttpConnectorError, HttpProxy, ProxyServer,
};
pub use node::HttpNode;
#[cfg(feature = "fleet")]
pub(crate) use peer::{Credentials, Peer};
pub use times::HttpTimeouts;
#[cfg(feature = "fleet")]
pub(crate) use transport::Transport;

#[cfg(test)]
mod tests;
