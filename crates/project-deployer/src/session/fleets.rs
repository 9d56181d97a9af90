//! Fleets, and the infrastructures that they manage.

mod adoption;

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::infra::{InfraSettings, Target};
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_core::{FleetId, InfraId, NodeId};
use project_deployer_store::{Commit, Expected};

use super::{DeployerSession, Versioned, View, allow};
use crate::audit::{Action, Asked, Change};
use crate::fleets::{
    FleetOverview, FleetPlan, FleetRecord, FleetSettings, FleetState, FleetStateRecord, FleetSync,
    ManagedInfra, Wanting, guard,
};
use crate::state::{Record as _, RecordCommit as _};

/// Fleets (I1 to I4). They are for whoever may create infrastructures: global administrators (R-P9).
impl DeployerSession {
    /// All fleets, by id, with what is known of them.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or the store does not answer.
    pub async fn fleets(&self) -> Result<Vec<FleetOverview>, DeployerError> {
        let view = self.administering_fleets("").await?;
        let fleets = self.repository().readable_below::<FleetRecord>("").await?;
        let mut overviews = Vec::with_capacity(fleets.len());
        for FleetRecord(settings) in fleets {
            overviews.push(self.overview(&view, settings).await?);
        }
        Ok(overviews)
    }

    /// One fleet, with what is known of it, and the revision of its settings.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is no such fleet, or the store does not answer.
    pub async fn fleet(&self, id: &FleetId) -> Result<Versioned<FleetOverview>, DeployerError> {
        let view = self.administering_fleets(id).await?;
        let found = self.deployer.existing_fleet(id).await?;
        let overview = self.overview(&view, found.value.0.clone()).await?;
        Ok(Versioned::of(overview, &found))
    }

    /// Creates a fleet. Its nodes are registered when it is synchronized.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is such a fleet, its stage does not exist, or the settings are
    /// invalid.
    pub async fn create_fleet(&self, settings: &FleetSettings) -> Result<(), DeployerError> {
        let work = async {
            let view = self.administering_fleets(&settings.id).await?;
            if self.repository().find::<FleetRecord>(&settings.id).await?.is_some() {
                return Err(DeployerError::AlreadyExists(named(&settings.id)));
            }
            view.accepts(settings, None)?;
            let new = FleetRecord(settings.clone());
            self.commit(Commit::new().create(&new)?, Change::created(&new)?).await
        };
        self.attempt(Action::Create, named(&settings.id), work).await
    }

    /// Replaces the settings of a fleet. Secrets that are absent stay, unless the address of the service changes.
    /// Infrastructures that exist change with the next synchronization, in what the fleet manages of them.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is no such fleet, its stage does not exist, or the settings are invalid.
    pub async fn save_fleet(&self, settings: &FleetSettings) -> Result<(), DeployerError> {
        let work = async {
            let view = self.administering_fleets(&settings.id).await?;
            let current = self.deployer.existing_fleet(&settings.id).await?;
            self.as_expected(&current)?;
            let settings = settings.clone().keeping_secrets_of(&current.value.0);
            view.accepts(&settings, Some(&current.value.0))?;
            let new = FleetRecord(settings);
            let change = Change::edited(&current.value, &new)?;
            self.commit(Commit::new().replace(&current, &new)?, change).await
        };
        self.attempt(Action::Edit, named(&settings.id), work).await
    }

    /// Deletes a fleet that manages no infrastructure any more.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is no such fleet, or it manages infrastructures: release them first.
    pub async fn delete_fleet(&self, id: &FleetId) -> Result<(), DeployerError> {
        let work = async {
            let view = self.administering_fleets(id).await?;
            let current = self.deployer.existing_fleet(id).await?;
            self.as_expected(&current)?;
            let guard = view.model.guard(guard(id));
            // One that cannot be read may be of this fleet.
            view.model.all_readable::<ManagedInfra>()?;
            let members = view.members(id);
            if !members.is_empty() {
                let names: Vec<_> = members.iter().take(10).map(|it| it.infra.as_str()).collect();
                let more = match members.len().saturating_sub(names.len()) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                return Err(DeployerError::not_possible(
                    format!("fleet `{id}` manages {}{more}", names.join(", ")),
                    "release them first: they stay, and are edited by hand from then on",
                ));
            }
            let commit = Commit::new().remove(&current).without_guard(&guard);
            let commit = commit.delete(FleetStateRecord::KIND.key(id), Expected::Any);
            self.commit(commit, Change::deleted(&current.value)?).await
        };
        self.attempt(Action::Delete, named(id), work).await
    }

    /// What a synchronization of a fleet would do. Its nodes are read, and nothing is written.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is no such fleet, or it does not answer.
    pub async fn plan_fleet(&self, id: &FleetId) -> Result<FleetPlan, DeployerError> {
        self.administering_fleets(id).await?;
        self.deployer.plan_fleet(id).await
    }

    /// Synchronizes a fleet now: registers new nodes, updates what the fleet manages, puts infrastructures whose node
    /// vanished into quarantine, and lifts that of nodes that are back. An answer that lacks many nodes does nothing.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is no such fleet, it does not answer, or another process
    /// synchronizes it. A change that failed is no error: the result says so, and the next synchronization tries it again.
    pub async fn sync_fleet(&self, id: &FleetId) -> Result<FleetSync, DeployerError> {
        let work = async {
            self.administering_fleets(id).await?;
            self.synchronized(id).await
        };
        self.attempt(Action::SyncFleet, named(id), work).await
    }

    /// Confirms an answer that lacks many nodes, by its digest, and synchronizes the fleet. If it answers differently by
    /// now, nothing of the confirmation counts (I4).
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is no such fleet, this is not the answer that waits, or the
    /// fleet does not answer.
    pub async fn confirm_fleet(
        &self,
        id: &FleetId,
        answer: &str,
    ) -> Result<FleetSync, DeployerError> {
        let work = async {
            self.administering_fleets(id).await?;
            let fleet = self.deployer.existing_fleet(id).await?;
            let state = self.deployer.fleet_state(id).await?;
            let pending = state.value.0.pending.as_ref();
            if pending.is_none_or(|pending| pending.answer != answer) {
                return Err(DeployerError::not_possible(
                    format!("fleet `{id}` has no answer `{answer}` that waits for a confirmation"),
                    "synchronize it, look at what would be done, and confirm that answer",
                ));
            }
            let confirmed = Some(answer.to_owned());
            let new = FleetStateRecord(FleetState { confirmed, ..state.value.0.clone() });
            let change = Change::of(Action::ConfirmAnswer, FleetRecord::KIND.name(), id);
            let change = change.with_after(serde_json::json!({ "answer": answer }));
            let commit = Commit::new().unchanged(&fleet).replace(&state, &new)?;
            self.commit(commit, change).await?;
            self.synchronized(id).await
        };
        self.attempt(Action::ConfirmAnswer, named(id), work).await
    }

    /// Gives a fleet an infrastructure that exists: from then on the fleet manages it. `node` is the id of its node in
    /// the fleet; without it, the infrastructure names the node.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator; there is no such fleet or infrastructure; the infrastructure has several nodes, or is of a
    /// fleet already; another infrastructure of the fleet has the node; the fleet does not report the node; or its key is being rotated.
    pub async fn adopt_infra(
        &self,
        fleet: &FleetId,
        infra: &InfraId,
        node: Option<&NodeId>,
    ) -> Result<ManagedInfra, DeployerError> {
        let work = async {
            self.administering_fleets(fleet).await?;
            let _member = self.deployer.inner.life.begin()?;
            // A synchronization would register the node meanwhile.
            let keeper = self.deployer.take_fleet(fleet).await?;
            let lease = keeper.lease().clone();
            keeper.until_done("a fleet", self.adopt_under(&lease, fleet, infra, node)).await
        };
        let named = ResourceRef::new(InfraSettings::NOUN, infra);
        self.attempt(Action::Adopt, named, work).await
    }

    /// Takes an infrastructure from its fleet. It stays as it is, out of quarantine, and is edited by hand from then on. While it is
    /// there, its node is not registered again.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or there is no such infrastructure of a fleet.
    pub async fn release_infra(
        &self,
        fleet: &FleetId,
        infra: &InfraId,
    ) -> Result<(), DeployerError> {
        let work = async {
            let view = self.administering_fleets(fleet).await?;
            let marker = view.model.managed_infra(infra)?;
            let marker = marker.filter(|marker| marker.value.fleet == *fleet);
            let marker =
                marker.ok_or_else(|| DeployerError::not_found(ManagedInfra::NOUN, infra))?;
            let commit = Commit::new().remove(marker);
            let Some(found) = self.repository().find::<InfraSettings>(infra).await? else {
                let change = Change::of(Action::Release, InfraSettings::KIND.name(), infra);
                return self.commit(commit, change).await;
            };
            let entry = found.value.target.entries().first().cloned().unwrap_or_default();
            let new = found.value.clone().with_target(Target::SingleNode(entry));
            let change = Change::edited(&found.value, &new)?.by(Action::Release);
            self.commit(commit.replace(&found, &new)?, change).await
        };
        let named = ResourceRef::new(InfraSettings::NOUN, infra);
        self.attempt(Action::Release, named, work).await
    }

    /// What a fleet manages of an infrastructure that the caller sees; none if it is edited by hand.
    ///
    /// # Errors
    ///
    /// The caller does not see the infrastructure, or the store does not answer.
    pub async fn managed_infra(&self, id: &InfraId) -> Result<Option<ManagedInfra>, DeployerError> {
        let view = self.view().await?;
        view.infra_for(Operation::ViewInfra, id)?;
        let found = view.model.managed_infra(id)?;
        Ok(found.map(|kept| ManagedInfra::clone(&kept.value)))
    }

    /// The infrastructures that fleets manage, of those that the caller sees and of which it can be read.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn managed_infras(&self) -> Result<Vec<ManagedInfra>, DeployerError> {
        let view = self.view().await?;
        let all = view.model.managed();
        let seen = all.filter(|it| view.infra_for(Operation::ViewInfra, &it.value.infra).is_ok());
        Ok(seen.map(|kept| ManagedInfra::clone(&kept.value)).collect())
    }

    async fn synchronized(&self, id: &FleetId) -> Result<FleetSync, DeployerError> {
        let wanting = Wanting::Somebody(Asked::of(&self.principal));
        self.deployer.sync_fleet(id, wanting).await
    }

    async fn administering_fleets(
        &self,
        named: impl std::fmt::Display,
    ) -> Result<View, DeployerError> {
        let view = self.view().await?;
        let named = ResourceRef::new(FleetRecord::NOUN, named);
        allow(&view, Operation::CreateInfra, Scope::deployer(), named)?;
        Ok(view)
    }

    async fn overview(
        &self,
        view: &View,
        settings: FleetSettings,
    ) -> Result<FleetOverview, DeployerError> {
        let infras = view.members(&settings.id);
        let state = self.deployer.fleet_state(&settings.id).await?.value.0;
        Ok(FleetOverview::new(settings, state, infras))
    }
}

impl View {
    /// Refuses updates on an infrastructure whose node its fleet no longer reports (I3).
    pub(super) fn not_in_quarantine(&self, id: &InfraId) -> Result<(), DeployerError> {
        let found = self.model.managed_infra(id)?;
        found.and_then(|kept| kept.value.refused_update()).map_or(Ok(()), Err)
    }

    /// The infrastructures that a fleet manages.
    fn members(&self, fleet: &FleetId) -> Vec<ManagedInfra> {
        let all = self.model.managed().filter(|kept| kept.value.fleet == *fleet);
        all.map(|kept| ManagedInfra::clone(&kept.value)).collect()
    }

    /// Refuses settings with mistakes, or whose stage does not exist.
    fn accepts(
        &self,
        settings: &FleetSettings,
        current: Option<&FleetSettings>,
    ) -> Result<(), DeployerError> {
        let problems = settings.problems_on(&self.model.stages()?.value.0, current);
        let object = named(&settings.id);
        problems.or_value(()).map_err(|problems| DeployerError::Invalid { object, problems })
    }
}

fn named(id: &FleetId) -> ResourceRef {
    ResourceRef::new(FleetRecord::NOUN, id)
}
