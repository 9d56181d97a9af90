use std::fmt;

use async_trait::async_trait;
use project_deployer::DeployerSession;
use project_deployer::client::{NodeError, RemoteDeployer};
use project_deployer::core::{InfraId, Timestamp};
use project_deployer::maintenance::{Maintenance, MaintenanceRequest, MaintenanceScope};
use project_deployer_client::request::frontend::{self, MaintenanceFound, ServiceTask};
use serde_json::Value;

use super::{service, service_task};
use crate::failure::Failure;

/// A maintenance, from here or from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MaintenanceFacts {
    /// `everything`, `stage/ID` or `infrastructure/ID`.
    pub(crate) scope: String,
    pub(crate) reason: String,
    pub(crate) owner: String,
    pub(crate) since: Timestamp,
    pub(crate) until: Option<Timestamp>,
    pub(crate) alarm: Option<Timestamp>,
    /// The maintenance in words.
    pub(crate) text: String,
}

/// The maintenance that there is.
#[derive(Debug)]
pub(crate) struct ListedMaintenance {
    pub(crate) maintenance: Vec<MaintenanceFacts>,
    /// What cannot be read, in words.
    pub(crate) unreadable: Vec<String>,
}

/// What came of the rotation of the keys of an infrastructure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rotated {
    /// One for each node.
    pub(crate) nodes: Vec<Value>,
    /// Whether every node has a new key, and the old one is revoked.
    pub(crate) is_done: bool,
}

/// Maintenance of infrastructures, stages and everything, and the rotation of keys. Over HTTP a Deployer of this project
/// has them.
///
/// # Errors
///
/// The Deployer refuses the action, or has no call for it.
#[async_trait]
pub(crate) trait Upkeep: fmt::Debug + Send + Sync {
    async fn list_maintenance(&self) -> Result<ListedMaintenance, Failure>;
    async fn begin_maintenance(
        &self,
        request: MaintenanceRequest,
    ) -> Result<MaintenanceFacts, Failure>;
    async fn finish_maintenance(&self, scope: &MaintenanceScope) -> Result<(), Failure>;
    async fn rotate_keys(&self, id: &InfraId) -> Result<Rotated, Failure>;
}

#[async_trait]
impl Upkeep for DeployerSession {
    async fn list_maintenance(&self) -> Result<ListedMaintenance, Failure> {
        let maintenance = self.maintenances().await?.into_iter().map(Into::into).collect();
        let unreadable = self.unreadable_maintenances().await?;
        let unreadable = unreadable.iter().map(ToString::to_string).collect();
        Ok(ListedMaintenance { maintenance, unreadable })
    }

    async fn begin_maintenance(
        &self,
        request: MaintenanceRequest,
    ) -> Result<MaintenanceFacts, Failure> {
        Ok(self.start_maintenance(request).await?.into())
    }

    async fn finish_maintenance(&self, scope: &MaintenanceScope) -> Result<(), Failure> {
        Ok(self.end_maintenance(scope).await?)
    }

    async fn rotate_keys(&self, id: &InfraId) -> Result<Rotated, Failure> {
        let rotation = self.rotate_node_keys(id).await?;
        let is_done = rotation.is_done();
        let nodes = rotation.nodes.iter().map(serde_json::to_value).collect::<Result<_, _>>();
        Ok(Rotated { nodes: nodes.map_err(Failure::failed)?, is_done })
    }
}

#[async_trait]
impl Upkeep for RemoteDeployer {
    async fn list_maintenance(&self) -> Result<ListedMaintenance, Failure> {
        let found = service::call(self, &frontend::maintenance(), "list maintenance").await?;
        let maintenance = found.items.into_iter().map(Into::into).collect();
        let unreadable = found.unreadable.into_iter().map(|found| found.text).collect();
        Ok(ListedMaintenance { maintenance, unreadable })
    }

    async fn begin_maintenance(
        &self,
        request: MaintenanceRequest,
    ) -> Result<MaintenanceFacts, Failure> {
        let MaintenanceRequest { scope, reason, until, alarm, .. } = request;
        let call = frontend::start_maintenance(&scope.to_string(), &reason, until, alarm);
        Ok(service::call(self, &call, "start maintenance").await?.into())
    }

    async fn finish_maintenance(&self, scope: &MaintenanceScope) -> Result<(), Failure> {
        let call = frontend::end_maintenance(&scope.to_string());
        service::call(self, &call, "end maintenance").await
    }

    /// Goes on until the task has ended. It goes on without this command, too.
    async fn rotate_keys(&self, id: &InfraId) -> Result<Rotated, Failure> {
        let what = format!("rotate the keys of infrastructure `{id}`");
        let task = service::call(self, &frontend::rotate_keys(id), &what).await?;
        let ended = service_task::ended(self, task).await;
        rotated(id, &ended.map_err(|error| out_of_sight(id, &error))?)
    }
}

/// Results of tasks are for global administrators, and a task ends with its process.
fn out_of_sight(id: &InfraId, error: &NodeError) -> Failure {
    let why = if error.is_not_found() {
        "only a global administrator may, as long as the service runs".to_owned()
    } else {
        error.to_string()
    };
    Failure::failed(format!(
        "the rotation of the keys of `{id}` was started, and its result cannot be read: {why}; repeat the command, which goes on with a rotation that has not ended"
    ))
}

fn rotated(id: &InfraId, task: &ServiceTask) -> Result<Rotated, Failure> {
    let nodes = task.result.as_ref().and_then(|result| result.get("nodes")?.as_array());
    match (task.state.as_str(), nodes) {
        ("done", Some(nodes)) => {
            let is_rotated = |node: &Value| {
                node.get("end") == Some(&Value::from("rotated")) && node.get("orphans").is_none()
            };
            Ok(Rotated { is_done: nodes.iter().all(is_rotated), nodes: nodes.clone() })
        }
        (state, _) => Err(Failure::failed(format!(
            "the rotation of the keys of `{id}` ended: {state}; {}",
            task.error.as_deref().unwrap_or("repeat the command, which goes on with it")
        ))),
    }
}

impl From<Maintenance> for MaintenanceFacts {
    fn from(found: Maintenance) -> Self {
        Self {
            text: found.to_string(),
            scope: found.scope.to_string(),
            reason: found.reason,
            owner: found.owner.to_string(),
            since: found.since,
            until: found.until,
            alarm: found.alarm,
        }
    }
}

impl From<MaintenanceFound> for MaintenanceFacts {
    fn from(found: MaintenanceFound) -> Self {
        Self {
            scope: found.scope,
            reason: found.reason,
            owner: found.owner,
            since: found.since,
            until: found.until,
            alarm: found.alarm,
            text: found.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use project_deployer::client::NodeErrorKind;

    use super::*;

    fn error(kind: NodeErrorKind) -> NodeError {
        NodeError::new("https://deployer.example", "read task t", kind)
    }

    #[test]
    fn a_rotation_that_cannot_be_looked_for_is_named_as_one_that_goes_on() {
        let id: InfraId = "prod".parse().unwrap();
        for kind in [
            NodeErrorKind::Unauthorized("no key".to_owned()),
            NodeErrorKind::NotFound("no task".to_owned()),
            NodeErrorKind::UnexpectedServer("a page".to_owned()),
        ] {
            let error = error(kind);
            assert_eq!(service_task::pause_after(&error, 1), None);
            let text = out_of_sight(&id, &error).reason().to_string();
            assert!(text.contains("`prod` was started") && text.contains("repeat"), "{text}");
        }
    }
}
