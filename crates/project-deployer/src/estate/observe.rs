//! Reads what a plan compares an estate with. It writes nothing.

use std::collections::BTreeSet;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use project_deployer_client::{DeployerError, ProjectDeployer};
use project_deployer_core::health::Health;
use project_deployer_core::status::{DeploymentLightStatus, UpdateStatus};
use project_deployer_core::{DeploymentId, FleetId, InfraId, ProjectKey};

use super::document::Estate;
use super::observed::{
    Deployed, ObservedEstate, Seen, SeenDeployment, SeenInfra, SeenProject, Version,
};
use super::plan::{EstateKind, PlanOptions};
use crate::hooks::unsigned;
use crate::maintenance::MaintenanceScope;
use crate::session::DeployerSession;

/// How many calls another Deployer gets at the same time.
const AT_ONCE: usize = 4;

/// A Deployer that an estate is compared with and applied to.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum EstateAccess<'a> {
    /// The engine in this process: each document has a revision, and a change expects it.
    Engine(&'a DeployerSession),
    /// Another Deployer, such as the product's own. It has no revisions: a document that changes between the check of
    /// a plan and a write is not noticed. It has no call to change stages.
    Other(&'a dyn ProjectDeployer),
}

impl<'a> EstateAccess<'a> {
    /// The operations of the public API.
    pub(super) fn deployer(self) -> &'a dyn ProjectDeployer {
        match self {
            Self::Engine(session) => session,
            Self::Other(deployer) => deployer,
        }
    }
}

/// Which objects are read in full. Others are only known to be there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// Whether groups and users are compared: all of them, since any may be the last administrator.
    accounts: bool,
    /// Whether names of groups and users are compared with those that there are.
    names: bool,
    /// The fleets that are compared; none if the file has no fleets.
    fleets: Option<Part<FleetId>>,
    infras: Part<InfraId>,
    /// The scopes whose windows are compared; none if the file has no windows.
    windows: Option<Part<MaintenanceScope>>,
    projects: Part<ProjectKey>,
    deployments: Part<DeploymentId>,
    /// Infrastructures whose node keys and hook secrets are compared.
    keys_of: BTreeSet<InfraId>,
    /// Whether it counts what updates brought to the nodes.
    updates: bool,
}

#[derive(Debug, Clone)]
enum Part<K> {
    All,
    These(BTreeSet<K>),
}

impl<K> Default for Part<K> {
    fn default() -> Self {
        Self::These(BTreeSet::new())
    }
}

impl<K: Ord> Part<K> {
    fn has(&self, id: &K) -> bool {
        match self {
            Self::All => true,
            Self::These(ids) => ids.contains(id),
        }
    }
}

impl Scope {
    /// Everything, without the keys of nodes.
    pub(super) fn all() -> Self {
        Self {
            accounts: true,
            names: false,
            fleets: Some(Part::All),
            infras: Part::All,
            windows: Some(Part::All),
            projects: Part::All,
            deployments: Part::All,
            keys_of: BTreeSet::new(),
            updates: false,
        }
    }

    /// What an estate mentions, and what that refers to; of kinds that may be deleted, everything.
    pub(super) fn of(estate: &Estate, options: &PlanOptions) -> Self {
        let prunes = |kind| options.prune.contains(&kind);
        let entries = || estate.infrastructures.iter().flatten();
        let deployments = || estate.deployments.iter().flatten();
        let infras = entries().map(|entry| &entry.id);
        let infras = infras.chain(deployments().map(|entry| &entry.infrastructure));
        let places = || estate.windows.iter().flatten().map(|entry| &entry.scope);
        let infras = infras.chain(places().filter_map(|scope| match scope {
            MaintenanceScope::Infra(id) => Some(id),
            MaintenanceScope::Everything | MaintenanceScope::Stage(_) => None,
        }));
        // Rights may name a group that is deleted.
        let all_infras = [
            EstateKind::Groups,
            EstateKind::Infrastructures,
            EstateKind::Stages,
            EstateKind::Windows,
        ]
        .map(prunes);
        let projects = estate.projects.iter().flatten().map(|entry| &entry.key);
        let projects = projects.chain(deployments().map(|entry| &entry.project));
        let fleets = estate.fleets.as_ref().map(|fleets| match prunes(EstateKind::Fleets) {
            true => Part::All,
            false => {
                let named = entries().filter_map(|entry| entry.fleet.as_ref());
                let all = fleets.iter().map(|entry| &entry.id).chain(named);
                Part::These(all.cloned().collect())
            }
        });
        let fleets = fleets.or_else(|| fleets_of(estate));
        // What the file does not mention is not compared, and its keys are left where they are.
        let with_keys = entries().filter(|entry| entry.nodes.is_some() || entry.hooks.is_some());
        Self {
            accounts: estate.groups.is_some() || estate.users.is_some(),
            names: estate.infrastructures.is_some()
                || estate.projects.is_some()
                || estate.fleets.is_some(),
            fleets: match prunes(EstateKind::Groups) {
                // What their infrastructures begin with may name a group that is deleted.
                true => Some(Part::All),
                false => fleets,
            },
            infras: match all_infras.contains(&true) {
                true => Part::All,
                false => Part::These(infras.cloned().collect()),
            },
            windows: estate.windows.as_ref().map(|_| match prunes(EstateKind::Windows) {
                true => Part::All,
                false => Part::These(places().cloned().collect()),
            }),
            projects: match prunes(EstateKind::Projects) || prunes(EstateKind::Groups) {
                true => Part::All,
                false => Part::These(projects.cloned().collect()),
            },
            deployments: match options.prune.is_empty() {
                false => Part::All,
                true => Part::These(deployments().map(|entry| entry.id.clone()).collect()),
            },
            keys_of: with_keys.map(|entry| entry.id.clone()).collect(),
            updates: options.deploy,
        }
    }

    pub(crate) fn has_accounts(&self) -> bool {
        self.accounts
    }

    /// Whether it counts which groups and users there are: the file may name some.
    pub(crate) fn has_names(&self) -> bool {
        self.names
    }

    pub(crate) fn has_fleets(&self) -> bool {
        self.fleets.is_some()
    }

    /// The ids of the fleets that are compared; none if all are.
    pub(crate) fn named_fleets(&self) -> Option<&BTreeSet<FleetId>> {
        match &self.fleets {
            Some(Part::These(ids)) => Some(ids),
            Some(Part::All) | None => None,
        }
    }

    pub(crate) fn has_infra(&self, id: &InfraId) -> bool {
        self.infras.has(id)
    }

    pub(crate) fn has_windows(&self) -> bool {
        self.windows.is_some()
    }

    pub(crate) fn has_windows_of(&self, scope: &MaintenanceScope) -> bool {
        self.windows.as_ref().is_some_and(|windows| windows.has(scope))
    }

    pub(crate) fn has_project(&self, key: &ProjectKey) -> bool {
        self.projects.has(key)
    }

    pub(crate) fn has_deployment(&self, id: &DeploymentId) -> bool {
        self.deployments.has(id)
    }

    pub(crate) fn needs_keys_of(&self, id: &InfraId) -> bool {
        self.keys_of.contains(id)
    }
}

/// The fleets that infrastructures of a file name.
fn fleets_of(estate: &Estate) -> Option<Part<FleetId>> {
    let infras = estate.infrastructures.iter().flatten();
    let named: BTreeSet<_> = infras.filter_map(|entry| entry.fleet.clone()).collect();
    (!named.is_empty()).then_some(Part::These(named))
}

impl ObservedEstate {
    /// Reads what an estate mentions, and what its plan relies on.
    ///
    /// # Errors
    ///
    /// The Deployer or its store does not answer.
    pub async fn read(
        access: EstateAccess<'_>,
        estate: &Estate,
        options: &PlanOptions,
    ) -> Result<Self, DeployerError> {
        Self::read_scope(access, &Scope::of(estate, options)).await
    }

    /// Reads everything that the caller may see, for an export.
    ///
    /// # Errors
    ///
    /// The Deployer or its store does not answer.
    pub async fn read_all(access: EstateAccess<'_>) -> Result<Self, DeployerError> {
        Self::read_scope(access, &Scope::all()).await
    }

    async fn read_scope(access: EstateAccess<'_>, scope: &Scope) -> Result<Self, DeployerError> {
        match access {
            EstateAccess::Engine(session) => session.observe_estate(scope).await,
            EstateAccess::Other(deployer) => read_other(deployer, scope).await,
        }
    }
}

async fn read_other(
    deployer: &dyn ProjectDeployer,
    scope: &Scope,
) -> Result<ObservedEstate, DeployerError> {
    let stages = deployer.stages().await?;
    let version = Version::of_document(&serde_json::json!(stages));
    let mut observed = ObservedEstate::with_stages(Seen { value: stages, version }, false);
    let infras = deployer.infras().await?.into_iter().map(|status| status.infra_basic_info.id);
    let infras = stream::iter(infras.filter(|id| scope.has_infra(id)))
        .map(|id| async move { Ok::<_, DeployerError>((id.clone(), infra(deployer, &id).await?)) })
        .buffered(AT_ONCE);
    for (id, infra) in infras.try_collect::<Vec<_>>().await? {
        observed.add_infra(id, infra);
    }
    let projects = deployer.projects().await?.into_iter();
    let projects = projects.map(|status| {
        let bundles = status.packages.iter().map(|package| package.id.clone()).collect();
        (status.project_basic_info.id, bundles)
    });
    let projects = stream::iter(projects.filter(|(key, _)| scope.has_project(key)))
        .map(|(key, bundles)| async move {
            let settings = project(deployer, &key).await?;
            Ok::<_, DeployerError>((key, SeenProject { settings, bundles }))
        })
        .buffered(AT_ONCE);
    for (key, project) in projects.try_collect::<Vec<_>>().await? {
        observed.add_project(key, project);
    }
    let all = deployer.deployments().await?.into_iter();
    let deployments =
        stream::iter(all.filter(|status| scope.has_deployment(&status.deployment_basic_info.id)))
            .map(|status| async move { deployment(deployer, &status, scope.updates).await })
            .buffered(AT_ONCE);
    for (id, deployment) in deployments.try_collect::<Vec<_>>().await? {
        observed.add_deployment(id, deployment);
    }
    Ok(observed)
}

/// What the caller may not read is known to be there.
fn readable<T>(read: Result<T, DeployerError>) -> Result<Option<T>, DeployerError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(DeployerError::Denied(_) | DeployerError::Forbidden(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn infra(deployer: &dyn ProjectDeployer, id: &InfraId) -> Result<SeenInfra, DeployerError> {
    let settings = readable(deployer.infra_settings(id).await)?;
    let mut entries = settings.iter().flat_map(|settings| settings.target.entries());
    let has_keys = entries.all(|node| node.address.is_none() || node.admin_api_key.is_some());
    let has_secrets = settings.iter().all(|settings| unsigned(&settings.hooks).is_empty());
    let has_keys = has_keys && has_secrets;
    let settings = settings.map(|value| {
        let version = Version::of_document(&value.to_document());
        Seen { value, version }
    });
    // The API of another Deployer does not say what fleets manage; it refuses it.
    Ok(SeenInfra { settings, has_keys, managed: None, unread_fleet: None })
}

async fn project(
    deployer: &dyn ProjectDeployer,
    key: &ProjectKey,
) -> Result<
    Option<Seen<project_deployer_core::published_project::PublishedProjectSettings>>,
    DeployerError,
> {
    let settings = readable(deployer.project_settings(key).await)?;
    Ok(settings.map(|value| {
        let version = Version::of_document(&value.to_document());
        Seen { value, version }
    }))
}

async fn deployment(
    deployer: &dyn ProjectDeployer,
    status: &DeploymentLightStatus,
    with_updates: bool,
) -> Result<(DeploymentId, SeenDeployment), DeployerError> {
    let id = status.deployment_basic_info.id.clone();
    let value = deployer.deployment_settings(&id).await?;
    let version = Version::of_document(&value.to_document());
    let deployed = match status.never_ever_deployed {
        true => Deployed::Never,
        false if with_updates => on_nodes(deployer, &id).await?,
        false => Deployed::Unknown,
    };
    Ok((id, SeenDeployment { settings: Seen { value, version }, deployed }))
}

/// What another Deployer says of a deployment on its nodes. It reports no bundle of an update, and no time of settings; it
/// compares the nodes with the settings itself.
async fn on_nodes(
    deployer: &dyn ProjectDeployer,
    id: &DeploymentId,
) -> Result<Deployed, DeployerError> {
    match deployer.last_update(id).await?.status {
        UpdateStatus::Success | UpdateStatus::Warning => {}
        UpdateStatus::Running => return Ok(Deployed::Unknown),
        _ => return Ok(Deployed::Behind),
    }
    let health = deployer.deployment_status(id).await?.health;
    Ok(if health == Health::OutOfSync { Deployed::Behind } else { Deployed::Unknown })
}
