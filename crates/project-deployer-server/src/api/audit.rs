//! The audit, for administrators: who changed what, and who was refused.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use project_deployer::audit::{
    AuditEntry, AuditFilter, AuditHead, AuditId, AuditOutcome, AuditVerification,
};
use project_deployer::core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::page::{Page, PageQuery, cursor};
use super::problem::Problem;
use super::reply::Accepted;
use super::request::{Answer, Body, Caller, Ids, Parameters, json};
use super::tasks::{self, Reporter, Task};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(verify)).routes(routes!(one))
}

/// A record of the audit: a change, or an attempt that was refused. It has no secrets.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AuditRecord {
    /// The day in UTC, `/`, and the number of the record within the day.
    id: String,
    /// When, in milliseconds since 1970.
    time: i64,
    /// Who acted; none is the Deployer itself, or somebody unknown.
    actor: Option<String>,
    /// How the actor was authenticated: `api-key` and the id of the key, `session` or `host`.
    authentication: Option<String>,
    /// The login whose rights counted, if it is not the actor's.
    on_behalf_of: Option<String>,
    /// What was done, such as `edit`.
    action: String,
    /// The kind of the object, such as `infrastructure`.
    kind: String,
    /// The id of the object.
    object: String,
    /// Other objects that the same commit wrote.
    also: Vec<String>,
    /// What the object was. Of an object that was changed, only what differs.
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    /// What the object is.
    #[schema(value_type = Option<Object>)]
    after: Option<Value>,
    /// The id of the request.
    request_id: Option<String>,
    /// The address of a client that did not authenticate.
    address: Option<String>,
    /// `done` or `refused`.
    outcome: String,
    /// The code of the error, if it was refused.
    code: Option<String>,
    /// Refused attempts without a record of their own, by code.
    attempts: BTreeMap<String, u64>,
    /// The process that wrote the record.
    process: String,
}

impl From<AuditEntry> for AuditRecord {
    fn from(AuditEntry { id, record, .. }: AuditEntry) -> Self {
        Self {
            id: id.to_string(),
            time: record.time.as_millis(),
            actor: record.actor,
            authentication: record.authentication,
            on_behalf_of: record.on_behalf_of,
            action: record.action,
            kind: record.kind,
            object: record.id,
            also: record.also,
            before: record.before,
            after: record.after,
            request_id: record.request_id,
            address: record.address,
            outcome: record.outcome.to_string(),
            code: record.code,
            attempts: record.attempts,
            process: record.process,
        }
    }
}

/// Which outcome.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum AuditOutcomes {
    Done,
    Refused,
}

/// Which records to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// Only about this kind of object, such as `infrastructure`.
    kind: Option<String>,
    /// Only about objects of this id.
    object: Option<String>,
    /// Only of whoever acted under this login, or on whose behalf somebody acted.
    actor: Option<String>,
    /// Only of this action, such as `edit`.
    action: Option<String>,
    /// Only what was done, or only what was refused.
    outcome: Option<AuditOutcomes>,
    /// Only of this time and later, in milliseconds since 1970.
    from: Option<i64>,
    /// Only before this time, in milliseconds since 1970.
    until: Option<i64>,
}

impl AuditQuery {
    fn filter(self) -> AuditFilter {
        let text = |text: Option<String>| text.filter(|text| !text.is_empty());
        AuditFilter::default()
            .with_kind(text(self.kind))
            .with_id(text(self.object))
            .with_actor(text(self.actor))
            .with_action(text(self.action))
            .with_outcome(self.outcome.map(|outcome| match outcome {
                AuditOutcomes::Done => AuditOutcome::Done,
                AuditOutcomes::Refused => AuditOutcome::Refused,
            }))
            .with_since(self.from.map(Timestamp::from_millis))
            .with_until(self.until.map(Timestamp::from_millis))
    }
}

/// List the audit, the newest records first. A page looks at 5,000 records at most, so that one with a filter may have few
/// entries or none although there are older ones: go on with `next`.
#[utoipa::path(get, path = "/audit", operation_id = "listAudit", tag = "audit", params(AuditQuery, PageQuery),
    responses((status = 200, body = Page<AuditRecord>)))]
async fn list(
    caller: Caller,
    Parameters(query): Parameters<AuditQuery>,
    Parameters(page): Parameters<PageQuery>,
) -> Answer<Json<Page<AuditRecord>>> {
    let before = page.after::<2>("audit")?.map(|[day, number]| format!("{day}/{number}").parse());
    let before = before.transpose().map_err(|text: String| Problem::new("cursor-invalid", text))?;
    let found = caller.session.audit(&query.filter(), before.as_ref(), page.limit()?).await?;
    let next = found.next.map(|id: AuditId| {
        let id = id.to_string();
        let (day, number) = id.split_once('/').unwrap_or((&id, ""));
        cursor("audit", &[day, number])
    });
    Ok(Json(Page { items: found.entries.into_iter().map(Into::into).collect(), next }))
}

/// Get a record of the audit.
#[utoipa::path(get, path = "/audit/{day}/{number}", operation_id = "getAuditRecord", tag = "audit",
    params(("day" = String, Path, description = "The day in UTC, such as 2026-11-29"),
        ("number" = u64, Path, description = "The number of the record within the day")),
    responses((status = 200, body = AuditRecord)))]
async fn one(caller: Caller, ids: Ids) -> Answer<Json<AuditRecord>> {
    let (day, number) = (ids.text("day"), ids.text("number"));
    let id = format!("{day}/{number}");
    let absent = || Problem::not_found("audit record", &id);
    // The page before the next record begins with this one.
    let next = number.parse::<u64>().ok().and_then(|number| number.checked_add(1));
    let next = next.and_then(|next| format!("{day}/{next}").parse::<AuditId>().ok());
    let filter = AuditFilter::default();
    let found = match next {
        Some(next) => caller.session.audit(&filter, Some(&next), 1).await?.entries,
        // Others must not learn which ids there may be.
        None => caller.session.audit(&filter, None, 0).await?.entries,
    };
    let found = found.into_iter().find(|entry| entry.id.to_string() == id);
    Ok(Json(found.ok_or_else(absent)?.into()))
}

/// What to check.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AuditCheck {
    /// A block that has to be in the chain: its number, a colon and its hash, as an earlier check returned them.
    expect: Option<String>,
}

/// The result of a check of the audit.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditCheckResult {
    /// How many records are in the chain.
    sealed: u64,
    /// How many are not in it yet.
    unsealed: u64,
    /// How many blocks the chain has.
    blocks: u64,
    /// How many records retention removed.
    trimmed: u64,
    /// The last block: its number, a colon and its hash. Keep it elsewhere.
    head: Option<String>,
    /// What is wrong.
    faults: Vec<AuditFault>,
}

/// Something wrong with the audit.
#[derive(Debug, Serialize, ToSchema)]
struct AuditFault {
    /// What it is on: a record, a block, a day.
    object: String,
    /// What is wrong.
    what: String,
}

impl From<AuditVerification> for AuditCheckResult {
    fn from(found: AuditVerification) -> Self {
        let faults = found.faults.into_iter();
        Self {
            sealed: found.sealed,
            unsealed: found.unsealed,
            blocks: found.blocks,
            trimmed: found.trimmed,
            head: found.head.map(|head| head.to_string()),
            faults: faults.map(|it| AuditFault { object: it.object, what: it.what }).collect(),
        }
    }
}

/// Check that no record of the audit was changed, removed, inserted or moved. The result of the task is an
/// `AuditCheckResult`.
#[utoipa::path(post, path = "/audit/verification", operation_id = "verifyAudit", tag = "audit",
    request_body = AuditCheck, responses((status = 202, body = Task)))]
async fn verify(
    State(context): State<ServiceContext>,
    caller: Caller,
    Body(check): Body<AuditCheck>,
) -> Answer<Accepted<Task>> {
    caller.session.may_edit_accounts().await?;
    let expected: Option<AuditHead> = match check.expect.as_deref() {
        Some(text) => Some(text.parse().map_err(|_| {
            let fix = "send a block, a colon and 64 hexadecimal digits";
            Problem::field("expect", "it is no block of a chain", fix)
        })?),
        None => None,
    };
    let session = caller.session.clone();
    let work = move |reporter: Reporter| async move {
        reporter.step(0, "reads the chain");
        let found = session.verify_audit(expected.as_ref()).await?;
        json(&AuditCheckResult::from(found))
    };
    Ok(tasks::start(&context, &caller, "audit-verification", 1, work)?.accepted("../tasks"))
}
