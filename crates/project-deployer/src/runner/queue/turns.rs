use std::collections::BTreeMap;

use crate::update::PlannedNode;

/// How many updates run at a time in one process. Others wait in the order of their requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpdateLimits {
    /// On all nodes together. At least one runs, even with 0.
    pub in_total: usize,
    /// On one node. At least one runs, even with 0.
    pub per_node: usize,
}

impl Default for UpdateLimits {
    /// 32 in total, 4 on one node.
    fn default() -> Self {
        Self { in_total: 32, per_node: 4 }
    }
}

impl UpdateLimits {
    /// Limits in total and on one node.
    #[must_use]
    pub fn new(in_total: usize, per_node: usize) -> Self {
        Self { in_total, per_node }
    }
}

/// What an update waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitsFor {
    /// A node on which as many updates run, or wait before this one, as the limit allows. Its name.
    Node(String),
    /// The end of any update: as many run as the Deployer allows.
    AnyUpdate,
}

/// Decides, for each waiting update in order, what it waits for; `None` means that it starts now.
///
/// An update does not pass an earlier one on a node that both write, so none waits for ever.
pub(super) fn turns<'a>(
    limits: UpdateLimits,
    running: impl Iterator<Item = &'a [PlannedNode]>,
    waiting: impl Iterator<Item = &'a [PlannedNode]>,
) -> Vec<Option<WaitsFor>> {
    let mut taken = Taken::default();
    for nodes in running {
        taken.total += 1;
        taken.add(nodes);
    }
    waiting
        .map(|nodes| {
            let reason = taken.reason(limits, nodes);
            if reason.is_none() {
                taken.total += 1;
            }
            // One that waits keeps its place on its nodes.
            taken.add(nodes);
            reason
        })
        .collect()
}

/// The places that are taken by updates that run, or that wait before another one.
#[derive(Default)]
struct Taken<'a> {
    total: usize,
    by_node: BTreeMap<String, (usize, &'a str)>,
}

impl<'a> Taken<'a> {
    fn add(&mut self, nodes: &'a [PlannedNode]) {
        for node in nodes {
            self.by_node.entry(place(node)).or_insert((0, &node.name)).0 += 1;
        }
    }

    fn reason(&self, limits: UpdateLimits, nodes: &[PlannedNode]) -> Option<WaitsFor> {
        if self.total >= limits.in_total.max(1) {
            return Some(WaitsFor::AnyUpdate);
        }
        let full = nodes.iter().find(|node| {
            let taken = self.by_node.get(&place(node)).map_or(0, |(count, _)| *count);
            taken >= limits.per_node.max(1)
        });
        full.map(|node| WaitsFor::Node(node.name.clone()))
    }
}

/// What two infrastructures have in common when they name the same node: its address.
fn place(node: &PlannedNode) -> String {
    node.address.as_ref().map_or_else(|| node.name.clone(), ToString::to_string)
}
