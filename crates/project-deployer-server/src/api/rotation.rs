//! Rotation of the admin keys of an infrastructure: a long task.

use axum::extract::State;
use project_deployer::InfraOperations as _;
use project_deployer::core::InfraId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::reply::{Accepted, segment};
use super::request::{Answer, Caller, Ids, json};
use super::tasks::{self, Reporter, Task};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new().routes(routes!(rotate))
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
    let id: InfraId = ids.read("infrastructure", "infrastructure")?;
    // Whoever may read the settings may change them: a refusal is the answer, and no task.
    drop(caller.session.infra_settings(&id).await?);
    let session = caller.session.clone();
    let work = move |reporter: Reporter| async move {
        reporter.step(0, "rotates the keys");
        json(&session.rotate_node_keys(&id).await?)
    };
    let task = tasks::start(&context, caller.principal.login(), "key-rotation", 1, work)?;
    Ok(Accepted(format!("../../tasks/{}", segment(task.id())), task))
}
