//! Connects node settings to the traits of a node.

use std::fmt;
use std::sync::Arc;

use project_deployer_core::Login;
use project_deployer_core::infra::NodeSettings;

use crate::automation_node::AutomationNode;
use crate::error::NodeError;
use crate::fleet::FleetConnector;
use crate::hook_sender::HookSender;
use crate::node_accounts::NodeAccounts;
use crate::node_keys::NodeKeys;
use crate::stop_order::StopOrder;

/// The caller of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// The admin key itself. Checks use it.
    ApiKey,
    /// A login, by impersonation. Changes use it, so that login matching decides on the node as it
    /// does in the product (R-S7).
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

/// Turns the settings of a node into a client of that node. Connecting sends nothing. Programs may implement it
/// for a transport or an [`AutomationNode`] of their own.
pub trait NodeConnector: fmt::Debug + Send + Sync + 'static {
    /// The node as an Automation node.
    ///
    /// # Errors
    ///
    /// The settings cannot be encoded in requests.
    fn connect(
        &self,
        node: &NodeSettings,
        acting: Identity,
    ) -> Result<Arc<dyn AutomationNode>, NodeError>;

    /// The accounts of the node, with the admin key.
    ///
    /// # Errors
    ///
    /// The settings cannot be encoded in requests.
    fn accounts(&self, node: &NodeSettings) -> Result<Arc<dyn NodeAccounts>, NodeError>;

    /// The global API keys of the node, with the admin key. None if this connector has no calls for them.
    ///
    /// # Errors
    ///
    /// The settings cannot be encoded in requests.
    fn keys(&self, _node: &NodeSettings) -> Option<Result<Arc<dyn NodeKeys>, NodeError>> {
        None
    }

    /// A connector to the same nodes that does not repeat failed calls. None if this connector never
    /// repeats them. For updates: their journal counts the attempts of a step, so that another process can go
    /// on after this one died, and the attempts of both would multiply (R7). Both keep the limits of
    /// [`Retry`](crate::Retry).
    fn without_retries(&self) -> Option<Arc<dyn NodeConnector>> {
        None
    }

    /// A connector to the same nodes that obeys an order. A call that waits for a task of the node then stops
    /// the task there. It still waits for the task's end: [`NodeErrorKind::Aborted`](crate::NodeErrorKind), or
    /// the result if the task was faster. None if this connector cannot stop tasks; a caller that gives up such
    /// a call does not know what the node makes of it.
    fn stopped_by(&self, _order: &StopOrder) -> Option<Arc<dyn NodeConnector>> {
        None
    }

    /// What sends the calls of HTTP hooks, under the same rules for addresses, certificates and proxies. None if
    /// this connector sends none; infrastructures with HTTP hooks refuse updates then.
    fn hook_sender(&self) -> Option<Arc<dyn HookSender>> {
        None
    }

    /// What reaches the services of fleets, under the same rules. None if this connector reaches none; fleets from such
    /// services are not synchronized then.
    fn fleets(&self) -> Option<Arc<dyn FleetConnector>> {
        None
    }
}
