//! A session of one caller: every operation runs under the caller's rights.

mod accounts;
mod administrators;
mod api_keys;
mod audit;
mod board;
mod bundle_difference;
mod bundles;
mod cancel;
mod deployment_list;
mod deployment_plan;
mod deployments;
mod diagnostics;
mod directory_of_users;
mod estate;
mod estate_schedule;
mod estate_windows;
mod explained;
mod findings;
mod fleets;
mod futures;
mod history;
mod hooks;
mod ignored;
mod infras;
mod light_status;
mod maintenance;
mod node_keys;
mod own_user;
mod ownership;
mod parity_check;
mod passwords;
mod projects;
mod readiness;
mod rotation;
mod schedule;
mod seen_deployments;
mod stages;
mod status;
mod testing;
mod update_log;
mod update_start;
mod update_to;
mod update_trace;
mod updates;
mod upstream;
mod versioned;
mod view;
mod visible_changes;
mod watch;
mod webhooks;
mod windows;

pub(crate) use self::administrators::{RESERVED, refuse_reserved};
pub(crate) use self::api_keys::api_key_record;
pub use self::deployment_list::{
    DeploymentFilter, DeploymentOrder, DeploymentPage, DeploymentPlace, ListedDeployment,
    ListedUpdate,
};
pub(crate) use self::diagnostics::{LEFT_OUT, each_field, is_secret, left_out};
pub use self::explained::{ExplainedRight, ExplainedScope, ExplainedSide};
pub use self::hooks::HookTrial;
pub(crate) use self::infras::on_its_stage;
pub use self::seen_deployments::SeenDeployments;
pub use self::update_log::UpdateLogPart;
#[cfg(feature = "sqlite")]
pub(crate) use self::update_log::{NodeLogs, log_of};
pub use self::update_trace::UpdateTrace;
pub use self::versioned::Versioned;
pub(crate) use self::versioned::revision_of;
pub use self::visible_changes::VisibleChanges;
pub use self::webhooks::WebhookTrial;

use std::sync::Arc;

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::Login;
use project_deployer_core::rights::{Caller, Operation, Outcome, Scope, authorize, explain};
use project_deployer_store::Revision;

use self::update_start::state;
use self::view::{Bundle, Deployment, View};
use crate::authentication::Principal;
use crate::deployer::Deployer;
use crate::state::Repository;

/// A [`Deployer`] under the rights of one caller.
///
/// It implements [`ProjectDeployer`](project_deployer_client::ProjectDeployer), the operations of
/// the public API. Its own methods are those that the public API lacks: to change stages, to check
/// an infrastructure, to wait for an update.
#[derive(Debug, Clone)]
pub struct DeployerSession {
    deployer: Deployer,
    principal: Principal,
    /// The revision that changes expect, if they expect one.
    expected: Option<Revision>,
    /// Why updates are started outside windows, if they are.
    glass: Option<String>,
}

/// Whom operations are carried out for.
#[derive(Debug, Clone)]
pub(crate) enum Who {
    Caller(Arc<Caller>),
    User(Login),
}

impl DeployerSession {
    pub(crate) fn of(deployer: Deployer, principal: Principal) -> Self {
        Self { deployer, principal, expected: None, glass: None }
    }

    /// The caller, with its rights as they are now.
    ///
    /// # Errors
    ///
    /// The caller is a user who does not exist or is disabled, or the store cannot be read.
    pub async fn caller(&self) -> Result<Caller, DeployerError> {
        Ok(self.view().await?.caller())
    }

    pub(crate) fn principal(&self) -> &Principal {
        &self.principal
    }

    fn repository(&self) -> &Repository {
        &self.deployer.inner.repository
    }
}

/// Refuses an operation that the caller has no right to. An object that the caller may not see does
/// not exist for the caller (R-P2).
fn allow(
    caller: &Caller,
    operation: Operation,
    scope: Scope<'_>,
    named: ResourceRef,
) -> Result<(), DeployerError> {
    authorize(caller, operation, scope).map_err(|refusal| match refusal.outcome {
        Outcome::Hidden => DeployerError::NotFound(named),
        Outcome::Allowed | Outcome::Forbidden => DeployerError::Forbidden(refusal),
    })
}

fn may(caller: &Caller, operation: Operation, scope: Scope<'_>) -> bool {
    authorize(caller, operation, scope).is_ok()
}

/// Whether an infrastructure or a published project alone allows the caller to deploy. The other
/// side is checked when a deployment is created.
fn may_deploy(caller: &Caller, scope: Scope<'_>) -> bool {
    let explanation = explain(caller, Operation::CreateDeployment, scope);
    let infra = explanation.infra.map(|(_, side)| side);
    let project = explanation.project.map(|(_, side)| side);
    let sides = infra.or(project).or(explanation.deployer);
    sides.is_some_and(|side| side.outcome == Outcome::Allowed)
}
