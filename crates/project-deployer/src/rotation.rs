//! Rotation of the admin keys of nodes without downtime: a new key is made through the node's API, tried, and stored sealed;
//! then the old one is revoked. Every step is recorded before it begins, so that a rotation that was interrupted anywhere
//! goes on, and no node is ever without a key that this Deployer knows.

mod kept;
mod left;
mod look;
mod machine;
mod record;
mod run;
mod steps;

use project_deployer_core::{InfraId, Login, Timestamp};
use serde::Serialize;

pub(crate) use self::kept::{Rotations, guard};
pub use self::machine::{RotationEnd, RotationStep};
pub(crate) use self::record::RotationRecord;

/// What came of the rotation of the keys of an infrastructure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KeyRotation {
    /// The infrastructure.
    pub infra: InfraId,
    /// Each of its nodes.
    pub nodes: Vec<NodeRotation>,
    /// The rotations of its nodes that this version of the program cannot read, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

/// What came of the rotation on one node. It has ids of keys, and no key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NodeRotation {
    /// The address of the node.
    pub node: String,
    /// The id of the rotation. It ends the label of the key that it made.
    pub rotation: String,
    /// Who asked for it.
    pub requester: Login,
    /// How it ended; none if it goes on later.
    pub end: Option<RotationEnd>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// The step that it stands at.
    pub step: RotationStep,
    /// The id of the key that was replaced, on the node.
    pub old_key: Option<String>,
    /// The id of the new key, on the node.
    pub new_key: Option<String>,
    /// Why it did not go on, and the manual step if there is one.
    pub reason: Option<String>,
    /// The ids of keys on the node that rotations made, that nothing uses, and that the node did not delete. It is asked
    /// again for half a day.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orphans: Vec<String>,
}

impl KeyRotation {
    pub(crate) fn new(infra: InfraId, nodes: Vec<NodeRotation>) -> Self {
        Self { infra, nodes, unreadable: Vec::new() }
    }

    pub(crate) fn with_unreadable(self, unreadable: Vec<String>) -> Self {
        Self { unreadable, ..self }
    }

    /// Whether every node has a new key, the old one is revoked, no other one was left there, and all of that can be read.
    #[must_use]
    pub fn is_done(&self) -> bool {
        let is_done =
            |node: &NodeRotation| node.end == Some(RotationEnd::Rotated) && node.orphans.is_empty();
        self.unreadable.is_empty() && self.nodes.iter().all(is_done)
    }
}
