//! Permission checks: a login that exists on a node may still lack permissions. Each action of each
//! acting login is checked.

use std::fmt;

use project_deployer_client::NodeErrorKind;
use project_deployer_core::Login;
use project_deployer_core::accounts::{Group, User};
use project_deployer_core::messages::Severity;
use serde::Serialize;

use super::facts::NodeFacts;
use super::finding::without_hint;
use super::needs::{Needs, listed};

/// Whether an acting login may perform one action on a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PermissionCheck {
    /// The login.
    pub login: Login,
    /// The label of the node.
    pub node: String,
    /// The action.
    pub action: Action,
    /// The result.
    pub result: PermissionResult,
}

/// An action that deployments require of an acting login.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", content = "object", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Action {
    /// Log in: the user exists and is enabled (R-S9).
    LogIn,
    /// Be impersonated by the admin key (R-S7).
    BeImpersonated,
    /// Have a profile of the licence, and no expired trial.
    HoldProfile,
    /// Create projects.
    CreateProjects,
    /// Write in the root folder, where deployments that name no folder put their projects.
    UseRootFolder,
    /// See a folder.
    UseFolder(String),
    /// Use a connection, by its name on the node.
    UseConnection(String),
}

/// The result of a permission check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PermissionResult {
    /// Permitted, as far as the node reports.
    Yes,
    /// Not permitted.
    No {
        /// Error: a deployment fails. Warning: one may fail.
        severity: Severity,
        /// The reason.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// The node does not report it.
    Unknown {
        /// What is unknown.
        what: String,
        /// What to do.
        remedy: String,
    },
}

/// Checks the permissions of every acting login on a node, by login and action. For a login that
/// cannot log in, and for a node that does not answer, only [`Action::LogIn`] is checked.
#[must_use]
pub fn permission_checks(facts: &NodeFacts, needs: &Needs) -> Vec<PermissionCheck> {
    let of = |login: &Login| -> Vec<PermissionCheck> {
        let permission_check = |(action, result)| PermissionCheck {
            login: login.clone(),
            node: facts.entry.label(),
            action,
            result,
        };
        let log_in = log_in(facts, login, "deploys");
        let known = facts.user(login).filter(|_| log_in == PermissionResult::Yes);
        let rest = known.map(|user| rest(facts, needs, user)).unwrap_or_default();
        std::iter::once((Action::LogIn, log_in)).chain(rest).map(permission_check).collect()
    };
    needs.acting.iter().flat_map(of).collect()
}

fn rest(facts: &NodeFacts, needs: &Needs, user: &User) -> Vec<(Action, PermissionResult)> {
    let mut rest = vec![
        (Action::BeImpersonated, be_acted_as(facts, &user.login)),
        (Action::HoldProfile, hold_profile(facts, user)),
        (Action::CreateProjects, create_projects(facts, user)),
    ];
    if !needs.root_folder.is_empty() {
        rest.push((Action::UseRootFolder, use_root_folder(facts, needs, user)));
    }
    for folder in needs.folders.keys() {
        rest.push((Action::UseFolder(folder.clone()), use_folder(facts, needs, user, folder)));
    }
    for name in needs.connections.keys() {
        let result = use_connection(facts, needs, user, name);
        rest.extend(result.map(|result| (Action::UseConnection(name.clone()), result)));
    }
    rest
}

/// Whether a user exists and is enabled. `role` is the role of the login, in words.
pub(super) fn log_in(facts: &NodeFacts, login: &Login, role: &str) -> PermissionResult {
    let user = match &facts.users {
        Ok(_) => facts.user(login),
        Err(kind) => return PermissionResult::unknown("its users are unknown", kind),
    };
    let Some(user) = user else {
        let address = facts.entry.address_for_people();
        let address = address.map_or_else(|| facts.entry.label(), ToString::to_string);
        return PermissionResult::error(
            format!("there is no user `{login}`, who {role}"),
            format!(
                "if a directory supplies the user, log in once at {address}, else create the user there"
            ),
        );
    };
    match user.enabled {
        true => PermissionResult::Yes,
        false => PermissionResult::error(
            format!("user `{login}` is disabled"),
            "enable the user there".to_owned(),
        ),
    }
}

fn be_acted_as(facts: &NodeFacts, login: &Login) -> PermissionResult {
    let remedy = "use an admin global API key, which may act as any user".to_owned();
    let fetched = facts.acting.get(login).map(|facts| &facts.auth);
    match fetched {
        Some(Ok(auth)) if auth.auth_identifier == login.as_str() => PermissionResult::Yes,
        Some(Ok(auth)) => PermissionResult::error(
            format!("a call as `{login}` ran as `{}`", auth.auth_identifier),
            remedy,
        ),
        Some(Err(kind)) if is_refusal(kind) => PermissionResult::error(
            format!("the key may not act as `{login}`: {}", without_hint(kind)),
            remedy,
        ),
        Some(Err(kind)) => PermissionResult::unknown(
            &format!("whether the key may act as `{login}` is unknown"),
            kind,
        ),
        None => PermissionResult::Unknown {
            what: format!("whether the key may act as `{login}` was not checked"),
            remedy: "check again".to_owned(),
        },
    }
}

/// Whether the node refused, rather than failed to give a clear answer.
fn is_refusal(kind: &NodeErrorKind) -> bool {
    matches!(
        kind,
        NodeErrorKind::Unauthorized(_)
            | NodeErrorKind::Forbidden(_)
            | NodeErrorKind::Refused { .. }
            | NodeErrorKind::NotFound(_)
    )
}

/// No call returns how many seats of a profile are free: only its name can be compared.
fn hold_profile(facts: &NodeFacts, user: &User) -> PermissionResult {
    let login = &user.login;
    let trial = user.extra.get("trialStatus").and_then(|trial| trial.get("expired"));
    if trial.and_then(serde_json::Value::as_bool) == Some(true) {
        return PermissionResult::warning(
            format!("the trial of `{login}` has expired"),
            "give the user a profile of the licence there".to_owned(),
        );
    }
    let profiles = facts.rules.as_ref().map_err(Clone::clone);
    let profiles = profiles.and_then(|rules| rules.profiles.as_ref().map_err(Clone::clone));
    match (&user.user_profile, profiles) {
        (_, Err(kind)) => {
            PermissionResult::unknown("the profiles of its licence are unknown", &kind)
        }
        (None, Ok(_)) => PermissionResult::Unknown {
            what: format!("the profile of `{login}` is unknown"),
            remedy: "look at the user there".to_owned(),
        },
        (Some(profile), Ok(profiles)) if profiles.contains(profile) => PermissionResult::Yes,
        (Some(profile), Ok(profiles)) => PermissionResult::warning(
            format!("`{login}` has the profile `{profile}`, which the licence does not have"),
            format!("give the user one of {}", listed(profiles)),
        ),
    }
}

fn create_projects(facts: &NodeFacts, user: &User) -> PermissionResult {
    let login = &user.login;
    by_groups(
        facts,
        user,
        "create projects",
        |group| group.may_create_projects,
        || {
            PermissionResult::warning(
            format!("`{login}` may not create projects"),
            "grant one of the user's groups there the right to create projects, or set a deploy-as user"
                .to_owned(),
        )
        },
    )
}

fn use_root_folder(facts: &NodeFacts, needs: &Needs, user: &User) -> PermissionResult {
    let (login, by) = (&user.login, listed(&needs.root_folder));
    let may =
        |group: &project_deployer_core::accounts::Group| group.may_write_in_root_project_folder;
    by_groups(facts, user, "write in the root folder", may, || {
        PermissionResult::warning(
            format!("`{login}` may not write in the root folder, which {by} needs"),
            "grant one of the user's groups there that right, or choose a folder in the deployment"
                .to_owned(),
        )
    })
}

/// Checks a right that groups give; administrators have all rights.
fn by_groups(
    facts: &NodeFacts,
    user: &User,
    action: &str,
    gives: impl Fn(&Group) -> bool,
    refusal: impl FnOnce() -> PermissionResult,
) -> PermissionResult {
    match &facts.groups {
        Err(kind) => PermissionResult::unknown(
            &format!("whether `{}` may {action} is unknown", user.login),
            kind,
        ),
        Ok(_) if facts.groups_of(user).any(|group| group.admin || gives(group)) => {
            PermissionResult::Yes
        }
        Ok(_) => refusal(),
    }
}

/// No call returns whether a folder is writable. A user who does not see it cannot write to it.
fn use_folder(facts: &NodeFacts, needs: &Needs, user: &User, folder: &str) -> PermissionResult {
    let login = &user.login;
    let seen = facts.acting.get(login).and_then(|facts| facts.folders.get(folder));
    match seen {
        Some(Ok(true)) => PermissionResult::Yes,
        Some(Ok(false)) => {
            let by = needs.folders.get(folder).map(listed).unwrap_or_default();
            PermissionResult::error(
                format!("there is no folder `{folder}` for `{login}`, which {by} needs"),
                "create it there or let the user see it, or choose another folder".to_owned(),
            )
        }
        Some(Err(kind)) => {
            PermissionResult::unknown(&format!("whether folder `{folder}` exists is unknown"), kind)
        }
        None => PermissionResult::Unknown {
            what: format!("whether folder `{folder}` exists was not checked"),
            remedy: "check again".to_owned(),
        },
    }
}

/// `None` where the connection does not exist.
fn use_connection(
    facts: &NodeFacts,
    needs: &Needs,
    user: &User,
    name: &str,
) -> Option<PermissionResult> {
    let login = &user.login;
    let unknown = format!("whether `{login}` may use connection `{name}` is unknown");
    let resources = match &facts.resources {
        Ok(resources) => resources,
        Err(kind) => return Some(PermissionResult::unknown(&unknown, kind)),
    };
    let found = resources.connection(name)?;
    let Some(allowed) = &found.allowed_groups else {
        // A connection without a type was reported by its name only, without its groups.
        return Some(match found.kind {
            Some(_) => PermissionResult::Yes,
            None => PermissionResult::Unknown {
                what: unknown,
                remedy: "look at the connection there".to_owned(),
            },
        });
    };
    let is_member =
        user.groups.iter().any(|group| allowed.iter().any(|name| name == group.as_str()));
    if is_member || facts.groups_of(user).any(|group| group.admin) {
        return Some(PermissionResult::Yes);
    }
    if let Err(kind) = &facts.groups {
        return Some(PermissionResult::unknown(&unknown, kind));
    }
    let by = needs.connections.get(name).map(|needed| listed(&needed.by)).unwrap_or_default();
    Some(PermissionResult::warning(
        format!("`{login}` may not use connection `{name}`, which {by} needs"),
        format!("add the user there to one of {}", allowed.join(", ")),
    ))
}

impl PermissionResult {
    fn error(what: String, remedy: String) -> Self {
        Self::No { severity: Severity::Error, what, remedy }
    }

    fn warning(what: String, remedy: String) -> Self {
        Self::No { severity: Severity::Warning, what, remedy }
    }

    fn unknown(what: &str, kind: &NodeErrorKind) -> Self {
        Self::Unknown {
            what: format!("{what}: {}", without_hint(kind)),
            remedy: kind.hint().to_owned(),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LogIn => f.write_str("log in"),
            Self::BeImpersonated => f.write_str("be impersonated"),
            Self::HoldProfile => f.write_str("have a profile"),
            Self::CreateProjects => f.write_str("create projects"),
            Self::UseRootFolder => f.write_str("write in the root folder"),
            Self::UseFolder(folder) => write!(f, "use folder `{folder}`"),
            Self::UseConnection(name) => write!(f, "use connection `{name}`"),
        }
    }
}

impl fmt::Display for PermissionResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yes => f.write_str("yes"),
            Self::No { what, remedy, .. } => write!(f, "no: {what}; {remedy}"),
            Self::Unknown { what, remedy } => write!(f, "unknown: {what}; {remedy}"),
        }
    }
}

impl fmt::Display for PermissionCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` on {}: {}: {}", self.login, self.node, self.action, self.result)
    }
}
