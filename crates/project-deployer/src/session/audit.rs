//! The audit: what sessions record, and what administrators read.

use std::sync::Arc;

use futures::Stream;
use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::Timestamp;
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_store::{Commit, Revision};

use super::{DeployerSession, allow};
use crate::audit::{
    Action, Asked, AuditEntry, AuditExport, AuditFilter, AuditHead, AuditId, AuditPage,
    AuditVerification, Change, Refused, list_records, verify_chain,
};
use crate::state::unavailable;

impl DeployerSession {
    /// Commits a change with its record. Every change of a session goes through here.
    pub(super) async fn commit(&self, commit: Commit, change: Change) -> Result<(), DeployerError> {
        self.commit_at(commit, change).await.map(|_| ())
    }

    /// The same. Returns the revision.
    pub(super) async fn commit_at(
        &self,
        commit: Commit,
        change: Change,
    ) -> Result<Revision, DeployerError> {
        self.deployer.commit_change(Asked::of(&self.principal), commit, change).await
    }

    /// Carries out an attempt to change something. If it is refused or fails, that is recorded.
    pub(super) async fn attempt<T>(
        &self,
        action: Action,
        object: ResourceRef,
        work: impl Future<Output = Result<T, DeployerError>> + Send,
    ) -> Result<T, DeployerError> {
        // Work of many steps is on the heap, or every caller would hold all of it.
        let done = Box::pin(work).await;
        if let Err(error) = &done {
            let refused = Refused::new(Asked::of(&self.principal), action, object, error);
            self.deployer.record_refused(refused).await;
        }
        done
    }

    /// One page of the audit before a record, the newest records first. A page is not full if there are many records
    /// that the filter leaves out: go on with [`next`](AuditPage::next).
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or the store does not answer.
    pub async fn audit(
        &self,
        filter: &AuditFilter,
        before: Option<&AuditId>,
        limit: usize,
    ) -> Result<AuditPage, DeployerError> {
        self.may_read_audit().await?;
        list_records(self.repository(), filter, before, limit).await
    }

    /// The whole audit, or that since a time, in the order of the chain.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator. The stream fails if the store does not answer.
    pub async fn export_audit(
        &self,
        since: Option<Timestamp>,
    ) -> Result<impl Stream<Item = Result<AuditEntry, DeployerError>> + Send + use<>, DeployerError>
    {
        self.may_read_audit().await?;
        let store = Arc::clone(&self.repository().store);
        Ok(AuditExport::of(store, since).into_stream())
    }

    /// Checks that no record was changed, removed, inserted or moved, and that an expected block is in the chain.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or the store does not answer. What is wrong with the audit is no error.
    pub async fn verify_audit(
        &self,
        expected: Option<&AuditHead>,
    ) -> Result<AuditVerification, DeployerError> {
        self.may_read_audit().await?;
        verify_chain(self.repository(), expected).await.map_err(unavailable)
    }

    async fn may_read_audit(&self) -> Result<(), DeployerError> {
        let view = self.view().await?;
        // Whoever may change all accounts may do anything, and may know who did.
        allow(&view, Operation::EditAccounts, Scope::deployer(), ResourceRef::new("audit", ""))
    }
}
