//! Fleets: services that list nodes.
//!
//! [`FleetManager`] reads a Fleet Manager (Cloud Stacks), [`Launchpad`] a space of Dataiku Cloud
//! (wire-facts 6). Both return a [`Discovery`]: the nodes, and whether the list is complete. A value that the
//! service does not report is unknown, with a reason. A node that it does not list is never taken for deleted:
//! [`compare`] returns what a discovery would add and change in the infrastructures that come from a fleet, and
//! only lists what is no longer reported. [`ShrinkGuard`] says whether an answer that lacks many nodes has to
//! be confirmed first. A [`FleetConnector`] turns the settings of a service into a [`FleetSource`]. The clients need
//! the feature `fleet`; what they return, and what is decided about it, does not. The requests are in
//! [`request`](crate::request), as all others.
//!
//! ```
//! use project_deployer_client::fleet::{Absence, Discovery, compare};
//! use project_deployer_core::infra::{InfraSettings, NodeEntry, Target};
//! use project_deployer_core::{InfraId, NodeId, StageId};
//!
//! let mut infra = InfraSettings::new(InfraId::parse("prod-eu")?, StageId::parse("Production")?);
//! let node_id = Some(NodeId::parse("auto-eu-1")?);
//! infra.target = Target::Fleet(NodeEntry::default().with_node_id(node_id));
//!
//! let nothing_listed = Discovery::new("fleet.example", Vec::new(), Vec::new());
//! let comparison = compare(&nothing_listed, std::slice::from_ref(&infra));
//! assert_eq!(comparison.no_longer_reported[0].absence, Absence::ListHasGaps);
//! # Ok::<(), project_deployer_core::IdentifierError>(())
//! ```

mod comparison;
#[cfg(feature = "fleet")]
mod connect;
mod credentials;
#[cfg(feature = "fleet")]
mod description;
mod discovery;
mod error;
mod guard;
mod instance;
#[cfg(feature = "fleet")]
mod launchpad;
#[cfg(feature = "fleet")]
mod manager;
mod node;
#[cfg(feature = "fleet")]
mod setup;
mod source;
#[cfg(feature = "fleet")]
mod task;

pub use comparison::{
    Absence, FieldNoLongerReported, FleetChange, FleetComparison, FleetField, LeftOut,
    LeftOutReason, NoLongerReported, compare,
};
pub use credentials::{FleetCredentials, FleetCredentialsError};
pub use discovery::{Completeness, Discovery, Gap};
pub use error::FleetError;
#[cfg(feature = "fleet")]
pub(crate) use error::what_happened;
pub use guard::{AnswerDigest, AnswerVerdict, ShrinkGuard};
#[cfg(feature = "fleet")]
pub(crate) use instance::node_type;
pub use instance::{
    FleetInstance, InstanceId, InstanceIdError, InstanceStatus, NewInstance, VirtualNetwork,
};
#[cfg(feature = "fleet")]
pub use launchpad::{Launchpad, LaunchpadBuilder};
#[cfg(feature = "fleet")]
pub use manager::{FleetManager, FleetManagerBuilder};
pub use node::{FleetAdminKey, FleetNode, FleetNodeState, FleetUrl, Registration, Unknown};
#[cfg(feature = "fleet")]
pub use setup::FleetSetupError;
pub use source::{AdminKeys, FleetConnector, FleetService, FleetSource};
#[cfg(feature = "fleet")]
pub use task::FleetTask;

#[cfg(test)]
#[cfg(feature = "fleet")]
mod tests;
