use project_deployer::client::NodeError;
use project_deployer::core::{InfraId, Timestamp};
use project_deployer::maintenance::{Maintenance, MaintenanceRequest, MaintenanceScope};
use project_deployer::rotation::KeyRotation;
use project_deployer_client::request::frontend::{self, MaintenanceFound, ServiceTask};
use serde::Serialize;
use serde_json::Value;

use super::watching::text;
use super::{Face, Listed, service, service_task};
use crate::failure::Failure;

/// A maintenance, from here or from there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct MaintenanceFacts {
    /// `everything`, `stage/ID` or `infrastructure/ID`.
    pub(crate) scope: String,
    reason: String,
    owner: String,
    since: String,
    until: Option<String>,
    alarm: Option<String>,
    /// The maintenance in words.
    #[serde(skip)]
    pub(crate) text: String,
}

/// What came of the rotation of the keys of an infrastructure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rotated {
    /// One for each node.
    pub(crate) nodes: Vec<Value>,
    /// What cannot be read, in words.
    pub(crate) unreadable: Vec<String>,
    /// Whether every node has a new key, the old one is revoked, no other one was left there, and all of that can be read.
    pub(crate) is_done: bool,
}

/// Maintenance of infrastructures, stages and everything, and the rotation of keys. Over HTTP a Deployer of this project
/// has them.
///
/// # Errors
///
/// The Deployer refuses the action, or has no call for it.
impl Face {
    pub(crate) async fn list_maintenance(&self) -> Result<Listed<MaintenanceFacts>, Failure> {
        match self {
            Self::Engine(session) => {
                let items = session.maintenances().await?.into_iter().map(Into::into).collect();
                let unreadable = session.unreadable_maintenances().await?;
                let unreadable = unreadable.iter().map(ToString::to_string).collect();
                Ok(Listed { items, unreadable })
            }
            Self::Remote(remote) => {
                let found =
                    service::call(remote, &frontend::maintenance(), "list maintenance").await?;
                let items = found.items.into_iter().map(Into::into).collect();
                let unreadable = found.unreadable.into_iter().map(|found| found.text).collect();
                Ok(Listed { items, unreadable })
            }
        }
    }

    pub(crate) async fn begin_maintenance(
        &self,
        request: MaintenanceRequest,
    ) -> Result<MaintenanceFacts, Failure> {
        match self {
            Self::Engine(session) => Ok(session.start_maintenance(request).await?.into()),
            Self::Remote(remote) => {
                let MaintenanceRequest { scope, reason, until, alarm, .. } = request;
                let call = frontend::start_maintenance(&scope.to_string(), &reason, until, alarm);
                Ok(service::call(remote, &call, "start maintenance").await?.into())
            }
        }
    }

    pub(crate) async fn finish_maintenance(&self, scope: &MaintenanceScope) -> Result<(), Failure> {
        match self {
            Self::Engine(session) => Ok(session.end_maintenance(scope).await?),
            Self::Remote(remote) => {
                let call = frontend::end_maintenance(&scope.to_string());
                service::call(remote, &call, "end maintenance").await
            }
        }
    }

    pub(crate) async fn rotate_keys(&self, id: &InfraId) -> Result<Rotated, Failure> {
        match self {
            Self::Engine(session) => Rotated::here(&session.rotate_node_keys(id).await?),
            Self::Remote(remote) => {
                let what = format!("rotate the keys of infrastructure `{id}`");
                let task = service::call(remote, &frontend::rotate_keys(id), &what).await?;
                // The task goes on without this command, too.
                let ended = service_task::ended(remote, task).await;
                rotated(id, &ended.map_err(|error| out_of_sight(id, &error))?)
            }
        }
    }

    /// The last rotation of each node that had one.
    pub(crate) async fn last_rotations(&self, id: &InfraId) -> Result<Rotated, Failure> {
        match self {
            Self::Engine(session) => Rotated::here(&session.key_rotations(id).await?),
            Self::Remote(remote) => {
                let what = format!("list the rotations of the keys of infrastructure `{id}`");
                let found = service::call(remote, &frontend::key_rotations(id), &what).await?;
                Ok(Rotated::of(found.items, found.unreadable))
            }
        }
    }
}

impl Rotated {
    fn here(rotation: &KeyRotation) -> Result<Self, Failure> {
        let nodes = rotation.nodes.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
        Ok(Self::of(nodes, rotation.unreadable.clone()))
    }

    /// Of what a Deployer says of each node, in the same form wherever it comes from.
    fn of(mut nodes: Vec<Value>, unreadable: Vec<String>) -> Self {
        for fields in nodes.iter_mut().filter_map(Value::as_object_mut) {
            if let Some(at) = fields.get("ended").and_then(Value::as_i64) {
                let at = Timestamp::from_millis(at).to_string();
                fields.insert("ended".to_owned(), Value::from(at));
            }
            fields.entry("orphans").or_insert_with(|| Value::Array(Vec::new()));
        }
        let is_rotated = |node: &Value| {
            let orphans = node.get("orphans").and_then(Value::as_array);
            node.get("end") == Some(&Value::from("rotated")) && orphans.is_none_or(Vec::is_empty)
        };
        let is_done = unreadable.is_empty() && nodes.iter().all(is_rotated);
        Self { nodes, unreadable, is_done }
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
        "the rotation of the keys of `{id}` was started, and its result cannot be read: {why}; look with `deployer infra rotations {id}`, or repeat the command, which goes on with a rotation that has not ended"
    ))
}

fn rotated(id: &InfraId, task: &ServiceTask) -> Result<Rotated, Failure> {
    let nodes = task.result.as_ref().and_then(|result| result.get("nodes")?.as_array());
    match (task.state.as_str(), nodes) {
        ("done", Some(nodes)) => Ok(Rotated::of(nodes.clone(), Vec::new())),
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
            since: found.since.to_string(),
            until: text(found.until),
            alarm: text(found.alarm),
        }
    }
}

impl From<MaintenanceFound> for MaintenanceFacts {
    fn from(found: MaintenanceFound) -> Self {
        Self {
            scope: found.scope,
            reason: found.reason,
            owner: found.owner,
            since: found.since.to_string(),
            until: text(found.until),
            alarm: text(found.alarm),
            text: found.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use project_deployer::client::NodeErrorKind;
    use serde_json::json;

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
            assert!(text.contains("deployer infra rotations prod"), "{text}");
        }
    }

    #[test]
    fn a_rotation_is_done_when_every_node_has_a_new_key_and_no_other_one_was_left() {
        // A5: of a task, which leaves out what is empty, and of the list, which does not.
        let node = |more: Value| {
            let mut node = json!({"node": "https://auto.example", "end": "rotated", "ended": 0});
            node.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            node
        };
        let of = |nodes| Rotated::of(nodes, Vec::new());
        let of_task = of(vec![node(json!({}))]);
        let of_list = of(vec![node(json!({"orphans": []}))]);
        assert!(of_task.is_done && of_list.is_done && of(Vec::new()).is_done);
        assert!(!Rotated::of(Vec::new(), vec!["it is damaged".to_owned()]).is_done);
        assert_eq!(of_task.nodes, of_list.nodes);
        assert_eq!(of_task.nodes[0]["ended"], "1970-01-01T00:00:00Z");
        for left in [json!({"orphans": ["k"]}), json!({"end": null}), json!({"end": "failed"})] {
            assert!(!of(vec![node(json!({})), node(left)]).is_done);
        }
    }
}
