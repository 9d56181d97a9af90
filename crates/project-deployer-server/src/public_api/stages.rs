use axum::routing::get;
use axum::{Json, Router};
use project_deployer::InfraOperations as _;
use project_deployer::core::stage::StageCatalogue;

use super::request::{Answer, Session};
use crate::service::ServiceContext;

/// The stages (row 1 of wire-facts 2.1). One page of the product's documentation has the second path.
pub(super) fn routes() -> Router<ServiceContext> {
    Router::new().route("/stages", get(list)).route("/infras/stages", get(list))
}

async fn list(session: Session) -> Answer<Json<StageCatalogue>> {
    Ok(Json(session.stages().await?))
}
