//! Fleets, whose nodes register themselves as infrastructures.

use axum::Json;
use axum::http::StatusCode;
use axum::response::Response;
use project_deployer::core::{FleetId, NodeId, Timestamp};
use project_deployer::fleets::{
    FleetAction, FleetChangeDone, FleetNote, FleetOverview, FleetPlan, FleetSettings, FleetSync,
    ManagedInfra, Shrunken,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::conditional::{IfMatch, Tagged, lost, saved};
use super::infrastructures::{id_in as infra_in, same_id};
use super::reply::{Created, segment};
use super::request::{Answer, Body, Caller, DocumentBody, Ids, json, optional_id, word};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(one, save, delete))
        .routes(routes!(plan))
        .routes(routes!(sync))
        .routes(routes!(confirm))
        .routes(routes!(adopt, release))
}

/// A fleet, with what is known of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Fleet {
    /// Its id.
    id: String,
    /// Its settings, without secrets: `docs/fleets.md` explains each.
    #[schema(value_type = Object)]
    settings: Value,
    /// When its nodes were last read, in milliseconds since 1970.
    read: Option<i64>,
    /// Why they could not be read the last time, if so.
    problem: Option<String>,
    /// The answer that waits for a confirmation.
    pending: Option<PendingAnswer>,
    /// What the last synchronization did not do, and why.
    notes: Vec<FleetRemark>,
    /// The last synchronization that changed something, or failed to.
    last_change: Option<FleetResult>,
    /// The infrastructures that it manages.
    infrastructures: Vec<ManagedInfrastructure>,
}

/// An answer that lacks many nodes: nothing is done before somebody confirms it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PendingAnswer {
    /// What to confirm.
    answer: String,
    /// How many nodes are missing.
    missing: usize,
    /// How many infrastructures the fleet manages, apart from those in a quarantine that was confirmed.
    registered: usize,
    /// Since when it waits, in milliseconds since 1970.
    since: i64,
}

/// An infrastructure that a fleet manages.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ManagedInfrastructure {
    /// The infrastructure.
    infrastructure: String,
    /// Its fleet.
    fleet: String,
    /// Its node in the fleet.
    node: String,
    /// What is edited in the fleet only: `node`, `address`, `admin-key`, `trust-all-certificates`.
    fields: Vec<String>,
    /// Since when its fleet no longer reports the node, in milliseconds since 1970. Updates are refused.
    quarantined_since: Option<i64>,
    /// Why it is in quarantine.
    quarantine_reason: Option<String>,
}

/// What a synchronization does or did.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FleetResult {
    /// When it ended, in milliseconds since 1970; none for a plan.
    at: Option<i64>,
    /// How many nodes the fleet reports.
    reported: usize,
    /// How many infrastructures stay as they are.
    unchanged: usize,
    /// The digest of the answer of the fleet.
    answer: String,
    /// Set if nothing is done before this answer is confirmed: how many nodes are missing.
    missing: Option<usize>,
    /// Of how many infrastructures, if so.
    registered: Option<usize>,
    /// What is done.
    changes: Vec<FleetLine>,
    /// How many changes are not listed.
    more: usize,
    /// What is not done, and why.
    notes: Vec<FleetRemark>,
}

/// What is done with one infrastructure.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FleetLine {
    /// `register`, `update`, `quarantine` or `lift`.
    kind: String,
    /// The infrastructure.
    infrastructure: String,
    /// Its node.
    node: String,
    /// The fields that change.
    fields: Vec<String>,
    /// Why.
    reason: String,
    /// Why it was not done, if it was not. The next synchronization tries it again.
    failure: Option<String>,
}

/// What is not done, and why.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FleetRemark {
    /// `gap`, `left-out`, `conflict`, `missing`, `field-missing` or `unreadable`.
    kind: String,
    /// The infrastructure, if it is about one.
    infrastructure: Option<String>,
    /// The node, if it is about one.
    node: Option<String>,
    /// What is so, and what to do.
    text: String,
}

/// All fleets.
#[derive(Debug, Serialize, ToSchema)]
struct Fleets {
    /// Each fleet, by id.
    items: Vec<Fleet>,
}

/// An answer of a fleet to confirm.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AnswerToConfirm {
    /// Its digest, as `pending` shows it.
    answer: String,
}

/// An infrastructure that a fleet is to manage.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Adoption {
    /// The id of its node in the fleet. By default, the one in its settings.
    node: Option<String>,
}

fn shown(fleet: FleetOverview) -> Answer<Fleet> {
    let state = fleet.state;
    Ok(Fleet {
        id: fleet.settings.id.to_string(),
        settings: json(&fleet.settings)?,
        read: state.read.map(Timestamp::as_millis),
        problem: state.problem,
        pending: state.pending.map(|pending| PendingAnswer {
            answer: pending.answer,
            missing: pending.shrunken.missing,
            registered: pending.shrunken.registered,
            since: pending.since.as_millis(),
        }),
        notes: state.notes.into_iter().map(Into::into).collect(),
        last_change: state.last_change.map(Into::into),
        infrastructures: fleet.infras.into_iter().map(Into::into).collect(),
    })
}

impl From<ManagedInfra> for ManagedInfrastructure {
    fn from(infra: ManagedInfra) -> Self {
        Self {
            infrastructure: infra.infra.to_string(),
            fleet: infra.fleet.to_string(),
            node: infra.node.to_string(),
            fields: infra.fields.iter().map(word).collect(),
            quarantined_since: infra.quarantine.as_ref().map(|it| it.since.as_millis()),
            quarantine_reason: infra.quarantine.map(|it| it.reason),
        }
    }
}

impl From<FleetAction> for FleetLine {
    fn from(action: FleetAction) -> Self {
        Self {
            kind: word(&action.kind),
            infrastructure: action.infra.to_string(),
            node: action.node.to_string(),
            fields: action.fields.iter().map(word).collect(),
            reason: action.reason,
            failure: None,
        }
    }
}

impl From<FleetChangeDone> for FleetLine {
    fn from(done: FleetChangeDone) -> Self {
        Self { failure: done.failure, ..done.action.into() }
    }
}

impl From<FleetNote> for FleetRemark {
    fn from(note: FleetNote) -> Self {
        Self {
            kind: word(&note.kind),
            infrastructure: note.infra.map(|id| id.to_string()),
            node: note.node.map(|id| id.to_string()),
            text: note.text,
        }
    }
}

impl From<FleetPlan> for FleetResult {
    fn from(plan: FleetPlan) -> Self {
        Self {
            at: None,
            reported: plan.reported,
            unchanged: plan.unchanged,
            answer: plan.answer,
            missing: missing(plan.shrunken),
            registered: registered(plan.shrunken),
            changes: plan.actions.into_iter().map(Into::into).collect(),
            more: 0,
            notes: plan.notes.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<FleetSync> for FleetResult {
    fn from(sync: FleetSync) -> Self {
        Self {
            at: Some(sync.at.as_millis()),
            reported: sync.reported,
            unchanged: sync.unchanged,
            answer: sync.answer,
            missing: missing(sync.shrunken),
            registered: registered(sync.shrunken),
            changes: sync.changes.into_iter().map(Into::into).collect(),
            more: sync.more,
            notes: sync.notes.into_iter().map(Into::into).collect(),
        }
    }
}

fn missing(shrunken: Option<Shrunken>) -> Option<usize> {
    shrunken.map(|shrunken| shrunken.missing)
}

fn registered(shrunken: Option<Shrunken>) -> Option<usize> {
    shrunken.map(|shrunken| shrunken.registered)
}

fn id_in(ids: &Ids) -> Answer<FleetId> {
    ids.read("fleet", "fleet")
}

/// List the fleets.
#[utoipa::path(get, path = "/fleets", operation_id = "listFleets", tag = "fleets",
    responses((status = 200, body = Fleets)))]
async fn list(caller: Caller) -> Answer<Json<Fleets>> {
    let items = caller.fleets().await?.into_iter().map(shown).collect::<Answer<_>>()?;
    Ok(Json(Fleets { items }))
}

/// Create a fleet. Its nodes are registered when it is synchronized.
#[utoipa::path(post, path = "/fleets", operation_id = "createFleet", tag = "fleets",
    request_body(content = Object, description = "Settings of the fleet"),
    responses((status = 201, body = Fleet)))]
async fn create(caller: Caller, body: DocumentBody) -> Answer<Created<Fleet>> {
    let settings = body.document::<FleetSettings>()?;
    caller.create_fleet(&settings).await?;
    let fleet = shown(caller.fleet(&settings.id).await?.value)?;
    Ok(Created(format!("fleets/{}", segment(&settings.id)), fleet))
}

/// Get a fleet.
#[utoipa::path(get, path = "/fleets/{fleet}", operation_id = "getFleet", tag = "fleets",
    params(("fleet" = String, Path, description = "The id of the fleet")),
    responses((status = 200, body = Fleet)))]
async fn one(caller: Caller, ids: Ids) -> Answer<Tagged<Fleet>> {
    let found = caller.fleet(&id_in(&ids)?).await?;
    Ok(Tagged(found.revision, shown(found.value)?))
}

/// Replace the settings of a fleet. Secrets that are left out stay, unless the address of the service changes.
#[utoipa::path(put, path = "/fleets/{fleet}", operation_id = "saveFleet", tag = "fleets",
    params(("fleet" = String, Path, description = "The id of the fleet")),
    request_body(content = Object, description = "Settings of the fleet"),
    responses((status = 200, body = Fleet), (status = 204, description = "The caller may not read it any more")))]
async fn save(caller: Caller, ids: Ids, matched: IfMatch, body: DocumentBody) -> Answer<Response> {
    let id = id_in(&ids)?;
    let expected = matched.required(caller.fleet(&id).await?.revision)?;
    let settings = body.with("id", id.as_str()).document::<FleetSettings>()?;
    same_id(id.as_str(), settings.id.as_str())?;
    caller.at(expected).save_fleet(&settings).await.map_err(lost(expected))?;
    saved(caller.fleet(&id).await, |fleet| shown(fleet).ok())
}

/// Delete a fleet that manages no infrastructure any more.
#[utoipa::path(delete, path = "/fleets/{fleet}", operation_id = "deleteFleet", tag = "fleets",
    params(("fleet" = String, Path, description = "The id of the fleet")), responses((status = 204)))]
async fn delete(caller: Caller, ids: Ids, matched: IfMatch) -> Answer<StatusCode> {
    let id = id_in(&ids)?;
    let expected = matched.of_read(caller.fleet(&id)).await?;
    caller.at(expected).delete_fleet(&id).await.map_err(lost(expected))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Show what a synchronization would do. The nodes of the fleet are read, and nothing is written.
#[utoipa::path(get, path = "/fleets/{fleet}/plan", operation_id = "planFleet", tag = "fleets",
    params(("fleet" = String, Path, description = "The id of the fleet")),
    responses((status = 200, body = FleetResult)))]
async fn plan(caller: Caller, ids: Ids) -> Answer<Json<FleetResult>> {
    Ok(Json(caller.plan_fleet(&id_in(&ids)?).await?.into()))
}

/// Synchronize a fleet now. An answer that lacks many nodes does nothing: `missing` says so.
#[utoipa::path(post, path = "/fleets/{fleet}/sync", operation_id = "syncFleet", tag = "fleets",
    params(("fleet" = String, Path, description = "The id of the fleet")),
    responses((status = 200, body = FleetResult)))]
async fn sync(caller: Caller, ids: Ids) -> Answer<Json<FleetResult>> {
    Ok(Json(caller.sync_fleet(&id_in(&ids)?).await?.into()))
}

/// Confirm an answer that lacks many nodes, and synchronize. It counts for exactly this answer.
#[utoipa::path(post, path = "/fleets/{fleet}/confirm", operation_id = "confirmFleet", tag = "fleets",
    params(("fleet" = String, Path, description = "The id of the fleet")),
    request_body = AnswerToConfirm, responses((status = 200, body = FleetResult)))]
async fn confirm(
    caller: Caller,
    ids: Ids,
    Body(body): Body<AnswerToConfirm>,
) -> Answer<Json<FleetResult>> {
    Ok(Json(caller.confirm_fleet(&id_in(&ids)?, &body.answer).await?.into()))
}

/// Let a fleet manage an infrastructure that exists.
#[utoipa::path(post, path = "/fleets/{fleet}/infrastructures/{infrastructure}", operation_id = "adoptInfrastructure",
    tag = "fleets",
    params(("fleet" = String, Path, description = "The id of the fleet"),
        ("infrastructure" = String, Path, description = "The id of the infrastructure")),
    request_body = Adoption, responses((status = 200, body = ManagedInfrastructure)))]
async fn adopt(
    caller: Caller,
    ids: Ids,
    Body(body): Body<Adoption>,
) -> Answer<Json<ManagedInfrastructure>> {
    let node: Option<NodeId> = optional_id("node", body.node.as_deref())?;
    let infra = infra_in(&ids)?;
    Ok(Json(caller.adopt_infra(&id_in(&ids)?, &infra, node.as_ref()).await?.into()))
}

/// Take an infrastructure from its fleet. It stays as it is, and is edited by hand from then on.
#[utoipa::path(delete, path = "/fleets/{fleet}/infrastructures/{infrastructure}",
    operation_id = "releaseInfrastructure", tag = "fleets",
    params(("fleet" = String, Path, description = "The id of the fleet"),
        ("infrastructure" = String, Path, description = "The id of the infrastructure")),
    responses((status = 204)))]
async fn release(caller: Caller, ids: Ids) -> Answer<StatusCode> {
    caller.release_infra(&id_in(&ids)?, &infra_in(&ids)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
