use std::collections::BTreeSet;

use super::node::{NodeEntry, Target};
use super::settings::InfraSettings;
use crate::problem::{ProblemCode, Problems};
use crate::rights::note_groups_granted_twice;
use crate::stage::StageCatalogue;

impl InfraSettings {
    /// The rules on several fields and on the stages.
    ///
    /// - the stage exists (R-I1);
    /// - the permissions list each group once;
    /// - a multi-node infrastructure has two or more nodes (R-I6), each with its own id and address;
    /// - a node of a fleet has its id.
    ///
    /// # Errors
    ///
    /// Every rule that is broken.
    pub fn validate(&self, stages: &StageCatalogue) -> Result<(), Problems> {
        let mut problems = self.problems_of_fields();
        if stages.get(&self.stage).is_none() {
            let what = format!("there is no stage `{}`", self.stage);
            problems.note(
                "stage",
                ProblemCode::NotFound,
                what,
                format!("write one of {}", stages.names()),
            );
        }
        problems.or_value(())
    }

    /// The same without the stages, for lists of infrastructures that have no catalogue.
    ///
    /// # Errors
    ///
    /// Every rule that is broken.
    pub fn validate_fields(&self) -> Result<(), Problems> {
        self.problems_of_fields().or_value(())
    }

    fn problems_of_fields(&self) -> Problems {
        let mut problems = Problems::none();
        note_groups_granted_twice(self.permissions.iter().map(|grant| &grant.group), &mut problems);
        match &self.target {
            Target::MultiNode(nodes) => note_multi_node(nodes, &mut problems),
            Target::Fleet(node) if node.node_id.is_none() => problems.note(
                "nodeId",
                ProblemCode::Missing,
                "the id of the node in the fleet is missing",
                "write the name of the node in the fleet",
            ),
            Target::Fleet(_) | Target::SingleNode(_) => {}
        }
        problems
    }
}

fn note_multi_node(nodes: &[NodeEntry], problems: &mut Problems) {
    if nodes.len() < 2 {
        problems.note(
            "automationNodes",
            ProblemCode::Count,
            format!("a multi-node infrastructure has two or more nodes, not {}", nodes.len()),
            "add nodes, or make it a single-node infrastructure",
        );
    }
    let (mut ids, mut addresses) = (BTreeSet::new(), BTreeSet::new());
    for (index, node) in nodes.iter().enumerate() {
        match &node.node_id {
            None => problems.note(
                format!("automationNodes[{index}].nodeId"),
                ProblemCode::Missing,
                "the node has no id",
                "write the id that the node reports",
            ),
            Some(id) if !ids.insert(id) => problems.note(
                format!("automationNodes[{index}].nodeId"),
                ProblemCode::Duplicate,
                format!("node `{id}` is listed twice"),
                "name each node once",
            ),
            Some(_) => {}
        }
        if let Some(address) = &node.address
            && !addresses.insert(address)
        {
            problems.note(
                format!("automationNodes[{index}].automationNodeUrl"),
                ProblemCode::Duplicate,
                format!("`{address}` is also the address of another node"),
                "write the address of this node",
            );
        }
    }
}
