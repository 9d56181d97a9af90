use project_deployer_client::{DeployerError, ProjectDeployer};
use project_deployer_core::InfraId;
use project_deployer_core::infra::InfraSettings;
use project_deployer_ldap::matching::{GroupNeed, Need};
use project_deployer_ldap::{Reason, Told};

use super::keys::NodeKeys;
use super::needs::{group_needs, group_needs_of_infras, needs};

/// Every infrastructure with its settings, or why they are not told.
pub(super) type Infras = Vec<(InfraId, Told<InfraSettings>)>;

/// The nodes on which logins are compared, and what they are needed for there: as a Deployer tells it, or
/// from a plain list of infrastructures.
#[derive(Debug, Clone, Default)]
pub struct Landscape {
    /// The infrastructures in the order of the report, or why their settings are not told.
    pub infras: Vec<(InfraId, Told<InfraSettings>)>,
    /// The logins that deployments will use.
    pub needs: Vec<Need>,
    /// The groups that rights name.
    pub group_needs: Vec<GroupNeed>,
}

impl Landscape {
    /// What a Deployer tells, in the order of its stages. Settings that the caller may not read are part
    /// of it, with the reason.
    ///
    /// # Errors
    ///
    /// The Deployer does not tell its infrastructures, deployments or projects.
    pub async fn of_deployer(deployer: &dyn ProjectDeployer) -> Result<Self, DeployerError> {
        let infras = infras(deployer).await?;
        let deployments = deployer.deployments().await?;
        let projects = deployer.projects().await?;
        Ok(Self {
            needs: needs(&infras, &deployments),
            group_needs: group_needs(deployer, &infras, &projects).await?,
            infras,
        })
    }

    /// These infrastructures, without any Deployer: needed are the users that they name, and whoever is
    /// added to [`Self::needs`].
    #[must_use]
    pub fn of_infras(infras: impl IntoIterator<Item = InfraSettings>) -> Self {
        let infras: Infras =
            infras.into_iter().map(|settings| (settings.id.clone(), Ok(settings))).collect();
        Self { needs: needs(&infras, &[]), group_needs: group_needs_of_infras(&infras), infras }
    }

    /// With keys that were handed in for its nodes.
    #[must_use]
    pub fn with_keys(mut self, keys: &NodeKeys) -> Self {
        let given = |settings: Told<InfraSettings>| settings.map(|found| keys.given_to(found));
        self.infras = self.infras.into_iter().map(|(id, settings)| (id, given(settings))).collect();
        self
    }
}

/// In the order of their stages, in which bundles go through them.
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
