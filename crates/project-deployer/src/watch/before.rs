//! The deployments of an infrastructure before its nodes are asked, and after that.

use std::collections::BTreeMap;
use std::sync::Arc;

use project_deployer_client::DeployerError;
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{DeploymentId, InfraId, Timestamp};
use project_deployer_store::Revision;

use crate::read_model::Snapshot;
use crate::state::DeploymentRecord;

/// What a deployment is before its nodes are asked. If it is another one afterwards, the answers prove nothing.
#[derive(Debug, Clone)]
pub(super) struct Before {
    pub(super) record: Arc<DeploymentRecord>,
    pub(super) revision: Revision,
    /// Of the infrastructure.
    pub(super) infra: Option<Revision>,
    pub(super) superseded: bool,
    pub(super) update: Option<(Timestamp, UpdateStatus)>,
}

type Facts = (Revision, Option<Revision>, bool, Option<(Timestamp, UpdateStatus)>);

impl Before {
    /// What an update or somebody changes.
    pub(super) fn facts(&self) -> Facts {
        (self.revision, self.infra, self.superseded, self.update)
    }

    pub(super) fn is_asked(&self) -> bool {
        !self.superseded && self.update.is_some_and(|(_, status)| status != UpdateStatus::Running)
    }
}

pub(super) fn is_running(found: &Before) -> bool {
    found.update.is_some_and(|(_, status)| status == UpdateStatus::Running)
}

/// The deployments of an infrastructure, and those of all infrastructures that cannot be read, with the reason.
pub(super) struct Found {
    pub(super) readable: BTreeMap<DeploymentId, Before>,
    pub(super) unread: BTreeMap<DeploymentId, String>,
}

/// One that cannot be read hides no other one, and is not gone.
pub(super) fn deployments(model: &Snapshot, infra: &InfraId) -> Result<Found, DeployerError> {
    let of_infra = model.infra(infra)?.map(|kept| kept.revision);
    let (mut readable, mut unread) = (BTreeMap::new(), BTreeMap::new());
    for id in model.unreadable::<DeploymentRecord>().filter_map(|id| id.parse().ok()) {
        if let Err(error) = model.deployment(&id) {
            unread.insert(id, error.to_string());
        }
    }
    for kept in model.readable_on(infra) {
        let id = kept.value.settings.id.clone();
        let update = match model.latest_update(&id) {
            Ok(update) => update.map(|update| (update.start, update.status)),
            Err(error) => {
                unread.insert(id, error.to_string());
                continue;
            }
        };
        let (record, superseded) = (Arc::clone(&kept.value), model.is_superseded(&id));
        let before =
            Before { record, revision: kept.revision, infra: of_infra, superseded, update };
        readable.insert(id, before);
    }
    Ok(Found { readable, unread })
}
