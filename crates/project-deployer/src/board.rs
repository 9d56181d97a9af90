//! All deployments of a Deployer by stage: the overview for operators.

mod column;
mod gather;
mod table;

use std::collections::HashMap;

use project_deployer_core::health::Health;
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::status::{InfraBasicInfo, UpdateSummary};
use project_deployer_core::{BundleDigest, BundleId, DeploymentId, InfraId, ProjectKey, StageId};
use serde::Serialize;

use crate::bundle_origin::BundleOrigin;
use crate::maintenance::{Maintenance, MaintenanceScope};

pub use self::column::Column;
pub use self::gather::board;
pub(crate) use self::gather::{AT_ONCE, unknown};

/// Deployments by stage, in the order of the stages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Board {
    /// One column per stage.
    pub stages: Vec<StageColumn>,
}

/// A stage and its deployments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StageColumn {
    /// The stage.
    pub stage: StageId,
    /// Infrastructures of the stage that the caller may see.
    pub infras: Vec<InfraId>,
    /// The maintenance that these infrastructures are in, if the Deployer reports it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub maintenance: Vec<Maintenance>,
    /// Deployments on these infrastructures that the caller may see.
    pub rows: Vec<Row>,
}

/// One deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Row {
    /// The deployment.
    pub deployment: DeploymentId,
    /// Its infrastructure.
    pub infra: InfraId,
    /// The published project.
    pub project: ProjectKey,
    /// The project key on the node.
    pub deployed_as: ProjectKey,
    /// The bundle that is deployed.
    pub bundle: BundleId,
    /// The digest of its archive, if the Deployer reports it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<BundleDigest>,
    /// Who wrote the bundle, when and why.
    #[serde(skip_serializing_if = "BundleOrigin::is_empty")]
    pub origin: BundleOrigin,
    /// Its health.
    pub health: Health,
    /// The reasons for the health.
    pub messages: InfoMessages,
    /// Whether a newer deployment owns the project that it writes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub superseded: bool,
    /// Its newest update.
    pub last_update: Option<UpdateSummary>,
}

impl StageColumn {
    fn empty(stage: StageId) -> Self {
        Self { stage, infras: Vec::new(), maintenance: Vec::new(), rows: Vec::new() }
    }
}

impl Board {
    /// Groups rows by the stage of their infrastructure. An infrastructure whose stage is not in
    /// `stages` gets a column of its own at the end, so that it is not lost.
    #[must_use]
    pub fn arrange(stages: &[StageId], infras: &[InfraBasicInfo], rows: Vec<Row>) -> Self {
        let mut order = stages.to_vec();
        for infra in infras {
            if !order.contains(&infra.stage) {
                order.push(infra.stage.clone());
            }
        }
        let mut stages: Vec<_> = order.into_iter().map(StageColumn::empty).collect();
        let mut place = HashMap::new();
        for infra in infras {
            let of_stage = stages.iter().position(|column| column.stage == infra.stage);
            if let Some((place_of, column)) = of_stage.and_then(|n| Some((n, stages.get_mut(n)?))) {
                column.infras.push(infra.id.clone());
                place.insert(&infra.id, place_of);
            }
        }
        for row in rows {
            let column = place.get(&row.infra).and_then(|place| stages.get_mut(*place));
            if let Some(column) = column {
                column.rows.push(row);
            }
        }
        Self { stages }
    }

    /// Adds the maintenance that there is to the stages that it concerns.
    pub(crate) fn with_maintenance(mut self, known: &[Maintenance]) -> Self {
        for column in &mut self.stages {
            let concerns = known.iter().filter(|it| match &it.scope {
                MaintenanceScope::Everything => true,
                MaintenanceScope::Stage(stage) => *stage == column.stage,
                MaintenanceScope::Infra(id) => column.infras.contains(id),
            });
            column.maintenance.extend(concerns.cloned());
        }
        self
    }

    /// The worst health on the board; `None` when nothing is deployed.
    #[must_use]
    pub fn worst(&self) -> Option<Health> {
        self.stages.iter().flat_map(|column| &column.rows).map(|row| row.health).max()
    }
}

#[cfg(test)]
mod tests;
