//! The infrastructures of a fleet, and beside it, as they are read for a synchronization.

use std::collections::BTreeSet;

use project_deployer_client::DeployerError;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::{FleetId, InfraId};

use super::{FleetSettings, Known, ManagedInfra, Member};
use crate::deployer::Deployer;
use crate::read_model::Kept;
use crate::state::{Found, Record as _, VersionedRecord};

/// The infrastructures as a plan needs them, and as commits expect them.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    members: Vec<Member>,
    read: Vec<(VersionedRecord<InfraSettings>, Kept<ManagedInfra>)>,
    unreadable: Vec<ManagedInfra>,
    others: Vec<InfraSettings>,
    unclear: Vec<InfraId>,
}

impl Deployer {
    /// All infrastructures, those of a fleet with their keys.
    pub(super) async fn gathered(&self, fleet: &FleetId) -> Result<Gathered, DeployerError> {
        let model = self.snapshot().await?;
        let mut gathered = Gathered::default();
        for marker in model.managed().filter(|marker| marker.value.fleet == *fleet) {
            let id = &marker.value.infra;
            match self.inner.repository.find_readable::<InfraSettings>(id).await? {
                Found::Readable(infra) => {
                    let (settings, known) =
                        (infra.value.clone(), ManagedInfra::clone(&marker.value));
                    gathered.members.push(Member { infra: settings, marker: known });
                    gathered.read.push((infra, marker.clone()));
                }
                Found::Absent | Found::Unreadable { .. } => {
                    gathered.unreadable.push(ManagedInfra::clone(&marker.value));
                }
            }
        }
        let ours = gathered.members.iter().map(|it| &it.infra.id);
        let ours: BTreeSet<InfraId> =
            ours.chain(gathered.unreadable.iter().map(|it| &it.infra)).cloned().collect();
        // One of which the fleet cannot be read is that of no fleet: it has its node, and nothing changes it.
        let others = model.infras().filter(|infra| !ours.contains(&infra.value.id));
        gathered.others = others.map(|infra| InfraSettings::clone(&infra.value)).collect();
        // What the others have that cannot be read may be any node.
        let unread = model.unreadable::<InfraSettings>().filter_map(|id| InfraId::parse(id).ok());
        gathered.unclear = unread.filter(|id| !ours.contains(id)).collect();
        Ok(gathered)
    }
}

impl Gathered {
    pub(super) fn known<'a>(&'a self, fleet: &'a FleetSettings) -> Known<'a> {
        Known {
            fleet,
            members: &self.members,
            unreadable: &self.unreadable,
            others: &self.others,
            unclear: &self.unclear,
        }
    }

    pub(super) fn read(
        &self,
        id: &InfraId,
    ) -> Result<&(VersionedRecord<InfraSettings>, Kept<ManagedInfra>), DeployerError> {
        let found = self.read.iter().find(|(infra, _)| infra.value.id == *id);
        found.ok_or_else(|| DeployerError::not_found(InfraSettings::NOUN, id))
    }
}
