//! What watching found, and who knows of it.

use axum::Json;
use project_deployer::DeployerError;
use project_deployer::core::{InfraId, Timestamp};
use project_deployer::watch::{self, FindingFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Problem;
use super::request::{Answer, Body, Caller, Ids, Parameters};
use super::watch::IgnoreRule;
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(acknowledge, withdraw))
}

/// Something that is not as it should be, or was not.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WatchFinding {
    /// Its id. What comes back after it was resolved is another finding.
    id: String,
    /// What is wrong, such as `out-of-sync`, `node-unknown` or `login`.
    kind: &'static str,
    /// `health` or `parity`; none for what the Deployer finds about itself.
    check: Option<&'static str>,
    /// The infrastructure.
    infra: Option<String>,
    /// The deployment, if it is about one.
    deployment: Option<String>,
    /// The node, or the location of a login.
    node: Option<String>,
    /// The login, group, scenario or webhook.
    name: Option<String>,
    /// `INFO`, `WARNING` or `ERROR`.
    severity: String,
    /// The state in one word, such as the status of a login.
    status: String,
    /// What is wrong, in a sentence.
    summary: String,
    /// What differs, or what to do.
    details: Vec<String>,
    /// When it was seen for the first time, in milliseconds since 1970.
    first_seen: i64,
    /// When it was seen for the last time, in milliseconds since 1970.
    last_seen: i64,
    /// In how many rounds it was seen.
    times_seen: u64,
    /// When it was resolved, in milliseconds since 1970; none while it is open.
    resolved: Option<i64>,
    /// Who knows of it.
    acknowledged: Option<FindingAcknowledgement>,
    /// The rule by which it is ignored. It goes to no webhook.
    ignored: Option<IgnoreRule>,
}

/// Somebody knows of a finding.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FindingAcknowledgement {
    /// Who.
    by: String,
    /// When, in milliseconds since 1970.
    at: i64,
    /// Why nothing has to be done now.
    note: String,
    /// When it ends by itself, in milliseconds since 1970.
    until: Option<i64>,
}

impl From<watch::Finding> for WatchFinding {
    fn from(found: watch::Finding) -> Self {
        let subject = found.subject;
        Self {
            id: found.id,
            kind: subject.kind.as_str(),
            check: subject.kind.check().map(watch::Check::as_str),
            infra: subject.infra.map(|id| id.to_string()),
            deployment: subject.deployment.map(|id| id.to_string()),
            node: subject.node,
            name: subject.name,
            severity: found.severity.to_string().to_uppercase(),
            status: found.status,
            summary: found.summary,
            details: found.details,
            first_seen: found.first_seen.as_millis(),
            last_seen: found.last_seen.as_millis(),
            times_seen: found.times_seen,
            resolved: found.resolved.map(Timestamp::as_millis),
            acknowledged: found.acknowledged.map(|it| FindingAcknowledgement {
                by: it.by.to_string(),
                at: it.at.as_millis(),
                note: it.note,
                until: it.until.map(Timestamp::as_millis),
            }),
            ignored: found.ignored.map(Into::into),
        }
    }
}

/// What watching found.
#[derive(Debug, Serialize, ToSchema)]
struct WatchFindings {
    /// The findings: the open ones first, the worst first.
    items: Vec<WatchFinding>,
}

/// Which findings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FindingQuery {
    /// Only of this infrastructure.
    infrastructure: Option<String>,
    /// Only of this check: `health` or `parity`.
    check: Option<String>,
    /// Also those that are resolved, which are kept for 30 days.
    #[serde(default)]
    resolved: bool,
}

/// Why nothing is done now.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAcknowledgement {
    /// Why: others read it.
    note: String,
    /// When it ends by itself, in milliseconds since 1970. Without it, it holds until the finding is resolved.
    until: Option<i64>,
}

/// List what watching found, where the caller sees it. Findings about logins are for global administrators.
#[utoipa::path(get, path = "/findings", operation_id = "listFindings", tag = "watching",
    params(FindingQuery), responses((status = 200, body = WatchFindings)))]
async fn list(
    caller: Caller,
    Parameters(query): Parameters<FindingQuery>,
) -> Answer<Json<WatchFindings>> {
    let infra = query.infrastructure.map(|id| {
        InfraId::parse(&id).map_err(|error| {
            Problem::field("infrastructure", error.to_string(), "write the id of one")
        })
    });
    let check = query.check.map(|name| check_of(&name));
    let filter = FindingFilter::default()
        .with_infra(infra.transpose()?)
        .with_check(check.transpose()?)
        .including_resolved(query.resolved);
    let found = caller.findings(&filter).await?;
    Ok(Json(WatchFindings { items: found.into_iter().map(Into::into).collect() }))
}

/// Say that somebody knows of a finding. It replaces an earlier acknowledgement.
#[utoipa::path(put, path = "/findings/{finding}/acknowledgement", operation_id = "acknowledgeFinding",
    tag = "watching", params(("finding" = String, Path, description = "The id of the finding")),
    request_body = NewAcknowledgement, responses((status = 200, body = WatchFinding)))]
async fn acknowledge(
    caller: Caller,
    ids: Ids,
    Body(new): Body<NewAcknowledgement>,
) -> Answer<Json<WatchFinding>> {
    let until = new.until.map(Timestamp::from_millis);
    let found = caller.acknowledge_finding(ids.text("finding"), &new.note, until).await?;
    Ok(Json(found.into()))
}

/// Withdraw an acknowledgement.
#[utoipa::path(delete, path = "/findings/{finding}/acknowledgement", operation_id = "withdrawAcknowledgement",
    tag = "watching", params(("finding" = String, Path, description = "The id of the finding")),
    responses((status = 200, body = WatchFinding)))]
async fn withdraw(caller: Caller, ids: Ids) -> Answer<Json<WatchFinding>> {
    Ok(Json(caller.unacknowledge_finding(ids.text("finding")).await?.into()))
}

fn check_of(name: &str) -> Answer<watch::Check> {
    name.parse().map_err(|error: DeployerError| {
        // The text ends with what to write.
        let text = error.to_string();
        let (what, fix) = text.rsplit_once("; ").unwrap_or((text.as_str(), "write its name"));
        Problem::field("check", what, fix)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_checks_are_said_once() {
        let problem = check_of("weather").unwrap_err().document("1");
        let problem = serde_json::to_value(problem).unwrap();
        assert_eq!(problem["fix"], "write one of `health`, `parity`", "{problem}");
        let text = problem["detail"].as_str().unwrap();
        assert!(text.contains("`weather`") && !text.contains("write"), "{problem}");
    }
}
