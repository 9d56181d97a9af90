//! Parity of logins, and remedies: long tasks.

use axum::extract::State;
use project_deployer::core::InfraId;
use project_deployer::core::accounts::SourceType;
use project_deployer::ldap::matching::{Breadth, Finding, LoginRow, ParityReport, RemedyPlan};
use project_deployer::remedies::{Mode, OptIn, RemediationReport};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::infrastructures::id_in;
use super::reply::Accepted;
use super::request::{Answer, Body, Caller, Ids, json as written};
use super::tasks::{self, Reporter, Task};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new().routes(routes!(check_all)).routes(routes!(check)).routes(routes!(remedy))
}

/// The result of a parity check: a table of logins and locations.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ParityTable {
    /// The locations: the Deployer, and nodes.
    locations: Vec<String>,
    /// The logins that deployments use.
    logins: Vec<ParityRow>,
    /// What is wrong, with what to do.
    findings: Vec<ParityFinding>,
    /// What to do, in order.
    remedies: Vec<ParityRemedy>,
}

/// A login at every location.
#[derive(Debug, Serialize, ToSchema)]
struct ParityRow {
    /// The login.
    login: String,
    /// Its status at each location, such as `present` or `importable-at-first-login`.
    statuses: Vec<&'static str>,
}

/// What is wrong with a login at a location.
#[derive(Debug, Serialize, ToSchema)]
struct ParityFinding {
    login: String,
    location: String,
    status: &'static str,
    /// The status in words.
    text: String,
    /// What to do.
    fix: String,
}

/// A step of the plan.
#[derive(Debug, Serialize, ToSchema)]
struct ParityRemedy {
    /// `system` or `person`: who does it.
    actor: String,
    /// The step in words.
    text: String,
}

impl ParityTable {
    fn of(report: &ParityReport) -> Self {
        let breadth = Breadth::Needed;
        let row = |row: LoginRow<'_>| ParityRow {
            login: row.login().to_string(),
            statuses: row.presences().map(|presence| presence.status()).collect(),
        };
        let finding = |finding: Finding<'_>| ParityFinding {
            login: finding.login.to_string(),
            location: finding.place.id.short_name(),
            status: finding.presence.status(),
            text: finding.presence.to_string(),
            fix: finding.remedy.to_string(),
        };
        let plan = RemedyPlan::of(report, breadth);
        let remedy = plan.steps().map(|step| ParityRemedy {
            actor: super::request::word(&step.actor),
            text: step.to_string(),
        });
        Self {
            locations: report.places.iter().map(|place| place.id.short_name()).collect(),
            logins: report.rows_of(breadth).map(row).collect(),
            findings: report.findings_of(breadth).map(finding).collect(),
            remedies: remedy.collect(),
        }
    }
}

/// Compare the logins of the Deployer and of all nodes. The result of the task is a `ParityTable`.
#[utoipa::path(post, path = "/parity", operation_id = "checkParity", tag = "parity",
    responses((status = 202, body = Task)))]
async fn check_all(
    State(context): State<ServiceContext>,
    caller: Caller,
) -> Answer<Accepted<Task>> {
    begin(&context, caller, None, "tasks").await
}

/// Compare the logins of the Deployer and of the nodes of an infrastructure. The result of the task is a
/// `ParityTable`.
#[utoipa::path(post, path = "/infrastructures/{infrastructure}/parity", operation_id = "checkInfrastructureParity",
    tag = "parity",
    params(("infrastructure" = String, Path, description = "The id of the infrastructure")),
    responses((status = 202, body = Task)))]
async fn check(
    State(context): State<ServiceContext>,
    caller: Caller,
    ids: Ids,
) -> Answer<Accepted<Task>> {
    let id = id_in(&ids)?;
    begin(&context, caller, Some(id), "../../tasks").await
}

async fn begin(
    context: &ServiceContext,
    caller: Caller,
    infra: Option<InfraId>,
    tasks_at: &str,
) -> Answer<Accepted<Task>> {
    visible(&caller, infra.as_ref()).await?;
    caller.session.may_edit_accounts().await?;
    let directories = std::sync::Arc::clone(&context.frontends.options.directories);
    let session = caller.session.clone();
    let work = move |reporter: Reporter| async move {
        reporter.step(0, "reads the infrastructures");
        let scope = session.parity_scope(infra.as_ref()).await?;
        reporter.step(1, format!("reads the accounts of {} infrastructures", scope.infras.len()));
        let assessment = session.assess(&scope, &*directories).await?;
        reporter.step(2, "plans the remedies");
        written(&ParityTable::of(&assessment.report))
    };
    Ok(tasks::start(context, &caller, "parity", 3, work)?.accepted(tasks_at))
}

/// An infrastructure that the caller may not see answers like an absent one, before anything else.
async fn visible(caller: &Caller, infra: Option<&InfraId>) -> Answer<()> {
    use project_deployer::InfraOperations as _;
    if let Some(infra) = infra {
        caller.session.infra(infra).await?;
    }
    Ok(())
}

/// Which remedies are applied.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RemedyRequest {
    /// Whether anything is sent; otherwise the task says what would be.
    #[serde(default)]
    apply: bool,
    /// From which sources accounts may be created, such as `LDAP`. None are created without it.
    #[serde(default)]
    create_from: Vec<String>,
}

/// Apply the remedies of an infrastructure, or say what they would be. The result of the task has the calls, their
/// outcomes, and what is left to people.
#[utoipa::path(post, path = "/infrastructures/{infrastructure}/remedies", operation_id = "applyRemedies",
    tag = "parity",
    params(("infrastructure" = String, Path, description = "The id of the infrastructure")),
    request_body = RemedyRequest, responses((status = 202, body = Task)))]
async fn remedy(
    State(context): State<ServiceContext>,
    caller: Caller,
    ids: Ids,
    Body(request): Body<RemedyRequest>,
) -> Answer<Accepted<Task>> {
    let infra = id_in(&ids)?;
    visible(&caller, Some(&infra)).await?;
    caller.session.may_edit_accounts().await?;
    let directories = std::sync::Arc::clone(&context.frontends.options.directories);
    let session = caller.session.clone();
    let sources = request.create_from.into_iter().map(SourceType::from);
    let opt_in = sources.fold(OptIn::none(), OptIn::with);
    let mode = if request.apply { Mode::Apply } else { Mode::DryRun };
    let work = move |reporter: Reporter| async move {
        reporter.step(0, "reads the infrastructure");
        let scope = session.parity_scope(Some(&infra)).await?;
        reporter.step(1, "compares logins, and applies remedies");
        let report = session.remediate(&scope, &*directories, &opt_in, mode).await?;
        reporter.step(2, "writes the result");
        outcome(&report)
    };
    Ok(tasks::start(&context, &caller, "remedies", 3, work)?.accepted("../../tasks"))
}

fn outcome(report: &RemediationReport) -> Answer<Value> {
    Ok(json!({
        "work": written(&report.work)?,
        "outcomes": written(&report.applied)?,
        "left": written(&report.left)?,
        "before": written(&ParityTable::of(&report.before.report))?,
        "after": report.after.as_ref().map(|after| written(&ParityTable::of(&after.report))).transpose()?,
    }))
}
