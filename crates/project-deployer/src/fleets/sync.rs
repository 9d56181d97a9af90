//! Carries a synchronization out: one commit for each infrastructure, under the lease of the fleet. A process that dies
//! between two commits leaves nothing half done, and the next synchronization goes on.

use project_deployer_client::fleet::Discovery;
use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::FleetId;
use project_deployer_core::infra::{InfraSettings, Target};
use project_deployer_store::{Commit, DocumentKey, Lease};
use serde_json::json;

use super::alone::{leaves_addresses, takes_alone};
use super::gathered::Gathered;
use super::{
    FleetAction, FleetActionKind, FleetChangeDone, FleetPlan, FleetRecord, FleetSettings,
    FleetState, FleetStateRecord, FleetSync, ManagedField, ManagedInfra, Quarantine, Wanted,
    plan_sync,
};
use crate::audit::{Action, Asked, Change};
use crate::causes::with_causes;
use crate::deployer::Deployer;
use crate::life::Phase;
use crate::rotation::Rotations;
use crate::runner::LeaseKeeper;
use crate::session::on_its_stage;
use crate::state::{Record as _, RecordCommit as _, VersionedRecord, references_to};

/// Who wants a synchronization.
#[derive(Debug, Clone)]
pub(crate) enum Wanting {
    Somebody(Asked),
    /// The rounds in the background, which record each time that they read the fleet.
    Rounds,
}

/// What the changes of a synchronization rely on.
struct Facts<'a> {
    fleet: &'a VersionedRecord<FleetRecord>,
    gathered: &'a Gathered,
    /// None if no key changes.
    rotations: Option<Rotations>,
}

/// Written by every commit that gives a fleet an infrastructure.
pub(crate) fn guard(fleet: &FleetId) -> DocumentKey {
    references_to(&FleetRecord::KIND, fleet)
}

impl Deployer {
    /// Synchronizes a fleet. One process at a time does so.
    pub(crate) async fn sync_fleet(
        &self,
        id: &FleetId,
        wanting: Wanting,
    ) -> Result<FleetSync, DeployerError> {
        let _member = self.inner.life.begin()?;
        let keeper = self.take_fleet(id).await?;
        let lease = keeper.lease().clone();
        keeper.until_done("a fleet", self.sync_under(&lease, id, &wanting)).await
    }

    /// The lease of a fleet: one process at a time gives it infrastructures.
    pub(crate) async fn take_fleet(&self, id: &FleetId) -> Result<LeaseKeeper, DeployerError> {
        let taken = self.take_unless_held(&format!("fleet/{id}"), "a fleet").await?;
        taken.map_err(|holder| {
            DeployerError::not_possible(
                format!("{holder} synchronizes fleet `{id}`"),
                "wait for its end, then look at the result",
            )
        })
    }

    /// What a synchronization would do. It writes nothing.
    pub(crate) async fn plan_fleet(&self, id: &FleetId) -> Result<FleetPlan, DeployerError> {
        let fleet = self.existing_fleet(id).await?;
        let state = self.fleet_state(id).await?.value.0;
        let (answer, gathered) = self.answered(&fleet.value.0).await?;
        Ok(plan_sync(gathered.known(&fleet.value.0), &answer, state.confirmed.as_deref()))
    }

    async fn sync_under(
        &self,
        lease: &Lease,
        id: &FleetId,
        wanting: &Wanting,
    ) -> Result<FleetSync, DeployerError> {
        let fleet = self.existing_fleet(id).await?;
        let state = self.fleet_state(id).await?;
        let (answer, gathered) = match self.answered(&fleet.value.0).await {
            Ok(answered) => answered,
            Err(error) => {
                let failed = state.value.0.failed(with_causes(&error), self.now());
                self.record_state(lease, &fleet, &state, failed, wanting).await?;
                return Err(error);
            }
        };
        let plan =
            plan_sync(gathered.known(&fleet.value.0), &answer, state.value.0.confirmed.as_deref());
        let mut sync = FleetSync::begun(&plan, self.now());
        if plan.shrunken.is_none() {
            sync.changes = self.change_all(lease, &fleet, &gathered, &plan, wanting).await;
        }
        sync.at = self.now();
        let new = state.value.0.after(sync.clone());
        self.record_state(lease, &fleet, &state, new, wanting).await?;
        Ok(sync)
    }

    /// What the fleet answers, and the infrastructures as they are after it: an answer may take minutes. What prevents it is
    /// recorded, so that the fleet is asked again an interval later.
    async fn answered(
        &self,
        fleet: &FleetSettings,
    ) -> Result<(Discovery, Gathered), DeployerError> {
        let answer = self.discovered(fleet).await?;
        Ok((answer, self.gathered(&fleet.id).await?))
    }

    async fn change_all(
        &self,
        lease: &Lease,
        fleet: &VersionedRecord<FleetRecord>,
        gathered: &Gathered,
        plan: &FleetPlan,
        wanting: &Wanting,
    ) -> Vec<FleetChangeDone> {
        let mut done = Vec::with_capacity(plan.actions.len());
        let mut stop: Option<String> = None;
        let with_keys = |it: &FleetAction| it.fields.contains(&ManagedField::AdminKey);
        // They are listed once, and again where one begins meanwhile: then the commit of a change fails.
        let rotations = match plan.actions.iter().any(with_keys) {
            true => self.present_rotations().await.map(Some),
            false => Ok(None),
        };
        let rotations = rotations.unwrap_or_else(|error| {
            stop = Some(with_causes(&error));
            None
        });
        let mut facts = Facts { fleet, gathered, rotations };
        for action in &plan.actions {
            if self.inner.life.has_reached(Phase::Draining) {
                stop = Some(DeployerError::ShuttingDown.to_string());
            }
            let failure = match &stop {
                Some(reason) => Some(reason.clone()),
                None => {
                    match self.change_once_more(lease, &mut facts, action, wanting).await {
                        Ok(()) => None,
                        Err(error) => {
                            let reason = with_causes(&error);
                            let (infra, reason) = (&action.infra, reason);
                            tracing::warn!(%infra, reason, "a change by a fleet is tried again");
                            // A store that fails is not asked hundreds of times.
                            stop = matches!(error, DeployerError::State { .. })
                                .then(|| reason.clone());
                            Some(reason)
                        }
                    }
                }
            };
            done.push(FleetChangeDone { action: action.clone(), failure });
        }
        done
    }

    /// Where somebody else registered something at the same moment, the second attempt says what.
    async fn change_once_more(
        &self,
        lease: &Lease,
        facts: &mut Facts<'_>,
        action: &FleetAction,
        wanting: &Wanting,
    ) -> Result<(), DeployerError> {
        match self.change_by_fleet(lease, facts, action, wanting).await {
            Err(DeployerError::ChangedMeanwhile(_)) => {
                if facts.rotations.is_some() {
                    facts.rotations = Some(self.present_rotations().await?);
                }
                self.change_by_fleet(lease, facts, action, wanting).await
            }
            done => done,
        }
    }

    async fn present_rotations(&self) -> Result<Rotations, DeployerError> {
        let model = self.snapshot().await?;
        self.rotations(&model).await
    }

    async fn change_by_fleet(
        &self,
        lease: &Lease,
        facts: &Facts<'_>,
        action: &FleetAction,
        wanting: &Wanting,
    ) -> Result<(), DeployerError> {
        let commit = Commit::new().fenced_by(lease).unchanged(facts.fleet);
        let (commit, change) = match action.kind {
            FleetActionKind::Register => self.registering(commit, facts, action).await?,
            FleetActionKind::Update | FleetActionKind::Lift => {
                self.updating(commit, facts, action).await?
            }
            FleetActionKind::Quarantine => {
                let (infra, marker) = facts.gathered.read(&action.infra)?;
                let since =
                    marker.value.quarantine.as_ref().map_or_else(|| self.now(), |it| it.since);
                let (reason, confirmed) = (action.reason.clone(), action.is_confirmed);
                let quarantine = Quarantine { since, reason, confirmed };
                let change =
                    Change::of(Action::Quarantine, InfraSettings::KIND.name(), &action.infra);
                let change = change.with_after(json!({ "quarantine": &quarantine }));
                let new = ManagedInfra {
                    quarantine: Some(quarantine),
                    ..ManagedInfra::clone(&marker.value)
                };
                (commit.unchanged(infra).replace(marker, &new)?, change)
            }
        };
        let asked = match wanting {
            Wanting::Somebody(asked) => asked.clone(),
            Wanting::Rounds => Asked::default(),
        };
        self.commit_change(asked, commit, change).await.map(|_| ())
    }

    async fn registering(
        &self,
        commit: Commit,
        facts: &Facts<'_>,
        action: &FleetAction,
    ) -> Result<(Commit, Change), DeployerError> {
        let settings = &facts.fleet.value.0;
        let Wanted { entry, fields, instance } = action.wanted.clone().unwrap_or_else(|| Wanted {
            entry: Default::default(),
            fields: Default::default(),
            instance: None,
        });
        let new = settings.new_infra(Some(action.infra.clone())).map_err(|problems| {
            let object = ResourceRef::new(FleetRecord::NOUN, &settings.id);
            DeployerError::Invalid { object, problems }
        })?;
        let new = new.with_target(Target::Fleet(entry));
        let commit = self.without_revoked(commit, facts, action, &new, None).await?;
        let marker = ManagedInfra {
            infra: action.infra.clone(),
            fleet: settings.id.clone(),
            node: action.node.clone(),
            instance,
            fields,
            since: self.now(),
            quarantine: None,
        };
        let model = self.snapshot().await?;
        if model.infra(&new.id)?.is_some() {
            return Err(DeployerError::not_possible(
                format!("infrastructure `{}` exists and is not that of this node", new.id),
                "adopt it, or write another `infraId`",
            ));
        }
        let commit = takes_alone(&model, commit, &new, None, &settings.id)?;
        let commit = on_its_stage(&model, commit, &new)?;
        let commit = commit.refer(guard(&settings.id)).create(&new)?.create(&marker)?;
        Ok((commit, Change::created(&new)?))
    }

    async fn updating(
        &self,
        commit: Commit,
        facts: &Facts<'_>,
        action: &FleetAction,
    ) -> Result<(Commit, Change), DeployerError> {
        let (infra, marker) = facts.gathered.read(&action.infra)?;
        let mut new_marker = ManagedInfra {
            node: action.node.clone(),
            quarantine: None,
            ..ManagedInfra::clone(&marker.value)
        };
        let mut new = infra.value.clone();
        if let Some(Wanted { entry, fields, instance }) = action.wanted.clone() {
            (new_marker.fields, new_marker.instance) = (fields, instance);
            new = new.with_target(Target::Fleet(entry));
        }
        let current = Some(&infra.value);
        let commit = self.without_revoked(commit, facts, action, &new, current).await?;
        let change = Change::edited(&infra.value, &new)?;
        let change = match &marker.value.quarantine {
            None => change,
            Some(old) => {
                change.by(Action::LiftQuarantine).with_before(json!({ "quarantine": old }))
            }
        };
        let commit = match action.fields.contains(&ManagedField::Address) {
            true => {
                let (model, old) = (self.snapshot().await?, Some(&infra.value));
                let commit = takes_alone(&model, commit, &new, old, &marker.value.fleet)?;
                leaves_addresses(&model, commit, &infra.value, Some(&new))
            }
            false => commit,
        };
        let commit = match new == infra.value {
            true => commit.unchanged(infra),
            false => commit.replace(infra, &new)?,
        };
        Ok((commit.replace(marker, &new_marker)?, change))
    }

    /// Refuses keys that a rotation has revoked or revokes now.
    async fn without_revoked(
        &self,
        commit: Commit,
        facts: &Facts<'_>,
        action: &FleetAction,
        new: &InfraSettings,
        current: Option<&InfraSettings>,
    ) -> Result<Commit, DeployerError> {
        match &facts.rotations {
            Some(rotations) if action.fields.contains(&ManagedField::AdminKey) => {
                self.without_revoked_keys(commit, rotations, new, current).await
            }
            _ => Ok(commit),
        }
    }

    /// Records what a synchronization found. One by hand that found nothing new writes nothing.
    async fn record_state(
        &self,
        lease: &Lease,
        fleet: &VersionedRecord<FleetRecord>,
        old: &VersionedRecord<FleetStateRecord>,
        new: FleetState,
        wanting: &Wanting,
    ) -> Result<(), DeployerError> {
        let is_news = old.value.0.read.is_none() || !new.says_the_same_as(&old.value.0);
        if !is_news && matches!(wanting, Wanting::Somebody(_)) {
            return Ok(());
        }
        let commit = Commit::new().fenced_by(lease).unchanged(fleet);
        let commit = commit.replace(old, &FleetStateRecord(new))?;
        self.inner.repository.commit_unaudited(commit).await
    }

    pub(crate) async fn existing_fleet(
        &self,
        id: &FleetId,
    ) -> Result<VersionedRecord<FleetRecord>, DeployerError> {
        self.inner.repository.existing(id).await
    }

    /// What is known of a fleet; of one that was never read as well.
    pub(crate) async fn fleet_state(
        &self,
        id: &FleetId,
    ) -> Result<VersionedRecord<FleetStateRecord>, DeployerError> {
        let found = self.inner.repository.find::<FleetStateRecord>(id).await?;
        let unread = || FleetStateRecord(FleetState::unread(id.clone()));
        Ok(found.unwrap_or_else(|| VersionedRecord::unwritten(unread())))
    }
}
