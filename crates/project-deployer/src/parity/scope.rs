use std::collections::{BTreeMap, BTreeSet};

use project_deployer_client::{DeployerError, ProjectDeployer};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::status::DeploymentLightStatus;
use project_deployer_core::{InfraId, Login, ProjectKey};
use project_deployer_ldap::matching::{
    GroupRequirement, LocationId, Locations, LoginRequirement, Role,
};
use project_deployer_ldap::{Fetched, Reason};

use super::keys::NodeKeys;
use super::needs::{group_needs_of_infras, group_requirements, needs, requester_places};
use crate::readiness::SharedKey;

/// Every infrastructure with its settings, or why they are unknown.
pub(super) type Infras = Vec<(InfraId, Fetched<InfraSettings>)>;

/// The locations to compare, and the logins and groups that are needed there. It comes from a
/// Deployer, or from a plain list of infrastructures.
#[derive(Debug, Clone, Default)]
#[must_use]
#[non_exhaustive]
pub struct ParityScope {
    /// The infrastructures in the order of the report, with their settings or why these are
    /// unknown.
    pub infras: Vec<(InfraId, Fetched<InfraSettings>)>,
    /// The logins that deployments use.
    pub needs: Vec<LoginRequirement>,
    /// The groups that have rights.
    pub group_requirements: Vec<GroupRequirement>,
    /// Projects that several deployments write, by infrastructure.
    pub shared_keys: BTreeMap<InfraId, BTreeMap<ProjectKey, SharedKey>>,
}

impl ParityScope {
    /// Reads the scope from a Deployer, in the order of its stages. Settings that the caller may
    /// not read are part of it, with the reason.
    ///
    /// # Errors
    ///
    /// The Deployer does not return its infrastructures, deployments or projects.
    pub async fn of_deployer(deployer: &dyn ProjectDeployer) -> Result<Self, DeployerError> {
        let infras = infras(deployer).await?;
        let deployments = deployer.deployments().await?;
        let projects = deployer.projects().await?;
        Ok(Self {
            shared_keys: shared_keys(&deployments),
            needs: needs(&infras, &deployments),
            group_requirements: group_requirements(deployer, &infras, &projects).await?,
            infras,
        })
    }

    /// The scope of these infrastructures, without any Deployer. It needs the users that they name;
    /// add others to [`Self::needs`].
    pub fn of_infras(infras: impl IntoIterator<Item = InfraSettings>) -> Self {
        let infras: Infras =
            infras.into_iter().map(|settings| (settings.id.clone(), Ok(settings))).collect();
        Self {
            needs: needs(&infras, &[]),
            group_requirements: group_needs_of_infras(&infras),
            shared_keys: BTreeMap::new(),
            infras,
        }
    }

    /// Adds requesters for every infrastructure, with the reason. They are needed on the Deployer,
    /// and on the nodes without a deploy-as user (R-S7).
    pub fn with_requesters(
        mut self,
        logins: impl IntoIterator<Item = Login>,
        reason: &str,
    ) -> Self {
        let ids = self.infras.iter().map(|(id, _)| id);
        let places: BTreeSet<LocationId> =
            ids.flat_map(|id| requester_places(&self.infras, id)).collect();
        self.needs.extend(logins.into_iter().map(|login| {
            LoginRequirement::new(
                login,
                Role::Requester,
                reason.to_owned(),
                Locations::At(places.clone()),
            )
        }));
        self
    }

    /// Adds supplied keys for its nodes.
    pub fn with_keys(mut self, keys: &NodeKeys) -> Self {
        let given = |settings: Fetched<InfraSettings>| settings.map(|found| keys.given_to(found));
        self.infras = self.infras.into_iter().map(|(id, settings)| (id, given(settings))).collect();
        self
    }
}

fn shared_keys(
    deployments: &[DeploymentLightStatus],
) -> BTreeMap<InfraId, BTreeMap<ProjectKey, SharedKey>> {
    let mut by_infra: BTreeMap<InfraId, Vec<_>> = BTreeMap::new();
    for status in deployments {
        let summary = &status.deployment_basic_info;
        let key = summary.deployed_project_key.as_ref().unwrap_or(&summary.published_project_key);
        let entry = (key.clone(), summary.id.clone(), status.superseded);
        by_infra.entry(summary.infra_id.clone()).or_default().push(entry);
    }
    by_infra.into_iter().map(|(infra, all)| (infra, SharedKey::among(all))).collect()
}

/// In the order of their stages, which is the order in which bundles are promoted.
async fn infras(deployer: &dyn ProjectDeployer) -> Result<Infras, DeployerError> {
    let stages = deployer.stages().await?;
    let mut statuses = deployer.infras().await?;
    statuses.sort_by_key(|status| {
        stages.position(&status.infra_basic_info.stage).unwrap_or(usize::MAX)
    });
    let mut infras = Vec::new();
    for status in statuses {
        let id = status.infra_basic_info.id;
        let settings = deployer.infra_settings(&id).await.map_err(|error| Reason::of(&error));
        infras.push((id, settings));
    }
    Ok(infras)
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn requesters_are_needed_where_nobody_else_acts() {
        // R-S7
        let infra = |id: &str, deploy_as: Option<&str>| {
            let mut infra = InfraSettings::new(id.parse().unwrap(), "Test".parse().unwrap());
            infra.deploy_as_user = deploy_as.map(|login| login.parse().unwrap());
            infra
        };
        let infras = [infra("own", None), infra("robot", Some("robo"))];
        let scope = ParityScope::of_infras(infras);
        let scope = scope.with_requesters(["ann".parse().unwrap()], "the inventory");
        let ann = scope.needs.iter().find(|need| need.login.as_str() == "ann").unwrap();
        let node = LocationId::Node { infra: "own".parse().unwrap(), node: None };
        assert_eq!(ann.at, Locations::At(BTreeSet::from([LocationId::Deployer, node])));
    }
}
