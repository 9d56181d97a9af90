//! The audit of a state, for an administrator who has the state itself.

use std::sync::Arc;

use project_deployer_client::DeployerError;
use project_deployer_core::Timestamp;

use super::{State, StateError};
use crate::audit::{
    AuditExport, AuditFilter, AuditHead, AuditId, AuditPage, AuditVerification, list_records,
    verify_chain,
};
use crate::state::Repository;

/// Checks the audit of a state: that no record was changed, removed, inserted or moved, and that an expected block is in
/// the chain. A Deployer may run meanwhile.
///
/// # Errors
///
/// The state cannot be read at all. What is wrong with the audit is no error.
pub async fn verify_audit(
    state: &State,
    expected: Option<&AuditHead>,
) -> Result<AuditVerification, StateError> {
    let view = state.view().await?;
    Ok(verify_chain(&Repository { store: view }, expected).await?)
}

/// One page of the audit of a state before a record, the newest records first.
///
/// # Errors
///
/// The state cannot be read.
pub async fn list_audit(
    state: &State,
    filter: &AuditFilter,
    before: Option<&AuditId>,
    limit: usize,
) -> Result<AuditPage, DeployerError> {
    let store = Arc::clone(&state.store);
    list_records(&Repository { store }, filter, before, limit).await
}

/// The whole audit of a state, or that since a time, in the order of the chain.
#[must_use]
pub fn export_audit(state: &State, since: Option<Timestamp>) -> AuditExport {
    let store = Arc::clone(&state.store);
    AuditExport::of(store, since)
}
