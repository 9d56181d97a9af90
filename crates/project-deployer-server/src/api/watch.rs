//! How often infrastructures are watched, and rounds at once.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use project_deployer::InfraOperations as _;
use project_deployer::core::{InfraId, Timestamp};
use project_deployer::watch::{self, Check, IgnoreRequest, WatchRequest, WatchScope};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Problem;
use super::request::{Answer, Body, Caller, Ids, Parameters};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new()
        .routes(routes!(show, set, remove))
        .routes(routes!(ignore))
        .routes(routes!(stop_ignoring))
        .routes(routes!(run))
}

/// How often something is watched, and what is ignored there.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WatchSetting {
    /// What it is for: `everything` or `infrastructure/ID`.
    scope: String,
    /// The seconds from one round of health to the next; none for no rounds.
    health_every: Option<u64>,
    /// The seconds from one round of parity to the next; none for no rounds.
    parity_every: Option<u64>,
    /// Who set it.
    by: String,
    /// Since when, in milliseconds since 1970.
    since: i64,
    /// Which findings are ignored. Rules about logins are for global administrators.
    ignored: Vec<IgnoreRule>,
}

/// A rule by which findings are ignored.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IgnoreRule {
    /// Its id.
    id: String,
    /// Which kind of findings.
    kind: &'static str,
    /// Only those whose login, group, scenario, deployment or node is so; `*` stands for anything.
    name: Option<String>,
    /// Only those in which nothing but fields that are so differs; `*` stands for anything.
    field: Option<String>,
    /// Why.
    reason: String,
    /// When it ends by itself, in milliseconds since 1970.
    until: Option<i64>,
    /// Who made it.
    by: String,
    /// When, in milliseconds since 1970.
    at: i64,
}

impl From<watch::IgnoreRule> for IgnoreRule {
    fn from(found: watch::IgnoreRule) -> Self {
        Self {
            id: found.id,
            kind: found.kind.as_str(),
            name: found.name,
            field: found.field,
            reason: found.reason,
            until: found.until.map(Timestamp::as_millis),
            by: found.by.to_string(),
            at: found.at.as_millis(),
        }
    }
}

impl From<watch::WatchSetting> for WatchSetting {
    fn from(found: watch::WatchSetting) -> Self {
        Self {
            scope: found.scope.to_string(),
            health_every: found.health_every,
            parity_every: found.parity_every,
            by: found.by.to_string(),
            since: found.since.as_millis(),
            ignored: found.ignored.into_iter().map(Into::into).collect(),
        }
    }
}

/// One check of an infrastructure.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WatchedCheck {
    /// The infrastructure.
    infra: String,
    /// `health` or `parity`.
    check: &'static str,
    /// The seconds from one round to the next; none for no rounds.
    every: Option<u64>,
    /// When the last round began, in milliseconds since 1970.
    last_began: Option<i64>,
    /// When it ended, in milliseconds since 1970.
    last_ended: Option<i64>,
    /// Why something could not be looked at in the last round.
    unknown: Vec<String>,
    /// When the next round is due, in milliseconds since 1970; none for no rounds, and during a maintenance.
    next: Option<i64>,
    /// Whether rounds pause because of a maintenance.
    in_maintenance: bool,
    /// How many findings are open, apart from those that are ignored.
    open: usize,
    /// How many findings are open and ignored.
    ignored: usize,
    /// Why the setting that it should have does not count, if so.
    problem: Option<String>,
}

/// What is watched.
#[derive(Debug, Serialize, ToSchema)]
struct Watch {
    /// The settings.
    settings: Vec<WatchSetting>,
    /// The checks of each infrastructure that the caller sees.
    items: Vec<WatchedCheck>,
}

/// How often something is to be watched.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewWatch {
    /// The seconds from one round of health to the next, at least 60. Without it there are no rounds.
    health_every: Option<u64>,
    /// The seconds from one round of parity to the next, at least 300. Without it there are no rounds.
    parity_every: Option<u64>,
}

/// Which findings are to be ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewIgnoreRule {
    /// Which kind of findings, such as `login` or `out-of-sync`.
    kind: String,
    /// Only those whose login, group, scenario, deployment or node is so; `*` stands for anything.
    name: Option<String>,
    /// Only findings of the kind `out-of-sync` in which nothing but fields that are so differs; `*` stands for anything.
    field: Option<String>,
    /// Why: others read it.
    reason: String,
    /// When it ends by itself, in milliseconds since 1970. Without it, it holds until it is removed.
    until: Option<i64>,
}

/// What a setting is for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WatchScopeQuery {
    /// `everything` or `infrastructure/ID`.
    scope: String,
}

/// What a round changed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WatchRun {
    /// The infrastructure.
    infra: String,
    /// `health` or `parity`.
    check: &'static str,
    /// When it began, in milliseconds since 1970.
    began: i64,
    /// When it ended, in milliseconds since 1970.
    ended: i64,
    /// Why something could not be looked at.
    unknown: Vec<String>,
    /// How many findings were opened.
    opened: usize,
    /// How many findings have another status.
    changed: usize,
    /// How many findings were resolved.
    resolved: usize,
    /// How many findings are open now, apart from those that are ignored.
    open: usize,
    /// How many findings are open and ignored.
    ignored: usize,
}

/// Show what is watched, where the caller sees the infrastructure.
#[utoipa::path(get, path = "/watch", operation_id = "getWatch", tag = "watching",
    responses((status = 200, body = Watch)))]
async fn show(caller: Caller) -> Answer<Json<Watch>> {
    let settings = caller.watch_settings().await?.into_iter().map(Into::into).collect();
    let watched = caller.watched().await?;
    let checks = watched.into_iter().flat_map(|watched| {
        let (infra, problem) = (watched.infra.to_string(), watched.problem);
        watched.checks.into_iter().map(move |it| {
            let (began, ended) = it.last.as_ref().map(|it| (it.began, it.ended)).unzip();
            WatchedCheck {
                infra: infra.clone(),
                check: it.check.as_str(),
                every: it.every,
                last_began: began.map(Timestamp::as_millis),
                last_ended: ended.map(Timestamp::as_millis),
                unknown: it.last.map(|it| it.unknown).unwrap_or_default(),
                next: it.next.map(Timestamp::as_millis),
                in_maintenance: it.in_maintenance,
                open: it.open,
                ignored: it.ignored,
                problem: problem.clone(),
            }
        })
    });
    Ok(Json(Watch { settings, items: checks.collect() }))
}

/// Say how often an infrastructure is watched, or every one without a setting of its own.
#[utoipa::path(put, path = "/watch", operation_id = "setWatch", tag = "watching",
    params(WatchScopeQuery), request_body = NewWatch, responses((status = 200, body = WatchSetting)))]
async fn set(
    caller: Caller,
    Parameters(query): Parameters<WatchScopeQuery>,
    Body(new): Body<NewWatch>,
) -> Answer<Json<WatchSetting>> {
    let request = WatchRequest::new(scope(&query.scope)?);
    let request = request.with_health_every(new.health_every).with_parity_every(new.parity_every);
    Ok(Json(caller.set_watch(request).await?.into()))
}

/// Remove a setting. Its infrastructure has then that for everything.
#[utoipa::path(delete, path = "/watch", operation_id = "removeWatch", tag = "watching",
    params(WatchScopeQuery), responses((status = 204)))]
async fn remove(
    caller: Caller,
    Parameters(query): Parameters<WatchScopeQuery>,
) -> Answer<StatusCode> {
    caller.remove_watch(&scope(&query.scope)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ignore findings from now on, where there is a setting. They stay in the list of findings, with the rule, and go to no
/// webhook.
#[utoipa::path(post, path = "/watch/ignored", operation_id = "ignoreFindings", tag = "watching",
    params(WatchScopeQuery), request_body = NewIgnoreRule, responses((status = 200, body = IgnoreRule)))]
async fn ignore(
    caller: Caller,
    Parameters(query): Parameters<WatchScopeQuery>,
    Body(new): Body<NewIgnoreRule>,
) -> Answer<Json<IgnoreRule>> {
    let kind = new.kind.parse().map_err(|error: project_deployer::DeployerError| {
        Problem::field("kind", error.to_string(), "write one of the kinds of findings")
    })?;
    let request = IgnoreRequest::new(scope(&query.scope)?, kind, new.reason)
        .with_name(new.name)
        .with_field(new.field)
        .with_until(new.until.map(Timestamp::from_millis));
    Ok(Json(caller.ignore_findings(request).await?.into()))
}

/// Remove a rule by which findings are ignored.
#[utoipa::path(delete, path = "/watch/ignored/{rule}", operation_id = "stopIgnoring", tag = "watching",
    params(("rule" = String, Path, description = "The id of the rule"), WatchScopeQuery),
    responses((status = 204)))]
async fn stop_ignoring(
    caller: Caller,
    ids: Ids,
    Parameters(query): Parameters<WatchScopeQuery>,
) -> Answer<StatusCode> {
    caller.stop_ignoring(&scope(&query.scope)?, ids.text("rule")).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Watch an infrastructure now. It may take a minute, and ten minutes for logins.
#[utoipa::path(post, path = "/infrastructures/{infrastructure}/watch/{check}", operation_id = "runWatch",
    tag = "watching",
    params(("infrastructure" = String, Path, description = "The id of the infrastructure"),
        ("check" = String, Path, description = "`health` or `parity`")),
    responses((status = 200, body = WatchRun)))]
async fn run(
    State(context): State<ServiceContext>,
    caller: Caller,
    ids: Ids,
) -> Answer<Json<WatchRun>> {
    let id: InfraId = ids.read("infrastructure", "infrastructure")?;
    // An infrastructure that the caller may not see answers like an absent one, before anything else.
    caller.infra(&id).await?;
    let check: Check = ids.text("check").parse()?;
    let run = caller.run_watch(&id, check, &context.frontends.options.directories).await?;
    Ok(Json(WatchRun {
        infra: run.infra.to_string(),
        check: run.check.as_str(),
        began: run.round.began.as_millis(),
        ended: run.round.ended.as_millis(),
        unknown: run.round.unknown,
        opened: run.opened,
        changed: run.changed,
        resolved: run.resolved,
        open: run.open,
        ignored: run.ignored,
    }))
}

fn scope(text: &str) -> Answer<WatchScope> {
    text.parse().map_err(|error| {
        Problem::field("scope", format!("{error}"), "write `everything` or `infrastructure/ID`")
    })
}
