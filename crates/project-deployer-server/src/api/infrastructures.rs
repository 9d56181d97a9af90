use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use project_deployer::core::InfraId;
use project_deployer::core::infra::InfraSettings;
use project_deployer::core::status::InfraStatus;
use project_deployer::readiness::{Finding, Readiness};
use project_deployer::{InfraCreation, InfraOperations as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::conditional::{IfMatch, Tagged, lost, saved};
use super::fleets::ManagedInfrastructure;
use super::page::{Page, PageQuery};
use super::problem::Problem;
use super::reply::{Created, segment};
use super::request::{Answer, Caller, DocumentBody, Ids, Parameters, word};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(one, delete))
        .routes(routes!(settings, save_settings))
        .routes(routes!(readiness))
}

/// An infrastructure: one or more Automation nodes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Infrastructure {
    /// Its id.
    id: String,
    /// The stage that it belongs to.
    stage: String,
    /// `AUTOMATION_NODE` or `MULTI_AUTOMATION_NODE`, as the product names it.
    kind: Option<String>,
    /// The address of its only node.
    address: Option<String>,
    /// Whether bundles need an approval.
    govern_check_policy: String,
    /// Whether the caller may deploy there, given the right on the published project.
    can_deploy: bool,
    /// Whether the caller may read and change its settings.
    can_administer: bool,
    /// The ids of its deployments that the caller may see.
    deployments: Vec<String>,
    /// What a fleet manages of it; none if it is edited by hand.
    managed: Option<ManagedInfrastructure>,
}

impl From<InfraStatus> for Infrastructure {
    fn from(status: InfraStatus) -> Self {
        let info = status.infra_basic_info;
        Self {
            id: info.id.to_string(),
            stage: info.stage.to_string(),
            address: info.automation_node_url.map(|address| address.to_string()),
            govern_check_policy: word(&info.govern_check_policy),
            kind: info.kind,
            can_deploy: status.can_deploy,
            can_administer: status.is_admin,
            deployments: status.deployments.into_iter().map(|one| one.id.to_string()).collect(),
            managed: None,
        }
    }
}

async fn with_fleet(caller: &Caller, status: InfraStatus) -> Answer<Infrastructure> {
    let managed = caller.managed_infra(&status.infra_basic_info.id).await?.map(Into::into);
    Ok(Infrastructure { managed, ..status.into() })
}

/// Which infrastructures to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct InfrastructureQuery {
    /// Only of this stage.
    stage: Option<String>,
    /// Only those whose id contains this text.
    text: Option<String>,
}

/// The settings of an infrastructure, as the product writes them. Unknown fields are kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(value_type = Object)]
struct InfrastructureSettings(Value);

pub(super) fn id_in(ids: &Ids) -> Answer<InfraId> {
    ids.read("infrastructure", "infrastructure")
}

/// List the infrastructures that the caller may see, by id.
#[utoipa::path(get, path = "/infrastructures", operation_id = "listInfrastructures", tag = "infrastructures",
    params(InfrastructureQuery, PageQuery), responses((status = 200, body = Page<Infrastructure>)))]
async fn list(
    caller: Caller,
    Parameters(query): Parameters<InfrastructureQuery>,
    Parameters(page): Parameters<PageQuery>,
) -> Answer<Json<Page<Infrastructure>>> {
    let text = query.text.unwrap_or_default().to_lowercase();
    let mut all = caller.infras().await?;
    all.retain(|infra| {
        let info = &infra.infra_basic_info;
        query.stage.as_ref().is_none_or(|stage| info.stage.as_str() == stage)
            && info.id.as_str().to_lowercase().contains(&text)
    });
    let page = page.page("infrastructures", all, |infra| infra.infra_basic_info.id.to_string())?;
    let managed = caller.managed_infras().await?.into_iter();
    let mut managed: BTreeMap<_, _> = managed.map(|it| (it.infra.clone(), it)).collect();
    Ok(Json(page.map(|status| {
        let managed = managed.remove(&status.infra_basic_info.id).map(Into::into);
        Infrastructure { managed, ..status.into() }
    })))
}

/// Create an infrastructure. The body has its settings; `id` and `stage` are needed.
#[utoipa::path(post, path = "/infrastructures", operation_id = "createInfrastructure", tag = "infrastructures",
    request_body(content = Object, description = "Settings, as the product writes them"),
    responses((status = 201, body = Infrastructure)))]
async fn create(caller: Caller, body: DocumentBody) -> Answer<Created<Infrastructure>> {
    let settings = body.document::<InfraSettings>()?;
    let id = settings.id.clone();
    caller.create_infra(&InfraCreation::from(settings)).await?;
    let infra = with_fleet(&caller, caller.infra(&id).await?).await?;
    Ok(Created(format!("infrastructures/{}", segment(&id)), infra))
}

/// Get an infrastructure.
#[utoipa::path(get, path = "/infrastructures/{infrastructure}", operation_id = "getInfrastructure",
    tag = "infrastructures",
    params(("infrastructure" = String, Path, description = "The id of the infrastructure")),
    responses((status = 200, body = Infrastructure)))]
async fn one(caller: Caller, ids: Ids) -> Answer<Json<Infrastructure>> {
    Ok(Json(with_fleet(&caller, caller.infra(&id_in(&ids)?).await?).await?))
}

/// Delete an infrastructure without deployments.
#[utoipa::path(delete, path = "/infrastructures/{infrastructure}", operation_id = "deleteInfrastructure",
    tag = "infrastructures",
    params(("infrastructure" = String, Path, description = "The id of the infrastructure")),
    responses((status = 204)))]
async fn delete(caller: Caller, ids: Ids, matched: IfMatch) -> Answer<StatusCode> {
    let id = id_in(&ids)?;
    let expected = matched.of_read(caller.infra_settings_at(&id)).await?;
    caller.at(expected).delete_infra(&id).await.map_err(lost(expected))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Get the settings of an infrastructure. Keys of nodes are not shown.
#[utoipa::path(get, path = "/infrastructures/{infrastructure}/settings",
    operation_id = "getInfrastructureSettings", tag = "infrastructures",
    params(("infrastructure" = String, Path, description = "The id of the infrastructure")),
    responses((status = 200, body = InfrastructureSettings)))]
async fn settings(caller: Caller, ids: Ids) -> Answer<Tagged<InfrastructureSettings>> {
    let found = caller.infra_settings_at(&id_in(&ids)?).await?;
    Ok(Tagged(found.revision, InfrastructureSettings(found.value.to_document())))
}

/// Replace the settings of an infrastructure. A node without a key keeps the one that it has.
#[utoipa::path(put, path = "/infrastructures/{infrastructure}/settings",
    operation_id = "saveInfrastructureSettings", tag = "infrastructures",
    params(("infrastructure" = String, Path, description = "The id of the infrastructure")),
    request_body(content = Object, description = "Settings, as the product writes them"),
    responses((status = 200, body = InfrastructureSettings), (status = 204, description = "The caller may not read it any more")))]
async fn save_settings(
    caller: Caller,
    ids: Ids,
    matched: IfMatch,
    body: DocumentBody,
) -> Answer<Response> {
    let id = id_in(&ids)?;
    let expected = matched.required(caller.infra_settings_at(&id).await?.revision)?;
    let settings = body.with("id", id.as_str()).document::<InfraSettings>()?;
    same_id(id.as_str(), settings.id.as_str())?;
    caller.at(expected).save_infra_settings(&settings).await.map_err(lost(expected))?;
    saved(caller.infra_settings_at(&id).await, |settings| {
        InfrastructureSettings(settings.to_document())
    })
}

/// Settings of one object that were sent for another one.
pub(super) fn same_id(path: &str, body: &str) -> Answer<()> {
    if path == body {
        return Ok(());
    }
    let text = format!("the settings are those of `{body}`, and the path names `{path}`");
    Err(Problem::field("id", text, "send the id of the path: an id cannot be changed"))
}

/// Whether the nodes of an infrastructure are ready.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReadinessReport {
    /// Whether nothing blocks a deployment.
    ready: bool,
    /// What is wrong, or worth knowing.
    findings: Vec<ReadinessFinding>,
}

/// One thing that is wrong, or worth knowing.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReadinessFinding {
    /// What was checked.
    check: String,
    /// The node; none for the infrastructure as a whole.
    node: Option<String>,
    /// `ERROR` blocks deployments, `WARNING` may, `INFO` does not.
    severity: String,
    /// The problem or fact.
    what: String,
    /// What to do.
    fix: String,
}

impl From<Readiness> for ReadinessReport {
    fn from(readiness: Readiness) -> Self {
        let finding = |finding: Finding| ReadinessFinding {
            check: word(&finding.check),
            severity: word(&finding.severity),
            node: finding.node,
            what: finding.what,
            fix: finding.remedy,
        };
        Self {
            ready: readiness.is_ready(),
            findings: readiness.findings.into_iter().map(finding).collect(),
        }
    }
}

/// Check whether the nodes of an infrastructure are ready. It asks the nodes, and changes nothing.
#[utoipa::path(get, path = "/infrastructures/{infrastructure}/readiness", operation_id = "checkReadiness",
    tag = "infrastructures",
    params(("infrastructure" = String, Path, description = "The id of the infrastructure")),
    responses((status = 200, body = ReadinessReport)))]
async fn readiness(
    State(context): State<ServiceContext>,
    caller: Caller,
    ids: Ids,
) -> Answer<Json<ReadinessReport>> {
    let id = id_in(&ids)?;
    let readiness =
        caller.apart(&context, move |session| async move { Ok(session.readiness(&id).await?) });
    Ok(Json(readiness.await?.into()))
}
