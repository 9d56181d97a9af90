use axum::Json;
use project_deployer::core::rights::{Operation, Outcome};
use project_deployer::{ExplainedRight, ExplainedScope, ExplainedSide};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Problem;
use super::request::{Answer, Caller, Parameters, optional_id};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new().routes(routes!(explain))
}

/// Who, what, and on which object. An object that is left out means the Deployer as a whole.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExplainQuery {
    /// The operation, such as `updateDeployment`.
    operation: String,
    /// Who; the caller by default. Only administrators ask about others.
    login: Option<String>,
    /// An infrastructure.
    infrastructure: Option<String>,
    /// A published project.
    project: Option<String>,
    /// A deployment, which has both.
    deployment: Option<String>,
}

/// Whether somebody may do something, and why.
#[derive(Debug, Serialize, ToSchema)]
struct Explanation {
    /// Who.
    login: String,
    /// The operation.
    operation: String,
    /// Whether it is allowed.
    allowed: bool,
    /// `allowed`, `forbidden`, or `hidden`: the object does not exist for this login.
    outcome: &'static str,
    /// The decision in words.
    text: String,
    /// What decided, side by side.
    sides: Vec<ExplanationSide>,
}

/// What decided on one side.
#[derive(Debug, Serialize, ToSchema)]
struct ExplanationSide {
    /// `deployer`, `infrastructure` or `project`.
    kind: &'static str,
    /// The id of the object.
    id: Option<String>,
    /// `allowed`, `forbidden` or `hidden`.
    outcome: &'static str,
    /// The rule, such as `granted` or `owner`.
    rule: &'static str,
    /// The group that gives the right.
    group: Option<String>,
}

/// Explain whether somebody may do something, and which rule decides.
#[utoipa::path(get, path = "/explain", operation_id = "explainRight", tag = "rights", params(ExplainQuery),
    responses((status = 200, body = Explanation)))]
async fn explain(
    caller: Caller,
    Parameters(query): Parameters<ExplainQuery>,
) -> Answer<Json<Explanation>> {
    let operation = Operation::ALL.into_iter().find(|known| name(*known) == query.operation);
    let operation = operation.ok_or_else(|| {
        let names: Vec<_> = Operation::ALL.into_iter().map(name).collect();
        let fix = format!("send one of {}", names.join(", "));
        Problem::field("operation", "there is no such operation", &fix)
    })?;
    let scope = ExplainedScope::default()
        .with_infra(optional_id("infrastructure", query.infrastructure.as_deref())?)
        .with_project(optional_id("project", query.project.as_deref())?)
        .with_deployment(optional_id("deployment", query.deployment.as_deref())?);
    let login = optional_id("login", query.login.as_deref())?;
    let found = caller.session.explain(operation, &scope, login.as_ref()).await?;
    Ok(Json(shown(found)))
}

fn shown(found: ExplainedRight) -> Explanation {
    let side = |side: ExplainedSide| ExplanationSide {
        kind: side.kind,
        id: side.id,
        outcome: outcome(side.outcome),
        rule: side.rule,
        group: side.group,
    };
    Explanation {
        login: found.login.to_string(),
        operation: name(found.operation),
        allowed: found.outcome == Outcome::Allowed,
        outcome: outcome(found.outcome),
        text: found.text,
        sides: found.sides.into_iter().map(side).collect(),
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed => "allowed",
        Outcome::Forbidden => "forbidden",
        Outcome::Hidden => "hidden",
    }
}

/// The name of an operation: that of its value, with a small letter at the beginning.
fn name(operation: Operation) -> String {
    let name = format!("{operation:?}");
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}
