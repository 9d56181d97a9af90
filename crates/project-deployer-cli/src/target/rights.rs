use project_deployer::client::{
    AutomationNode as _, DeployerError, InfraOperations as _, NodeError, ProjectOperations as _,
    RemoteDeployer,
};
use project_deployer::core::rights::{InfraRight, Operation, Outcome, ProjectRight, Requirement};
use project_deployer::core::{DeploymentId, InfraId, Login, ProjectKey};
use project_deployer::{DeploymentOperations as _, ExplainedScope};
use project_deployer_client::request::frontend::{self, RightExplained};
use serde::Serialize;
use serde_json::Value;

use super::Face;
use super::service::has_no_such_page;
use crate::failure::Failure;

/// Whether somebody may do something.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) operation: Operation,
    pub(crate) infra: Option<InfraId>,
    pub(crate) project: Option<ProjectKey>,
    pub(crate) deployment: Option<DeploymentId>,
    /// Somebody else than the caller.
    pub(crate) login: Option<Login>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answered {
    pub(crate) allowed: bool,
    pub(crate) reason: String,
    /// `rules`: the rules of the Deployer decided. `reported`: the product reports rights and no reasons.
    basis: &'static str,
}

/// Questions about rights.
///
/// # Errors
///
/// The Deployer does not answer, or the caller may not ask about somebody else. That an object does not exist for the one
/// who is asked about is an answer.
impl Face {
    pub(crate) async fn answer(&self, question: &Question) -> Result<Answered, Failure> {
        match self {
            Self::Engine(session) => {
                let scope = ExplainedScope::default()
                    .with_infra(question.infra.clone())
                    .with_project(question.project.clone())
                    .with_deployment(question.deployment.clone());
                match session.explain(question.operation, &scope, question.login.as_ref()).await {
                    Ok(right) => {
                        Ok(Answered::by_rules(right.outcome == Outcome::Allowed, right.text))
                    }
                    Err(error) => refused(error, question.login.is_some()),
                }
            }
            // Our service explains. The product has no such call, but reports rights with each object.
            Self::Remote(remote) => match remote.node().call(&frontend::me()).await {
                Ok(owner) => {
                    explained(remote, question, owner.get("login").and_then(Value::as_str)).await
                }
                Err(error) if has_no_such_page(&error) => reported(remote, question).await,
                Err(error) => Err(error.into()),
            },
        }
    }
}

/// Whether the rights that the product reports for one object are enough.
#[derive(Debug)]
struct Held {
    object: String,
    is_enough: bool,
}

/// The API that explains knows the owner of the key only: the one that the key acts as is asked about by name.
async fn explained(
    remote: &RemoteDeployer,
    question: &Question,
    owner: Option<&str>,
) -> Result<Answered, Failure> {
    let caller = remote.node().auth_info().await?.auth_identifier;
    let is_owner = owner.is_some_and(|owner| owner == caller || owner == format!("api:{caller}"));
    let acting = if is_owner { None } else { Some(Login::parse(caller).map_err(Failure::failed)?) };
    if let (Some(acting), Some(_)) = (&acting, &question.login) {
        let may_ask = Question {
            operation: Operation::EditAccounts,
            infra: None,
            project: None,
            deployment: None,
            login: None,
        };
        let right = ask(remote, &may_ask, Some(acting)).await?;
        if !right.allowed {
            return Err(Failure::failed(format!(
                "{}; only administrators ask about others",
                right.text
            )));
        }
    }
    match ask(remote, question, question.login.as_ref().or(acting.as_ref())).await {
        Ok(right) => Ok(Answered::by_rules(right.allowed, right.text)),
        // Asked about the caller: the object does not exist for it.
        Err(error) if error.is_not_found() && question.login.is_none() => {
            Ok(Answered::by_rules(false, error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

async fn ask(
    remote: &RemoteDeployer,
    question: &Question,
    login: Option<&Login>,
) -> Result<RightExplained, NodeError> {
    let optional = [
        ("infrastructure", question.infra.as_ref().map(ToString::to_string)),
        ("project", question.project.as_ref().map(ToString::to_string)),
        ("deployment", question.deployment.as_ref().map(ToString::to_string)),
        ("login", login.map(ToString::to_string)),
    ];
    let operation = ("operation", in_camel_case(question.operation));
    let named = optional.into_iter().filter_map(|(name, value)| Some((name, value?)));
    remote.node().call(&frontend::explain(std::iter::once(operation).chain(named))).await
}

async fn reported(remote: &RemoteDeployer, question: &Question) -> Result<Answered, Failure> {
    let other = question.login.clone().map(|login| remote.acting_as(login)).transpose()?;
    if let Some(other) = &other {
        // Every user may list the stages: a refusal is one of the key, which may not act as others.
        other.stages().await?;
    }
    match has(other.as_ref().unwrap_or(remote), question).await {
        Ok(held) if held.is_empty() || held.len() < sides(question.operation) => {
            Err(Failure::usage(format!(
                "the product reports rights object by object; to ask who may {}, name {}",
                question.operation,
                needed(question.operation)
            )))
        }
        Ok(held) => Ok(Answered::as_reported(question.operation, &held)),
        Err(DeployerError::NotFound(object)) => {
            Ok(Answered::reported(false, format!("there is no {object} for this caller")))
        }
        // The product also answers so about an object that does not exist.
        Err(DeployerError::Denied(text)) => Ok(Answered::reported(false, text)),
        Err(error) => Err(error.into()),
    }
}

async fn has(remote: &RemoteDeployer, question: &Question) -> Result<Vec<Held>, DeployerError> {
    let (mut infra, mut project) = (question.infra.clone(), question.project.clone());
    if let Some(id) = &question.deployment {
        let found = remote.deployment(id).await?.deployment_basic_info;
        (infra, project) = (Some(found.infra_id), Some(found.published_project_key));
    }
    let (on_infra, on_project) = rights(question.operation);
    let mut held = Vec::new();
    if let Some((id, right)) = infra.zip(on_infra) {
        let status = remote.infra(&id).await?;
        let is_enough = match right {
            InfraRight::View => true,
            InfraRight::Deploy => status.can_deploy || status.is_admin,
            _ => status.is_admin,
        };
        held.push(Held { object: format!("infrastructure `{id}`"), is_enough });
    }
    if let Some((key, right)) = project.zip(on_project) {
        let status = remote.project(&key).await?;
        let is_enough = match right {
            ProjectRight::Read => true,
            ProjectRight::Write => status.can_write || status.is_admin,
            ProjectRight::Deploy => status.can_deploy || status.is_admin,
            _ => status.is_admin,
        };
        held.push(Held { object: format!("published project `{key}`"), is_enough });
    }
    Ok(held)
}

/// What an operation needs on an infrastructure and on a published project.
fn rights(operation: Operation) -> (Option<InfraRight>, Option<ProjectRight>) {
    match operation.requirement() {
        Requirement::Infra(right) => (Some(right), None),
        Requirement::Project(right) => (None, Some(right)),
        Requirement::Both(infra, project) => (Some(infra), Some(project)),
        _ => (None, None),
    }
}

/// How many objects decide about an operation.
fn sides(operation: Operation) -> usize {
    let (infra, project) = rights(operation);
    usize::from(infra.is_some()) + usize::from(project.is_some())
}

/// The options that name them.
fn needed(operation: Operation) -> &'static str {
    match rights(operation) {
        (Some(_), Some(_)) => "--infra and --project, or --deployment",
        (Some(_), None) => "--infra",
        (None, Some(_)) => "--project",
        (None, None) => "another operation; it has no call that answers this",
    }
}

/// An object that is not there for the caller who asks about itself is an answer, and so is a user who may not log in.
fn refused(error: DeployerError, is_about_other: bool) -> Result<Answered, Failure> {
    match error {
        DeployerError::NotFound(_) if !is_about_other => {
            Ok(Answered::by_rules(false, error.to_string()))
        }
        DeployerError::LoginUnknown(_) | DeployerError::LoginDisabled(_) if is_about_other => {
            Ok(Answered::by_rules(false, error.to_string()))
        }
        other => Err(other.into()),
    }
}

impl Answered {
    fn by_rules(allowed: bool, reason: String) -> Self {
        Self { allowed, reason, basis: "rules" }
    }

    fn reported(allowed: bool, reason: String) -> Self {
        Self { allowed, reason, basis: "reported" }
    }

    fn as_reported(operation: Operation, held: &[Held]) -> Self {
        let lacking: Vec<&str> =
            held.iter().filter(|held| !held.is_enough).map(|held| held.object.as_str()).collect();
        let reason = match lacking.is_empty() {
            true => format!("the Deployer reports the rights to {operation}"),
            false => format!("no right to {operation} on {}", lacking.join(" and ")),
        };
        Self::reported(lacking.is_empty(), reason)
    }
}

/// The name of an operation in our API.
fn in_camel_case(operation: Operation) -> String {
    let name = format!("{operation:?}");
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}
