use std::fmt;

use project_deployer_core::NodeId;

use super::node::FleetNode;

/// What a fleet's service reports about its nodes. That a node is absent does not mean that it is deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Discovery {
    /// The service that reported it.
    pub service: String,
    /// The nodes, of all types, in the order of the service.
    pub nodes: Vec<FleetNode>,
    /// Whether these are all nodes of the service.
    pub completeness: Completeness,
}

/// Whether a list of nodes is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completeness {
    /// Every entry of the list was read, and there was one at least.
    Whole,
    /// The list may be incomplete, for these reasons.
    Partial(Vec<Gap>),
}

/// Why a list of nodes may be incomplete.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gap {
    /// The list is empty: a key without the right to see them looks like that too (I4).
    NothingListed,
    /// An entry that cannot be read.
    Unreadable {
        /// Its place in the list, counted from 0.
        position: usize,
        /// Its name, as far as it has one.
        label: Option<String>,
        /// Why.
        reason: String,
    },
    /// Several nodes under one id: which one is meant is unknown.
    SameId(NodeId),
}

impl Discovery {
    /// The nodes that could be read and the gaps that were found, completed by those that show in the
    /// list itself.
    #[must_use]
    pub fn new(service: impl Into<String>, nodes: Vec<FleetNode>, mut gaps: Vec<Gap>) -> Self {
        if nodes.is_empty() && gaps.is_empty() {
            gaps.push(Gap::NothingListed);
        }
        gaps.extend(ids_used_twice(&nodes).into_iter().map(Gap::SameId));
        let completeness =
            if gaps.is_empty() { Completeness::Whole } else { Completeness::Partial(gaps) };
        Self { service: service.into(), nodes, completeness }
    }

    /// The entries of a list that were read, and the gaps among them.
    #[cfg(feature = "fleet")]
    pub(super) fn of(service: &str, listed: Vec<Result<FleetNode, Gap>>) -> Self {
        let (mut nodes, mut gaps) = (Vec::new(), Vec::new());
        for entry in listed {
            match entry {
                Ok(node) => nodes.push(node),
                Err(gap) => gaps.push(gap),
            }
        }
        Self::new(service, nodes, gaps)
    }

    /// The nodes of an id; more than one when the data of the service is inconsistent.
    pub fn nodes_of<'a>(&'a self, id: &'a NodeId) -> impl Iterator<Item = &'a FleetNode> {
        self.nodes.iter().filter(move |node| node.node_id == *id)
    }
}

fn ids_used_twice(nodes: &[FleetNode]) -> Vec<NodeId> {
    let mut twice: Vec<NodeId> = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let earlier = nodes.iter().take(index).any(|other| other.node_id == node.node_id);
        if earlier && !twice.contains(&node.node_id) {
            twice.push(node.node_id.clone());
        }
    }
    twice
}

impl Completeness {
    /// Whether the list is complete.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Whole)
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingListed => f.write_str(
                "the service lists no nodes; check that the key has the right to see them",
            ),
            Self::Unreadable { position, label: Some(label), reason } => {
                write!(f, "entry {position} (`{label}`) cannot be read: {reason}")
            }
            Self::Unreadable { position, label: None, reason } => {
                write!(f, "entry {position} cannot be read: {reason}")
            }
            Self::SameId(id) => {
                write!(f, "several nodes are called `{id}`; rename all but one in the fleet")
            }
        }
    }
}
