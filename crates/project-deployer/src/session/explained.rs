use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::rights::{Explanation, Operation, Outcome, Rule, Scope, Side, explain};
use project_deployer_core::{DeploymentId, InfraId, Login, ProjectKey};

use super::{DeployerSession, View, allow};
use crate::authentication::enabled_object;
use crate::state::{DeploymentRecord, Record as _};

/// Which objects a question about a right concerns. None of them means the Deployer as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedScope {
    /// An infrastructure.
    pub infra: Option<InfraId>,
    /// A published project.
    pub project: Option<ProjectKey>,
    /// A deployment, which has an infrastructure and a published project.
    pub deployment: Option<DeploymentId>,
}

project_deployer_core::setters!(ExplainedScope {
    with_infra(infra: Option<InfraId>),
    with_project(project: Option<ProjectKey>),
    with_deployment(deployment: Option<DeploymentId>),
});

/// Whether somebody may carry out an operation, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedRight {
    /// Who.
    pub login: Login,
    /// The operation.
    pub operation: Operation,
    /// The decision.
    pub outcome: Outcome,
    /// The decision in words.
    pub text: String,
    /// What decided, side by side.
    pub sides: Vec<ExplainedSide>,
}

/// What decided on one side.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedSide {
    /// `deployer`, `infrastructure` or `project`.
    pub kind: &'static str,
    /// The id of the object; none for the Deployer as a whole.
    pub id: Option<String>,
    /// The decision of this side.
    pub outcome: Outcome,
    /// The rule, as a stable word.
    pub rule: &'static str,
    /// The group that gives the right, if one does.
    pub group: Option<String>,
}

impl DeployerSession {
    /// Whether somebody may carry out an operation, and which rule decides. Without a login the question is about the
    /// caller; global administrators ask about every user.
    ///
    /// # Errors
    ///
    /// An object does not exist for the caller, the caller asks about somebody else and is no global administrator,
    /// or the user is unknown or disabled.
    pub async fn explain(
        &self,
        operation: Operation,
        scope: &ExplainedScope,
        login: Option<&Login>,
    ) -> Result<ExplainedRight, DeployerError> {
        let view = self.view().await?;
        let asked = match login.filter(|login| **login != view.login) {
            None => view.caller(),
            Some(login) => {
                let named = ResourceRef::new("accounts", "");
                allow(&view, Operation::EditAccounts, Scope::deployer(), named)?;
                enabled_object(&view.model, login)?;
                super::view::caller_of(&view.model, login)?
            }
        };
        view.explain_in(scope, |scope| {
            ExplainedRight::of(&asked.login, &explain(&asked, operation, scope))
        })
    }
}

impl View {
    /// Calls a function with the objects of a scope, if the caller may see all of them.
    fn explain_in<T>(
        &self,
        scope: &ExplainedScope,
        explained: impl FnOnce(Scope<'_>) -> T,
    ) -> Result<T, DeployerError> {
        if let Some(id) = &scope.deployment {
            let found = self.deployment_for(Operation::ViewDeployment, id)?;
            let other = scope.infra.as_ref().is_some_and(|infra| *infra != found.infra.value.id)
                || scope.project.as_ref().is_some_and(|key| *key != found.project.value.id);
            if other {
                return Err(DeployerError::not_possible(
                    format!(
                        "{} is of another infrastructure or published project",
                        ResourceRef::new(DeploymentRecord::NOUN, id)
                    ),
                    "name the deployment alone",
                ));
            }
            return Ok(explained(Scope::deployment(&found.infra.value, &found.project.value)));
        }
        let infra = scope.infra.as_ref().map(|id| self.infra_for(Operation::ViewInfra, id));
        let infra = infra.transpose()?;
        let project =
            scope.project.as_ref().map(|key| self.project_for(Operation::ViewProject, key));
        let project = project.transpose()?;
        Ok(explained(match (infra, project) {
            (Some(infra), Some(project)) => Scope::deployment(&infra.value, &project.value),
            (Some(infra), None) => Scope::infra(&infra.value),
            (None, Some(project)) => Scope::project(&project.value),
            (None, None) => Scope::deployer(),
        }))
    }
}

impl ExplainedRight {
    fn of(login: &Login, explanation: &Explanation<'_>) -> Self {
        let deployer = explanation.deployer.map(|side| ExplainedSide::of("deployer", None, side));
        let infra = explanation
            .infra
            .map(|(id, side)| ExplainedSide::of("infrastructure", Some(id.to_string()), side));
        let project = explanation
            .project
            .map(|(key, side)| ExplainedSide::of("project", Some(key.to_string()), side));
        Self {
            login: login.clone(),
            operation: explanation.operation,
            outcome: explanation.outcome,
            text: format!("{login} {explanation}"),
            sides: deployer.into_iter().chain(infra).chain(project).collect(),
        }
    }
}

impl ExplainedSide {
    fn of(kind: &'static str, id: Option<String>, side: Side<'_>) -> Self {
        let group = match side.rule {
            Rule::Granted(group) => Some(group.to_string()),
            _ => None,
        };
        Self { kind, id, outcome: side.outcome, rule: word(side.rule), group }
    }
}

/// The stable word of a rule.
fn word(rule: Rule<'_>) -> &'static str {
    match rule {
        Rule::NothingNeeded => "nothing-needed",
        Rule::GlobalAdministrator => "global-administrator",
        Rule::NeedsGlobalAdministrator => "needs-global-administrator",
        Rule::HasGlobalRight(_) => "has-global-right",
        Rule::LacksGlobalRight(_) => "lacks-global-right",
        Rule::Owner => "owner",
        Rule::Granted(_) => "granted",
        Rule::SeesOnly => "sees-only",
        Rule::NoRight => "no-right",
        Rule::NoObject => "no-object",
        _ => "unknown",
    }
}
