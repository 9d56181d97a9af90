//! Carries out a plan: each change through the operation of the Deployer, with the version that it is based on.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::FutureExt as _;
use futures::stream::{FuturesUnordered, StreamExt as _};
use project_deployer_client::{DeployerError, InfraCreation, ProjectDeployer, Warnings};
use project_deployer_core::node::FutureState;
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{DeploymentId, StageId};

use super::document::{DeploymentEntry, Estate, ProjectEntry};
use super::error::EstateError;
use super::observe::EstateAccess;
use super::observed::{ObservedEstate, Version};
use super::plan::{
    EstateKind, EstatePlan, OTHER_WAYS, OwnWork, PlannedChange, Step, Work, creation_of,
    edited_deployment, edited_project,
};
use super::secrets::EstateSecrets;
use crate::session::DeployerSession;
use crate::upstream::UpstreamOrder;

/// How often the end of an update of another Deployer is asked for.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// What was carried out.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct AppliedEstate {
    /// How many objects were created, changed or deleted.
    pub changes: usize,
    /// The updates that were started, with their ends.
    pub updates: Vec<(DeploymentId, Result<UpdateStatus, DeployerError>)>,
    /// Deployments whose projects use objects of each other in a circle, so that no order suits them (E7).
    pub cycles: Vec<Vec<DeploymentId>>,
}

impl AppliedEstate {
    /// Whether every update succeeded, with warnings or without.
    #[must_use]
    pub fn is_success(&self) -> bool {
        let well =
            |status: &UpdateStatus| matches!(status, UpdateStatus::Success | UpdateStatus::Warning);
        self.updates.iter().all(|(_, ended)| ended.as_ref().is_ok_and(well))
    }
}

impl EstatePlan {
    /// Carries out the plan. `report` hears of each change before it is made.
    ///
    /// Before the first write, what the plan relies on is read again. Each change of the engine also expects the
    /// revision that it is based on, and has its own record in the audit. If it stops between two changes, plan and
    /// apply again: what is done needs no change any more.
    ///
    /// # Errors
    ///
    /// The plan has blockers, something that it relies on has changed, or a change is refused. Before the first write
    /// nothing is changed; [`EstateError::Stopped`] says how many changes were made.
    pub async fn apply(
        &self,
        access: EstateAccess<'_>,
        estate: &Estate,
        secrets: &EstateSecrets,
        report: &(dyn Fn(&PlannedChange) + Sync),
    ) -> Result<AppliedEstate, EstateError> {
        let blockers = self.blockers().count();
        if blockers > 0 {
            return Err(EstateError::Blocked { blockers });
        }
        let observed = ObservedEstate::read(access, estate, &self.options).await?;
        let now = Self::of(estate, &observed, secrets, &self.options);
        let moved = self.basis.moved(&now.basis);
        if !moved.is_empty() {
            return Err(EstateError::Outdated { moved: moved.join(", ") });
        }
        let run = Run { access, secrets, warnings: self.options.warnings() };
        let (updates, changes): (Vec<_>, Vec<_>) =
            self.steps.iter().partition(|step| matches!(step.work, Work::Update(_)));
        let mut applied = AppliedEstate::default();
        for step in changes {
            report(&step.change);
            run.step(step).await.map_err(|source| EstateError::Stopped {
                object: format!("{} `{}`", step.change.kind.noun(), step.change.id),
                done: applied.changes,
                source: Box::new(source),
            })?;
            applied.changes += 1;
        }
        let order = run.order(&updates).await.map_err(|source| EstateError::Stopped {
            object: updates.first().map_or_else(String::new, |step| {
                format!("{} `{}`", step.change.kind.noun(), step.change.id)
            }),
            done: applied.changes,
            source: Box::new(source),
        })?;
        applied.updates = run.updates(&updates, &order, report).await;
        applied.cycles = order.cycles;
        Ok(applied)
    }
}

struct Run<'a> {
    access: EstateAccess<'a>,
    secrets: &'a EstateSecrets,
    warnings: Warnings,
}

impl Run<'_> {
    async fn step(&self, step: &Step) -> Result<(), DeployerError> {
        let expecting = match (&self.access, &step.based_on) {
            (EstateAccess::Engine(session), Some(Version::Revision(revision))) => {
                Some(session.expecting(*revision))
            }
            _ => None,
        };
        let deployer: &dyn ProjectDeployer = match &expecting {
            Some(session) => session,
            None => self.access.deployer(),
        };
        let engine = match (&expecting, self.access) {
            (Some(session), _) | (None, EstateAccess::Engine(session)) => Some(session),
            (None, EstateAccess::Other(_)) => None,
        };
        match &step.work {
            Work::Own(work) => {
                let session = engine.ok_or_else(|| no_call(step.change.kind))?;
                own_step(session, work).await
            }
            Work::CreateInfra(settings) => {
                deployer.create_infra(&InfraCreation::from((**settings).clone())).await
            }
            Work::SaveInfra(settings) => deployer.save_infra_settings(settings).await,
            Work::DeleteInfra(id) => deployer.delete_infra(id).await,
            Work::CreateProject(entry) => create_project(deployer, entry).await,
            Work::SaveProject(settings) => deployer.save_project_settings(settings).await,
            Work::DeleteProject(key) => deployer.delete_project(key).await,
            Work::CreateDeployment(entry) => self.create_deployment(deployer, entry).await,
            Work::SaveDeployment(settings) => {
                deployer.save_deployment_settings(settings, self.warnings).await
            }
            Work::DeleteDeployment(id) => deployer.delete_deployment(id).await,
            Work::Update(id) => deployer.start_update(id).await.map(drop),
        }
    }

    async fn create_deployment(
        &self,
        deployer: &dyn ProjectDeployer,
        entry: &DeploymentEntry,
    ) -> Result<(), DeployerError> {
        let Some(bundle) = &entry.bundle else { return Ok(()) };
        deployer.create_deployment(&creation_of(entry, bundle), self.warnings).await?;
        let made = deployer.deployment_settings(&entry.id).await?;
        let edit = edited_deployment(&made, entry, self.secrets);
        if edit.fields.is_empty() {
            return Ok(());
        }
        deployer.save_deployment_settings(&edit.document, self.warnings).await
    }

    /// Projects whose objects others use are deployed first (E7). Another Deployer does not say what its bundles use.
    async fn order(&self, steps: &[&Step]) -> Result<UpstreamOrder, DeployerError> {
        let ids = steps.iter().filter_map(|step| match &step.work {
            Work::Update(id) => Some(id.clone()),
            _ => None,
        });
        let ids: Vec<_> = ids.collect();
        match self.access {
            EstateAccess::Engine(session) => session.upstream_order(&ids).await,
            EstateAccess::Other(_) => Ok(UpstreamOrder::all_at_once(ids)),
        }
    }

    /// Starts each update when those have ended that it waits for, whatever their outcome, and waits for all ends. One that
    /// fails stops no other. The ends are in the order of the waves.
    async fn updates(
        &self,
        steps: &[&Step],
        order: &UpstreamOrder,
        report: &(dyn Fn(&PlannedChange) + Sync),
    ) -> Vec<(DeploymentId, Result<UpdateStatus, DeployerError>)> {
        let ids = order.waves.iter().flatten();
        let step_of = |id: &DeploymentId| {
            steps.iter().find(|step| matches!(&step.work, Work::Update(other) if other == id))
        };
        let mut open: Vec<(&DeploymentId, &Step)> =
            ids.clone().filter_map(|id| Some((id, *step_of(id)?))).collect();
        let mut running = FuturesUnordered::new();
        let mut ended = BTreeMap::new();
        loop {
            let waits = |id: &DeploymentId| {
                order.after.get(id).is_some_and(|all| all.iter().any(|it| !ended.contains_key(it)))
            };
            let (later, ready): (Vec<_>, Vec<_>) = open.into_iter().partition(|(id, _)| waits(id));
            open = later;
            for (id, step) in ready {
                report(&step.change);
                let task = self.access.deployer().start_update(id).await;
                let end = async move {
                    let end = match task {
                        Ok(task) => self.end_of(id, &task).await,
                        Err(error) => Err(error),
                    };
                    (id.clone(), end)
                };
                // Boxed, so that the compiler knows that callers may move between threads.
                running.push(end.boxed());
            }
            let Some((id, end)) = running.next().await else { break };
            ended.insert(id, end);
        }
        ids.filter_map(|id| ended.remove_entry(id)).collect()
    }

    async fn end_of(
        &self,
        id: &DeploymentId,
        task: &FutureState,
    ) -> Result<UpdateStatus, DeployerError> {
        let deployer = match self.access {
            EstateAccess::Engine(session) => return Ok(session.wait(task).await?.status),
            EstateAccess::Other(deployer) => deployer,
        };
        if let Some(job) = &task.job_id {
            while deployer.future(job).await?.alive {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        }
        Ok(deployer.last_update(id).await?.status)
    }
}

fn no_call(kind: EstateKind) -> DeployerError {
    DeployerError::not_possible(
        format!("a file changes no `{kind}` over the API of the product"),
        OTHER_WAYS,
    )
}

async fn own_step(session: &DeployerSession, work: &OwnWork) -> Result<(), DeployerError> {
    match work {
        OwnWork::SaveStages(stages) => session.save_stages(stages).await,
        OwnWork::RemoveStages(stages) => remove_stages(session, stages).await,
        OwnWork::CreateGroup(group) => session.create_group(group).await,
        OwnWork::SaveGroup(group) => session.edit_group(group).await,
        OwnWork::DeleteGroup(name) => session.delete_group(name).await,
        OwnWork::CreateUser(user) => session.create_user(user).await,
        OwnWork::SaveUser(user) => session.edit_user(user).await,
        OwnWork::DeleteUser(login) => session.delete_user(login).await,
        OwnWork::CreateFleet(fleet) => session.create_fleet(fleet).await,
        OwnWork::SaveFleet(fleet) => session.save_fleet(fleet).await,
        OwnWork::DeleteFleet(id) => session.delete_fleet(id).await,
        OwnWork::SaveWindows(change) => session.save_windows(change).await,
    }
}

/// Each by itself, so that a stage that somebody adds meanwhile stays.
async fn remove_stages(session: &DeployerSession, stages: &[StageId]) -> Result<(), DeployerError> {
    for stage in stages {
        session.remove_stage(stage).await?;
    }
    Ok(())
}

async fn create_project(
    deployer: &dyn ProjectDeployer,
    entry: &ProjectEntry,
) -> Result<(), DeployerError> {
    deployer.create_project(&entry.key).await?;
    let made = deployer.project_settings(&entry.key).await?;
    let edit = edited_project(&made, entry);
    if edit.fields.is_empty() {
        return Ok(());
    }
    deployer.save_project_settings(&edit.document).await
}
