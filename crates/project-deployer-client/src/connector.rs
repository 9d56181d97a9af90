//! From settings to a boundary.

use std::fmt;
use std::sync::Arc;

use project_deployer_core::Login;
use project_deployer_core::infra::NodeSettings;

use crate::automation_node::AutomationNode;
use crate::error::NodeError;
use crate::node_accounts::NodeAccounts;

/// As whom a node is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// As the admin key itself: checks.
    ApiKey,
    /// As a login, by impersonation: changes, so that login matching decides on the node as it does
    /// in the product (R-S7).
    Impersonate(Login),
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApiKey => f.write_str("the admin key"),
            Self::Impersonate(login) => login.fmt(f),
        }
    }
}

/// Turns the settings of a node into something to speak to. Connecting sends nothing.
pub trait NodeConnector: fmt::Debug + Send + Sync + 'static {
    /// The node as an Automation node.
    ///
    /// # Errors
    ///
    /// The settings cannot be put into requests.
    fn connect(
        &self,
        node: &NodeSettings,
        acting: Identity,
    ) -> Result<Arc<dyn AutomationNode>, NodeError>;

    /// The accounts of the node, with the admin key.
    ///
    /// # Errors
    ///
    /// The settings cannot be put into requests.
    fn accounts(&self, node: &NodeSettings) -> Result<Arc<dyn NodeAccounts>, NodeError>;

    /// The same nodes, where a call that fails is not made again; none when it never is. For callers
    /// that repeat by themselves: attempts of both would multiply (R7).
    fn without_retries(&self) -> Option<Arc<dyn NodeConnector>> {
        None
    }
}
