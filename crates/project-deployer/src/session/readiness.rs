use std::collections::BTreeSet;

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::accounts::Group;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_core::{GroupName, InfraId, NodeAddress};
use project_deployer_ldap::DirectoryConnector;
use project_deployer_ldap::matching::ParityReport;

use super::ownership::shared_keys;
use super::{DeployerSession, View, allow};
use crate::parity::{DeployerAccounts, StoreAccounts, parity};
use crate::readiness::{
    Needs, PermissionCheck, Readiness, check_infra, node_facts, permission_checks,
};
use crate::state::DeploymentRecord;

impl DeployerSession {
    /// Checks whether the nodes of an infrastructure are ready for its deployments and for the
    /// caller. It changes nothing.
    ///
    /// # Errors
    ///
    /// The infrastructure does not exist for the caller, or the caller may not administer it. A
    /// node that does not answer is a finding.
    pub async fn readiness(&self, id: &InfraId) -> Result<Readiness, DeployerError> {
        let view = self.view().await?;
        let infra = self.infra_with_keys(&view, Operation::CheckInfra, id).await?.value;
        let needs = view.needs(&infra)?;
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
        let view = self.view().await?;
        let infra = self.infra_with_keys(&view, Operation::CheckInfra, id).await?.value;
        let needs = view.needs(&infra)?;
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
        let view = self.view().await?;
        allow(&view, Operation::CheckParity, Scope::deployer(), ResourceRef::new("logins", ""))?;
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
        self.users().await?;
        let accounts = StoreAccounts::of(self.clone());
        Ok(DeployerAccounts { ldap: Ok(None), ..DeployerAccounts::of(&accounts, address).await })
    }
}

impl View {
    /// The users who created or last changed a deployment count as its requesters. What the caller
    /// may not see is left out: an administrator of only the infrastructure must not see its names
    /// (R-P8).
    fn needs(&self, infra: &InfraSettings) -> Result<Needs, DeployerError> {
        let mut needs = Needs::of_infra(infra);
        if infra.deploy_as_user.is_none() {
            needs.acting.insert(self.login.clone());
        }
        let visible: Vec<_> = self.visibility().on(&infra.id).collect();
        needs.updates_here = true;
        needs.shared_keys = shared_keys(&visible);
        for found in visible.into_iter().filter(|found| !found.superseded) {
            let DeploymentRecord { settings, created_by, modified_by, .. } = found.record;
            let key = &settings.published_project_key;
            let bundle = self.model.bundle(key, &settings.bundle_id)?;
            if let Some(bundle) = bundle.and_then(|record| record.value.published.as_ref()) {
                let requesters = [created_by.clone(), modified_by.clone()];
                needs = needs.with_deployment(infra, settings, &bundle.contents, requesters);
            }
        }
        // One that cannot be read exists all the same.
        let names = self.model.groups().map(|group| group.name.clone());
        let unreadable = self.model.unreadable::<Group>().filter_map(|name| name.parse().ok());
        let groups: BTreeSet<GroupName> = names.chain(unreadable).collect();
        // A host with its own identity provider keeps no groups here.
        needs.deployer_groups = (!groups.is_empty()).then_some(groups);
        Ok(needs)
    }
}
