use futures::stream::{self, StreamExt as _};
use project_deployer_client::{DeployerError, ProjectDeployer};
use project_deployer_core::health::Health;
use project_deployer_core::messages::{InfoMessage, InfoMessages, Severity};
use project_deployer_core::status::{DeploymentHeavyStatus, DeploymentLightStatus};

use super::{Board, Row};
use crate::bundle_origin::BundleOrigin;

/// How many deployments are queried at the same time.
pub(crate) const AT_ONCE: usize = 16;

/// Collects the board of any Deployer, in this process or elsewhere. The row of a deployment whose
/// state is unknown says so.
///
/// # Errors
///
/// The Deployer does not return its stages, infrastructures or deployments.
pub async fn board(deployer: &dyn ProjectDeployer) -> Result<Board, DeployerError> {
    let stages = deployer.stages().await?;
    let stages: Vec<_> = stages.iter().map(|stage| stage.id.clone()).collect();
    let infras = deployer.infras().await?;
    let infras: Vec<_> = infras.into_iter().map(|infra| infra.infra_basic_info).collect();
    let deployments = deployer.deployments().await?;
    let rows = stream::iter(deployments).map(|status| row(deployer, status)).buffered(AT_ONCE);
    Ok(Board::arrange(&stages, &infras, rows.collect().await))
}

async fn row(deployer: &dyn ProjectDeployer, status: DeploymentLightStatus) -> Row {
    let superseded = status.superseded;
    let summary = status.deployment_basic_info;
    let package = status.packages.iter().find(|package| package.id == summary.bundle_id);
    let (health, mut messages) = match deployer.deployment_status(&summary.id).await {
        Ok(DeploymentHeavyStatus { health, health_messages, .. }) => (health, health_messages),
        Err(error) => (Health::Unknown, unknown(&error)),
    };
    let updates = deployer.updates(&summary.id).await.unwrap_or_else(|error| {
        messages.0.extend(unknown(&error).0);
        Vec::new()
    });
    Row {
        deployed_as: summary
            .deployed_project_key
            .unwrap_or_else(|| summary.published_project_key.clone()),
        deployment: summary.id,
        infra: summary.infra_id,
        project: summary.published_project_key,
        bundle: summary.bundle_id,
        origin: package.map(BundleOrigin::from).unwrap_or_default(),
        digest: package.and_then(|package| package.digest.clone()),
        health,
        messages,
        superseded,
        last_update: updates.into_iter().max_by_key(|update| update.start_timestamp),
    }
}

pub(crate) fn unknown(error: &DeployerError) -> InfoMessages {
    let text = error.to_string();
    let message = InfoMessage::new(Severity::Warning, "WARN_STATUS_UNKNOWN", "Status", text);
    [message].into_iter().collect()
}
