//! Rotation of the admin keys of an infrastructure: a long task, and what came of the last one.

use axum::Json;
use axum::extract::State;
use project_deployer::InfraOperations as _;
use project_deployer::core::Timestamp;
use project_deployer::rotation::NodeRotation;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::infrastructures::id_in;
use super::reply::Accepted;
use super::request::{Answer, Caller, Ids, json, word};
use super::tasks::{self, Reporter, Task};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new().routes(routes!(rotate)).routes(routes!(list))
}

/// The last rotation of the admin key of a node. It has ids of keys, and no key.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct KeyRotation {
    /// The address of the node.
    node: String,
    /// The id of the rotation. It ends the label of the key that it made.
    rotation: String,
    /// Who asked for it.
    requester: String,
    /// How it ended: `rotated`, `old-key-stays`, `refused`, `failed` or `gone`; none while it goes on.
    end: Option<String>,
    /// When it ended, in milliseconds since 1970.
    ended: Option<i64>,
    /// The step that it stands at.
    step: String,
    /// The id of the key that was replaced, on the node.
    old_key: Option<String>,
    /// The id of the new key, on the node.
    new_key: Option<String>,
    /// Why it did not go on, what is on the node that should not be, and what to do.
    reason: Option<String>,
    /// The ids of keys on the node that rotations made, that nothing uses, and that the node did not delete.
    orphans: Vec<String>,
}

impl From<NodeRotation> for KeyRotation {
    fn from(found: NodeRotation) -> Self {
        Self {
            node: found.node,
            rotation: found.rotation,
            requester: found.requester.to_string(),
            end: found.end.as_ref().map(word),
            ended: found.ended.map(Timestamp::as_millis),
            step: word(&found.step),
            old_key: found.old_key,
            new_key: found.new_key,
            reason: found.reason,
            orphans: found.orphans,
        }
    }
}

/// The last rotations of an infrastructure.
#[derive(Debug, Serialize, ToSchema)]
struct KeyRotations {
    /// One for each node that had one.
    items: Vec<KeyRotation>,
    /// Those that this version of the program cannot read, and why.
    unreadable: Vec<String>,
}

/// List the last rotation of the admin key of each node that had one: how it ended, or where it stands, and the keys that
/// it left on the node.
#[utoipa::path(get, path = "/infrastructures/{infrastructure}/key-rotations", operation_id = "listKeyRotations",
    tag = "infrastructures",
    params(("infrastructure" = String, Path, description = "The id of the infrastructure")),
    responses((status = 200, body = KeyRotations)))]
async fn list(caller: Caller, ids: Ids) -> Answer<Json<KeyRotations>> {
    let found = caller.key_rotations(&id_in(&ids)?).await?;
    let items = found.nodes.into_iter().map(Into::into).collect();
    Ok(Json(KeyRotations { items, unreadable: found.unreadable }))
}

/// Replace the admin key of each node by a new one that the node makes, and revoke the old one. Updates go on meanwhile. A
/// rotation that was interrupted goes on. The result of the task says for each node how it ended, with the ids of its keys,
/// and has no key.
#[utoipa::path(post, path = "/infrastructures/{infrastructure}/rotate-key", operation_id = "rotateKey",
    tag = "infrastructures",
    params(("infrastructure" = String, Path, description = "The id of the infrastructure")),
    responses((status = 202, body = Task)))]
async fn rotate(
    State(context): State<ServiceContext>,
    caller: Caller,
    ids: Ids,
) -> Answer<Accepted<Task>> {
    let id = id_in(&ids)?;
    // Whoever may read the settings may change them: a refusal is the answer, and no task.
    drop(caller.session.infra_settings(&id).await?);
    let session = caller.session.clone();
    let work = move |reporter: Reporter| async move {
        reporter.step(0, "rotates the keys");
        json(&session.rotate_node_keys(&id).await?)
    };
    Ok(tasks::start(&context, &caller, "key-rotation", 1, work)?.accepted("../../tasks"))
}
