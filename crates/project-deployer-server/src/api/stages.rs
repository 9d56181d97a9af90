use axum::http::StatusCode;
use project_deployer::DeployerSession;
use project_deployer::core::StageId;
use project_deployer::core::stage::Stage as CoreStage;
use project_deployer::store::Revision;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::conditional::{IfMatch, Tagged, lost};
use super::reply::{Created, segment};
use super::request::{Answer, Body, Caller, Ids, id};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(reorder))
        .routes(routes!(change, remove))
}

/// A stage of the lifecycle.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Stage {
    /// Its id, which is also its name.
    id: String,
    /// What it is for.
    #[serde(default)]
    description: String,
}

/// The stages, in the order in which bundles are promoted.
#[derive(Debug, Serialize, ToSchema)]
struct Stages {
    /// The stages.
    items: Vec<Stage>,
}

/// Changes of a stage.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StageChange {
    /// The new name. Infrastructures of the stage move along.
    id: Option<String>,
    /// The new description.
    description: Option<String>,
}

/// An order of stages.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StageOrder {
    /// The id of every stage, once.
    ids: Vec<String>,
}

/// List the stages.
#[utoipa::path(get, path = "/stages", operation_id = "listStages", tag = "stages",
    responses((status = 200, body = Stages)))]
async fn list(caller: Caller) -> Answer<Tagged<Stages>> {
    let found = caller.stages_at().await?;
    let stage =
        |stage: &CoreStage| Stage { id: stage.id.to_string(), description: stage.desc.clone() };
    Ok(Tagged(found.revision, Stages { items: found.value.iter().map(stage).collect() }))
}

/// Add a stage at the end.
#[utoipa::path(post, path = "/stages", operation_id = "createStage", tag = "stages",
    request_body = Stage, responses((status = 201, body = Stage)))]
async fn create(caller: Caller, Body(stage): Body<Stage>) -> Answer<Created<Stage>> {
    let new: StageId = id("id", &stage.id)?;
    caller.add_stage(CoreStage::new(new, stage.description.clone())).await?;
    Ok(Created(format!("stages/{}", segment(&stage.id)), stage))
}

/// Reorder the stages.
#[utoipa::path(put, path = "/stage-order", operation_id = "reorderStages", tag = "stages",
    request_body = StageOrder, responses((status = 204)))]
async fn reorder(
    caller: Caller,
    matched: IfMatch,
    Body(order): Body<StageOrder>,
) -> Answer<StatusCode> {
    let ids: Vec<StageId> = order.ids.iter().map(|text| id("ids", text)).collect::<Answer<_>>()?;
    let (session, expected) = expecting(&caller, &matched).await?;
    session.reorder_stages(&ids).await.map_err(lost(expected))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Rename a stage, or describe it, or both.
#[utoipa::path(patch, path = "/stages/{stage}", operation_id = "changeStage", tag = "stages",
    params(("stage" = String, Path, description = "The id of the stage")),
    request_body = StageChange, responses((status = 204)))]
async fn change(
    caller: Caller,
    ids: Ids,
    matched: IfMatch,
    Body(change): Body<StageChange>,
) -> Answer<StatusCode> {
    let stage: StageId = ids.read("stage", "stage")?;
    let name: Option<StageId> = change.id.as_deref().map(|name| id("id", name)).transpose()?;
    let (session, expected) = expecting(&caller, &matched).await?;
    let changed = session.edit_stage(&stage, name.as_ref(), change.description.as_deref()).await;
    changed.map_err(lost(expected))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a stage that no infrastructure belongs to.
#[utoipa::path(delete, path = "/stages/{stage}", operation_id = "deleteStage", tag = "stages",
    params(("stage" = String, Path, description = "The id of the stage")),
    responses((status = 204)))]
async fn remove(caller: Caller, ids: Ids, matched: IfMatch) -> Answer<StatusCode> {
    let stage: StageId = ids.read("stage", "stage")?;
    let (session, expected) = expecting(&caller, &matched).await?;
    session.remove_stage(&stage).await.map_err(lost(expected))?;
    Ok(StatusCode::NO_CONTENT)
}

/// A session that changes the stages as the caller saw them: all stages have one ETag, that of their list.
async fn expecting(
    caller: &Caller,
    matched: &IfMatch,
) -> Answer<(DeployerSession, Option<Revision>)> {
    let expected = matched.optional(caller.stages_at().await?.revision)?;
    Ok((caller.at(expected), expected))
}
