//! The file of the estate at a Deployer of this project over HTTP: its service exports, plans and applies the whole file.
//! The public API, which the product has as well, knows a part of it.

use project_deployer::client::{NodeError, NodeErrorKind, RemoteDeployer, SideEffect};
use project_deployer_client::request::frontend::ServiceTask;
use project_deployer_client::request::frontend::estate::{self, EstateFileFound};
use serde_json::Value;

use super::service::{has_no_such_page, is_one_of_ours};
use super::service_task;
use crate::estate_view::EstateAnswer;
use crate::failure::Failure;

/// A service that keeps the whole estate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EstateService<'a>(&'a RemoteDeployer);

impl<'a> EstateService<'a> {
    /// The service behind an address; none if a Deployer of the product is there.
    ///
    /// # Errors
    ///
    /// It does not answer, or refuses the key.
    pub(crate) async fn of(remote: &'a RemoteDeployer) -> Result<Option<Self>, Failure> {
        Ok(is_one_of_ours(remote).await?.then_some(Self(remote)))
    }

    /// The file of what is there; none if the service has no such call.
    ///
    /// # Errors
    ///
    /// It refuses, or does not answer.
    pub(crate) async fn export(
        self,
        format: &str,
        include: &[&'static str],
    ) -> Result<Option<EstateFileFound>, Failure> {
        match self.0.node().call(&estate::export(format, include)).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if is_for_others(&error) => Ok(None),
            Err(error) => Err(Failure::of_service(error)),
        }
    }

    /// Plans a file, which is as the API takes it; none if the service does so for administrators and the caller is none.
    ///
    /// # Errors
    ///
    /// It refuses the file, or does not answer.
    pub(crate) async fn plan(self, request: &Value) -> Result<Option<EstateAnswer>, Failure> {
        let task = match service_task::started(self.0, &estate::plan(request)).await {
            Ok(task) => task,
            Err(error) if is_for_others(&error) => return Ok(None),
            Err(error) => return Err(Failure::of_service(error)),
        };
        let ended = service_task::ended(self.0, task).await.map_err(|error| {
            let reason = service_task::lost(&error);
            Failure::failed(format!(
                "what the plan says is unknown: {reason}; nothing was written, so plan again"
            ))
        })?;
        answer_of(ended, "the file was not planned").map(Some)
    }

    /// Applies a file; none as for [`plan`](Self::plan).
    ///
    /// # Errors
    ///
    /// It refuses the file or one of its changes, or does not answer.
    pub(crate) async fn apply(self, request: &Value) -> Result<Option<EstateAnswer>, Failure> {
        let task = match service_task::started(self.0, &estate::apply(request)).await {
            Ok(task) => task,
            Err(error) if is_for_others(&error) => return Ok(None),
            // The answer was lost, and not the request.
            Err(error) if error.kind.side_effect() == SideEffect::Unknown => {
                return Err(unknown(&error));
            }
            Err(error) => return Err(Failure::of_service(error)),
        };
        let ended = service_task::ended(self.0, task).await.map_err(|error| unknown(&error))?;
        answer_of(ended, "the file was not applied, or in part").map(Some)
    }
}

/// A file that may be applied, be it that the answer to its request was lost or that its task cannot be looked at.
fn unknown(error: &NodeError) -> Failure {
    let reason = service_task::lost(error);
    Failure::failed(format!(
        "what became of the file is unknown: {reason}; look with `deployer diff`"
    ))
}

/// An earlier version has no such call, and of this one it is for administrators.
fn is_for_others(error: &NodeError) -> bool {
    has_no_such_page(error) || matches!(error.kind, NodeErrorKind::Forbidden(_))
}

fn answer_of(task: ServiceTask, otherwise: &str) -> Result<EstateAnswer, Failure> {
    match (task.state.as_str(), task.result) {
        ("done", Some(result)) => serde_json::from_value(result).map_err(|_| {
            Failure::failed(
                "the plan of the service cannot be read; use the command of its version",
            )
        }),
        (state, _) => {
            Err(Failure::failed(format!("{otherwise}: {}", task.error.as_deref().unwrap_or(state))))
        }
    }
}
