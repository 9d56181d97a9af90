use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use project_deployer::core::GroupName;
use project_deployer::core::accounts::Group;
use serde_json::{Value, json};

use super::infras::same_id;
use super::request::{Answer, Body, Ids, Session, done, written};
use crate::service::ServiceContext;

/// Groups (wire-facts 3.2, 5.3).
pub(super) fn routes() -> Router<ServiceContext> {
    Router::new()
        .route("/groups", get(visible_list))
        .route("/admin/groups", get(list).post(create))
        .route("/admin/groups/{name}", get(one).put(save).delete(delete))
}

fn name_in(ids: &Ids) -> Answer<GroupName> {
    ids.read("name", "group")
}

async fn visible_list(session: Session) -> Answer<Json<Value>> {
    let groups = session.visible_groups().await?;
    let fields = |group: &Group| json!({"name": group.name, "description": group.description});
    Ok(Json(groups.iter().map(fields).collect()))
}

async fn list(session: Session) -> Answer<Json<Value>> {
    written(&session.groups().await?)
}

/// Permissions in the body are ignored, as by the product: a PUT sets them.
async fn create(session: Session, body: Body) -> Answer<(StatusCode, Json<Value>)> {
    let sent = body.document::<Group>()?;
    let group =
        Group::new(sent.name).with_description(sent.description).with_source_type(sent.source_type);
    session.create_group(&group).await?;
    Ok((StatusCode::CREATED, done(format!("Created group {}", group.name))))
}

async fn one(session: Session, ids: Ids) -> Answer<Json<Value>> {
    written(&session.group_settings(&name_in(&ids)?).await?)
}

async fn save(session: Session, ids: Ids, body: Body) -> Answer<Json<Value>> {
    let (name, group) = (name_in(&ids)?, body.document::<Group>()?);
    same_id(name.as_str(), group.name.as_str())?;
    session.edit_group(&group).await?;
    Ok(done(format!("Edited group {name}")))
}

async fn delete(session: Session, ids: Ids) -> Answer<()> {
    Ok(session.delete_group(&name_in(&ids)?).await?)
}
