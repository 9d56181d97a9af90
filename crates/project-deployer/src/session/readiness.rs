use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::InfraId;
use project_deployer_core::NodeAddress;
use project_deployer_core::accounts::{Group, UserList};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::rights::{Caller, Operation, Scope};
use project_deployer_ldap::DirectoryConnector;
use project_deployer_ldap::matching::ParityReport;

use super::ownership::shared_keys;
use super::{DeployerSession, ListedDeployment, allow};
use crate::parity::{DeployerAccounts, parity};
use crate::readiness::{
    Needs, PermissionCheck, Readiness, check_infra, node_facts, permission_checks,
};
use crate::state::{BundleRecord, DeploymentRecord};

impl DeployerSession {
    /// Checks whether the nodes of an infrastructure are ready for its deployments and for the
    /// caller. It changes nothing.
    ///
    /// # Errors
    ///
    /// The infrastructure does not exist for the caller, or the caller may not administer it. A
    /// node that does not answer is a finding.
    pub async fn readiness(&self, id: &InfraId) -> Result<Readiness, DeployerError> {
        let caller = self.caller().await?;
        let infra = self.infra_for(&caller, Operation::CheckInfra, id).await?.value;
        let needs = self.needs(&caller, &infra).await?;
        Ok(check_infra(&infra, &needs, &*self.deployer.inner.connector).await)
    }

    /// Checks the permissions of the acting logins on the nodes of an infrastructure, action by
    /// action. Missing permissions are also among the findings of [`Self::readiness`].
    ///
    /// # Errors
    ///
    /// The same as for [`Self::readiness`].
    pub async fn permission_checks(
        &self,
        id: &InfraId,
    ) -> Result<Vec<PermissionCheck>, DeployerError> {
        let caller = self.caller().await?;
        let infra = self.infra_for(&caller, Operation::CheckInfra, id).await?.value;
        let needs = self.needs(&caller, &infra).await?;
        let facts = node_facts(&infra, &needs, &*self.deployer.inner.connector).await;
        Ok(facts.iter().flat_map(|facts| permission_checks(facts, &needs)).collect())
    }

    /// Compares the logins of the Deployer and of all nodes of all infrastructures. It changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or the store does not answer. A node or directory that
    /// does not answer is part of the report.
    pub async fn parity(
        &self,
        own: &DeployerAccounts,
        directories: &dyn DirectoryConnector,
    ) -> Result<ParityReport, DeployerError> {
        let caller = self.caller().await?;
        allow(&caller, Operation::CheckParity, Scope::deployer(), ResourceRef::new("logins", ""))?;
        let inner = &self.deployer.inner;
        parity(self, own, &*inner.connector, directories, &*inner.clock).await
    }

    /// Returns the accounts in the Deployer's own store, for [`Self::parity`]. The store has no
    /// directory; where the users come from one, the host adds its settings.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or the store does not answer.
    pub async fn own_accounts(
        &self,
        address: Option<NodeAddress>,
    ) -> Result<DeployerAccounts, DeployerError> {
        let users: UserList = self.users().await?.iter().collect();
        let groups = self.groups().await?;
        Ok(DeployerAccounts { address, users: Ok(users), groups: Ok(groups), ldap: Ok(None) })
    }

    /// The users who created or last changed a deployment count as its requesters. What the caller
    /// may not see is left out: an administrator of only the infrastructure must not see its names
    /// (R-P8).
    async fn needs(&self, caller: &Caller, infra: &InfraSettings) -> Result<Needs, DeployerError> {
        let mut needs = Needs::of_infra(infra);
        if infra.deploy_as_user.is_none() {
            needs.acting.insert(caller.login.clone());
        }
        let visible = self.visible_deployments(caller).await?;
        let superseded = self.superseded_among(&visible).await?;
        needs.updates_here = true;
        needs.shared_keys = shared_keys(infra, &visible, &superseded);
        for ListedDeployment { record, .. } in visible {
            let DeploymentRecord { settings, created_by, modified_by } = record;
            if settings.infra_id != infra.id || superseded.contains(&settings.id) {
                continue;
            }
            let key = &settings.published_project_key;
            let bundle = BundleRecord::record_id(key, &settings.bundle_id);
            let bundle = self.repository().find::<BundleRecord>(bundle).await?;
            if let Some(bundle) = bundle.and_then(|found| found.value.published) {
                let requesters = [created_by, modified_by];
                needs = needs.with_deployment(infra, &settings, &bundle.contents, requesters);
            }
        }
        let groups = self.repository().all::<Group>().await?;
        if !groups.is_empty() {
            // A host with its own identity provider keeps no groups here.
            needs.deployer_groups = Some(groups.into_iter().map(|found| found.name).collect());
        }
        Ok(needs)
    }
}
