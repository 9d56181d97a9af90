use std::fmt;

use super::caller::{Caller, GlobalRight};
use super::grant::{InfraGrant, InfraRight, ProjectGrant, ProjectRight};
use super::operation::{Operation, Requirement};
use crate::identifier::{GroupName, InfraId, Login, ProjectKey};
use crate::infra::InfraSettings;
use crate::published_project::PublishedProjectSettings;

/// The objects that an operation concerns.
#[derive(Debug, Clone, Copy, Default)]
#[must_use]
pub struct Scope<'a> {
    infra: Option<(&'a InfraId, &'a [InfraGrant])>,
    project: Option<(&'a ProjectKey, Option<&'a Login>, &'a [ProjectGrant])>,
}

impl<'a> Scope<'a> {
    /// The Deployer as a whole.
    pub fn deployer() -> Self {
        Self::default()
    }

    /// One infrastructure.
    pub fn infra(infra: &'a InfraSettings) -> Self {
        Self { infra: Some((&infra.id, &infra.permissions)), ..Self::default() }
    }

    /// One published project.
    pub fn project(project: &'a PublishedProjectSettings) -> Self {
        Self::default().and_project(project)
    }

    /// A deployment of a published project on an infrastructure.
    pub fn deployment(infra: &'a InfraSettings, project: &'a PublishedProjectSettings) -> Self {
        Self::infra(infra).and_project(project)
    }

    fn and_project(self, project: &'a PublishedProjectSettings) -> Self {
        let project = (&project.id, project.owner.as_ref(), project.permissions.as_slice());
        Self { project: Some(project), ..self }
    }
}

/// The outcome of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Allowed.
    Allowed,
    /// The caller sees the object and lacks the right.
    Forbidden,
    /// For the caller the object does not exist (R-P2).
    Hidden,
}

/// The rule that decided one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule<'a> {
    /// The operation requires no right.
    NothingNeeded,
    /// A global administrator may do everything (R-P12).
    GlobalAdministrator,
    /// Only a global administrator may (R-P9).
    NeedsGlobalAdministrator,
    /// A group gives the global right.
    HasGlobalRight(GlobalRight),
    /// No group gives the global right (R-P10).
    LacksGlobalRight(GlobalRight),
    /// The owner of a published project has every right on it (R-P10).
    Owner,
    /// This group gives the right.
    Granted(&'a GroupName),
    /// A group lets the caller see the object, but none gives the right.
    SeesOnly,
    /// No group has any right on the object.
    NoRight,
    /// The object of the operation was not given.
    NoObject,
}

/// The decision on one side of a deployment: the infrastructure or the published project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Side<'a> {
    /// The outcome.
    pub outcome: Outcome,
    /// The rule.
    pub rule: Rule<'a>,
}

/// A decision with its reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation<'a> {
    /// The operation.
    pub operation: Operation,
    /// The outcome of the stricter side.
    pub outcome: Outcome,
    /// The Deployer's side.
    pub deployer: Option<Side<'a>>,
    /// The infrastructure's side, with its id.
    pub infra: Option<(&'a InfraId, Side<'a>)>,
    /// The published project's side, with its key.
    pub project: Option<(&'a ProjectKey, Side<'a>)>,
}

/// An operation that was refused for lack of a right, with the reason. A hidden object has no
/// refusal: it gets the same answer as an object that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
#[non_exhaustive]
pub struct Refusal {
    /// What the caller may learn: forbidden, or that the object does not exist.
    pub outcome: Outcome,
    text: String,
}

/// Decides.
///
/// # Errors
///
/// The caller lacks a right, or may not see the object.
pub fn authorize(caller: &Caller, operation: Operation, scope: Scope<'_>) -> Result<(), Refusal> {
    let explanation = explain(caller, operation, scope);
    match explanation.outcome {
        Outcome::Allowed => Ok(()),
        outcome => Err(Refusal { outcome, text: format!("{} {explanation}", caller.login) }),
    }
}

/// Decides, and explains which rule decided on each side.
#[must_use]
pub fn explain<'a>(caller: &Caller, operation: Operation, scope: Scope<'a>) -> Explanation<'a> {
    let (deployer, infra, project) = if caller.global_admin {
        (Some(allowed(Rule::GlobalAdministrator)), None, None)
    } else {
        match operation.requirement() {
            Requirement::Nothing => (Some(allowed(Rule::NothingNeeded)), None, None),
            Requirement::GlobalAdmin => {
                (Some(forbidden(Rule::NeedsGlobalAdministrator)), None, None)
            }
            Requirement::Global(right) => (Some(global_side(caller, right)), None, None),
            Requirement::Infra(right) => infra_only(caller, right, scope),
            Requirement::Project(right) => project_only(caller, right, scope),
            Requirement::Both(on_infra, on_project) => {
                let (missing, infra, _) = infra_only(caller, on_infra, scope);
                let (also_missing, _, project) = project_only(caller, on_project, scope);
                (missing.or(also_missing), infra, project)
            }
        }
    };
    let sides = [deployer, infra.map(|(_, side)| side), project.map(|(_, side)| side)];
    let outcome = sides.into_iter().flatten().map(|side| side.outcome).max();
    // An operation without any rule in its favour is hidden.
    let outcome = outcome.unwrap_or(Outcome::Hidden);
    Explanation { operation, outcome, deployer, infra, project }
}

type Sides<'a> =
    (Option<Side<'a>>, Option<(&'a InfraId, Side<'a>)>, Option<(&'a ProjectKey, Side<'a>)>);

fn allowed(rule: Rule<'_>) -> Side<'_> {
    Side { outcome: Outcome::Allowed, rule }
}

fn forbidden(rule: Rule<'_>) -> Side<'_> {
    Side { outcome: Outcome::Forbidden, rule }
}

fn no_object<'a>() -> Sides<'a> {
    (Some(Side { outcome: Outcome::Hidden, rule: Rule::NoObject }), None, None)
}

fn global_side<'a>(caller: &Caller, right: GlobalRight) -> Side<'a> {
    if caller.global_rights.contains(&right) {
        allowed(Rule::HasGlobalRight(right))
    } else {
        forbidden(Rule::LacksGlobalRight(right))
    }
}

fn infra_only<'a>(caller: &Caller, wanted: InfraRight, scope: Scope<'a>) -> Sides<'a> {
    let Some((id, grants)) = scope.infra else { return no_object() };
    let side = granted_side(
        caller,
        grants,
        |grant| &grant.group,
        |grant| grant.right() >= Some(wanted),
        |grant| grant.right().is_some(),
    );
    (None, Some((id, side)), None)
}

fn project_only<'a>(caller: &Caller, wanted: ProjectRight, scope: Scope<'a>) -> Sides<'a> {
    let Some((key, owner, grants)) = scope.project else { return no_object() };
    if owner == Some(&caller.login) {
        return (None, None, Some((key, allowed(Rule::Owner))));
    }
    let side = granted_side(
        caller,
        grants,
        |grant| &grant.group,
        |grant| grant.gives(wanted),
        |grant| grant.gives(ProjectRight::Read),
    );
    (None, None, Some((key, side)))
}

/// The combined grants of a caller on one object. Checks flags before groups, since the search among the groups of
/// the caller is slower.
fn granted_side<'a, G>(
    caller: &Caller,
    grants: &'a [G],
    group: impl Fn(&'a G) -> &'a GroupName,
    gives: impl Fn(&'a G) -> bool,
    shows: impl Fn(&'a G) -> bool,
) -> Side<'a> {
    let is_own = |grant: &'a G| caller.groups.contains(group(grant));
    if let Some(grant) = grants.iter().find(|&grant| gives(grant) && is_own(grant)) {
        return allowed(Rule::Granted(group(grant)));
    }
    // The grants with the right belong to other groups.
    let seen = |grant: &'a G| shows(grant) && !gives(grant) && is_own(grant);
    match grants.iter().any(seen) {
        true => forbidden(Rule::SeesOnly),
        false => Side { outcome: Outcome::Hidden, rule: Rule::NoRight },
    }
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let may = if self.outcome == Outcome::Allowed { "may" } else { "may not" };
        write!(f, "{may} {}", self.operation)?;
        let mut separator = ": ";
        let mut write_part = |f: &mut fmt::Formatter<'_>, part: String| {
            let result = write!(f, "{separator}{part}");
            separator = "; ";
            result
        };
        if let Some(side) = self.deployer {
            write_part(f, deployer_reason(side.rule).to_owned())?;
        }
        // A refusal shows only the sides that refuse.
        let decides =
            |side: &Side<'_>| self.outcome == Outcome::Allowed || side.outcome != Outcome::Allowed;
        let infra = self.infra.filter(|(_, side)| decides(side));
        let project = self.project.filter(|(_, side)| decides(side));
        if let (Some((id, side)), requirement) = (infra, self.operation.requirement()) {
            let right = match requirement {
                Requirement::Infra(right) | Requirement::Both(right, _) => right.to_string(),
                _ => String::new(),
            };
            write_part(f, side_reason("infrastructure", id.as_str(), &right, side))?;
        }
        if let (Some((key, side)), requirement) = (project, self.operation.requirement()) {
            let right = match requirement {
                Requirement::Project(right) | Requirement::Both(_, right) => right.to_string(),
                _ => String::new(),
            };
            write_part(f, side_reason("published project", key.as_str(), &right, side))?;
        }
        Ok(())
    }
}

fn deployer_reason(rule: Rule<'_>) -> &'static str {
    match rule {
        Rule::GlobalAdministrator => "a global administrator may do everything",
        Rule::NothingNeeded => "every user with a login may",
        Rule::NeedsGlobalAdministrator => "only a global administrator may; ask one",
        Rule::HasGlobalRight(GlobalRight::CreatePublishedProjects) => {
            "a group gives the right to create published projects"
        }
        Rule::LacksGlobalRight(GlobalRight::CreatePublishedProjects) => {
            "no group gives the right to create published projects; ask a global administrator for it"
        }
        Rule::Owner | Rule::Granted(_) | Rule::SeesOnly | Rule::NoRight | Rule::NoObject => {
            "the object is missing in the request"
        }
    }
}

fn side_reason(kind: &str, id: &str, right: &str, side: Side<'_>) -> String {
    match side.rule {
        Rule::Owner => format!("the owner of {kind} `{id}` has every right on it"),
        Rule::Granted(group) => format!("group `{group}` gives `{right}` on {kind} `{id}`"),
        Rule::SeesOnly => format!(
            "no group of the caller gives `{right}` on {kind} `{id}`; ask a user with `admin` on it to grant the right"
        ),
        _ => format!("no group of the caller has a right on {kind} `{id}`"),
    }
}
