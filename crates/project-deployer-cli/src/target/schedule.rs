//! Updates at a given time or in the next window. Over HTTP a Deployer of this project has them.

use project_deployer::core::{BundleId, DeploymentId, Login, Timestamp};
use project_deployer::schedule::{ScheduleOutcome, ScheduleTime, ScheduledUpdate};
use project_deployer_client::request::frontend::{self, ScheduledFound};
use serde::Serialize;

use super::{Face, service};
use crate::failure::Failure;

/// An update that starts at a given time, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Scheduled {
    deployment: DeploymentId,
    bundle: BundleId,
    requester: Login,
    requested: String,
    at: String,
    /// None while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<ScheduledOutcome>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ScheduledOutcome {
    /// `started` or `refused`.
    outcome: String,
    /// The start of the update, in milliseconds: its name among those of the deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<Timestamp>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Updates at a given time.
///
/// # Errors
///
/// The Deployer refuses the action, or has no call for it.
impl Face {
    pub(crate) async fn schedule(
        &self,
        id: &DeploymentId,
        at: ScheduleTime,
    ) -> Result<Scheduled, Failure> {
        match self {
            Self::Engine(session) => Ok(session.schedule_update(id, at).await?.into()),
            Self::Remote(remote) => {
                let what = format!("update `{id}` at a given time");
                let call = match at {
                    ScheduleTime::At(at) => frontend::schedule(id, at),
                    _ => frontend::windows::schedule_in_window(id),
                };
                Ok(service::call(remote, &call, &what).await?.into())
            }
        }
    }

    pub(crate) async fn scheduled(&self) -> Result<Vec<Scheduled>, Failure> {
        match self {
            Self::Engine(session) => {
                Ok(session.scheduled_updates().await?.into_iter().map(Into::into).collect())
            }
            Self::Remote(remote) => {
                let what = "list updates that wait for their time";
                let found = service::call(remote, &frontend::scheduled(), what).await?;
                Ok(found.into_iter().map(Into::into).collect())
            }
        }
    }

    pub(crate) async fn unschedule(&self, id: &DeploymentId) -> Result<(), Failure> {
        match self {
            Self::Engine(session) => Ok(session.unschedule_update(id).await?),
            Self::Remote(remote) => {
                let what = format!("withdraw the update of `{id}`");
                service::call(remote, &frontend::unschedule(id), &what).await
            }
        }
    }
}

impl From<ScheduledUpdate> for Scheduled {
    fn from(found: ScheduledUpdate) -> Self {
        let outcome = found.outcome.map(|outcome| match outcome {
            ScheduleOutcome::Started { start } => {
                ScheduledOutcome { outcome: "started".to_owned(), start: Some(start), reason: None }
            }
            ScheduleOutcome::Refused { reason, .. } => {
                let outcome = "refused".to_owned();
                ScheduledOutcome { outcome, start: None, reason: Some(reason) }
            }
            _ => ScheduledOutcome { outcome: "unknown".to_owned(), start: None, reason: None },
        });
        Self {
            deployment: found.deployment,
            bundle: found.bundle,
            requester: found.requester,
            requested: found.requested.to_string(),
            at: found.at.to_string(),
            outcome,
        }
    }
}

impl From<ScheduledFound> for Scheduled {
    fn from(found: ScheduledFound) -> Self {
        let (start, reason) = (found.start, found.reason);
        let is_settled = found.state != "waiting";
        let outcome =
            is_settled.then_some(ScheduledOutcome { outcome: found.state, start, reason });
        Self {
            deployment: found.deployment,
            bundle: found.bundle,
            requester: found.requester,
            requested: found.requested.to_string(),
            at: found.at.to_string(),
            outcome,
        }
    }
}
