use std::sync::Arc;

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::InfraId;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_ldap::DirectoryConnector;
use project_deployer_ldap::matching::Breadth;
use project_deployer_store::Commit;

use super::{DeployerSession, allow};
use crate::audit::{Action, Change};
use crate::parity::{
    LocationAccounts, ParityAssessment, ParityScope, StoreAccounts, assess_parity,
};
use crate::remedies::{Mode, OptIn, RemediationReport, remediate};
use crate::state::Record as _;

/// Parity and remedies for this Deployer, with its own accounts.
impl DeployerSession {
    /// The locations whose logins are compared, and the logins that are needed there: of one infrastructure, or of all
    /// of them.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is no such infrastructure, or the store does not answer.
    pub async fn parity_scope(
        &self,
        infra: Option<&InfraId>,
    ) -> Result<ParityScope, DeployerError> {
        let view = self.view().await?;
        allow(&view, Operation::CheckParity, Scope::deployer(), ResourceRef::new("logins", ""))?;
        let mut scope = ParityScope::of_deployer(self).await?;
        if let Some(wanted) = infra {
            scope.infras.retain(|(id, _)| id == wanted);
            if scope.infras.is_empty() {
                return Err(DeployerError::not_found(InfraSettings::NOUN, wanted));
            }
        }
        Ok(scope)
    }

    /// Compares the logins of a scope. It changes nothing.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or the store does not answer.
    pub async fn assess(
        &self,
        scope: &ParityScope,
        directories: &dyn DirectoryConnector,
    ) -> Result<ParityAssessment, DeployerError> {
        self.may_edit_accounts().await?;
        let inner = &self.deployer.inner;
        let own = self.own_accounts(None).await?;
        let accounts = LocationAccounts::of(scope, &*inner.connector);
        Ok(assess_parity(scope, Some(&own), &accounts, directories, &*inner.clock).await)
    }

    /// Compares the logins of a scope, applies the remedies of what deployments need, and compares again.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or the store does not answer. What a node refuses is in the report.
    pub async fn remediate(
        &self,
        scope: &ParityScope,
        directories: &dyn DirectoryConnector,
        opt_in: &OptIn,
        mode: Mode,
    ) -> Result<RemediationReport, DeployerError> {
        let infras: Vec<_> = scope.infras.iter().map(|(id, _)| id.to_string()).collect();
        let infras = infras.join(",");
        // Before any node is asked.
        let recorded = async {
            self.may_edit_accounts().await?;
            if mode == Mode::Apply {
                let change = Change::of(Action::Remediate, "logins", &infras);
                self.commit(Commit::new(), change).await?;
            }
            Ok(())
        };
        let named = ResourceRef::new("logins", &infras);
        self.attempt(Action::Remediate, named, recorded).await?;
        let inner = &self.deployer.inner;
        let own = Arc::new(StoreAccounts::of(self.clone()));
        let accounts = LocationAccounts::of(scope, &*inner.connector).with_deployer(own, None);
        let (clock, breadth) = (&*inner.clock, Breadth::Needed);
        Ok(remediate(scope, &accounts, directories, clock, breadth, opt_in, mode).await)
    }
}
