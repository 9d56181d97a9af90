//! Present is not yet permitted: what those who act on a node may do there, one by one.

use std::fmt;

use project_deployer_client::NodeErrorKind;
use project_deployer_core::Login;
use project_deployer_core::accounts::{Group, User};
use project_deployer_core::messages::Severity;
use serde::Serialize;

use super::facts::NodeFacts;
use super::finding::without_hint;
use super::needs::{Needs, listed};

/// Whether somebody who acts on a node may do there one thing that deployments ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PermissionCheck {
    /// Who.
    pub login: Login,
    /// The node, as messages call it.
    pub node: String,
    /// What for.
    pub action: Action,
    /// Whether.
    pub result: PermissionResult,
}

/// What deployments ask of whoever acts on a node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", content = "object", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Action {
    /// Be there, enabled (R-S9).
    LogIn,
    /// Be whom the admin key acts as (R-S7).
    BeImpersonated,
    /// Have a profile of the licence, and no trial that is over.
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

/// Whether something is permitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PermissionResult {
    /// It is, as far as the node tells.
    Yes,
    /// It is not.
    No {
        /// Error: a deployment fails. Warning: one may fail.
        severity: Severity,
        /// What stands in the way.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// The node does not tell.
    Unknown {
        /// What is not told.
        what: String,
        /// What to do.
        remedy: String,
    },
}

/// What everybody who acts on a node may do there, by login and action. Of somebody who is not let in, and
/// of a node that does not speak, there is nothing more to say.
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

/// Whether somebody is there and enabled. `role` is what for, in words.
pub(super) fn log_in(facts: &NodeFacts, login: &Login, role: &str) -> PermissionResult {
    let user = match &facts.users {
        Ok(_) => facts.user(login),
        Err(kind) => return PermissionResult::untold("its users are not told", kind),
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
    let told = facts.acting.get(login).map(|told| &told.auth);
    match told {
        Some(Ok(auth)) if auth.auth_identifier == login.as_str() => PermissionResult::Yes,
        Some(Ok(auth)) => PermissionResult::error(
            format!("asked as `{login}`, it takes us for `{}`", auth.auth_identifier),
            remedy,
        ),
        Some(Err(kind)) if is_refusal(kind) => PermissionResult::error(
            format!("the key may not act as `{login}`: {}", without_hint(kind)),
            remedy,
        ),
        Some(Err(kind)) => PermissionResult::untold(
            &format!("whether the key may act as `{login}` is not told"),
            kind,
        ),
        None => PermissionResult::Unknown {
            what: format!("whether the key may act as `{login}` was not asked"),
            remedy: "check again".to_owned(),
        },
    }
}

/// Whether the node said no, and not only nothing that can be made out.
fn is_refusal(kind: &NodeErrorKind) -> bool {
    matches!(
        kind,
        NodeErrorKind::Unauthorized(_)
            | NodeErrorKind::Forbidden(_)
            | NodeErrorKind::Refused { .. }
            | NodeErrorKind::NotFound(_)
    )
}

/// How many seats a profile has left is told by no call: only its name can be compared.
fn hold_profile(facts: &NodeFacts, user: &User) -> PermissionResult {
    let login = &user.login;
    let trial = user.extra.get("trialStatus").and_then(|trial| trial.get("expired"));
    if trial.and_then(serde_json::Value::as_bool) == Some(true) {
        return PermissionResult::warning(
            format!("the trial of `{login}` is over"),
            "give the user a profile of the licence there".to_owned(),
        );
    }
    let profiles = facts.rules.as_ref().map_err(Clone::clone);
    let profiles = profiles.and_then(|rules| rules.profiles.as_ref().map_err(Clone::clone));
    match (&user.user_profile, profiles) {
        (_, Err(kind)) => {
            PermissionResult::untold("the profiles of its licence are not told", &kind)
        }
        (None, Ok(_)) => PermissionResult::Unknown {
            what: format!("the profile of `{login}` is not told"),
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

/// By a right that groups give; administrators have all.
fn by_groups(
    facts: &NodeFacts,
    user: &User,
    action: &str,
    gives: impl Fn(&Group) -> bool,
    refusal: impl FnOnce() -> PermissionResult,
) -> PermissionResult {
    match &facts.groups {
        Err(kind) => PermissionResult::untold(
            &format!("whether `{}` may {action} is not told", user.login),
            kind,
        ),
        Ok(_) if facts.groups_of(user).any(|group| group.admin || gives(group)) => {
            PermissionResult::Yes
        }
        Ok(_) => refusal(),
    }
}

/// That a folder may be written in is told by no call; whoever does not see it cannot.
fn use_folder(facts: &NodeFacts, needs: &Needs, user: &User, folder: &str) -> PermissionResult {
    let login = &user.login;
    let seen = facts.acting.get(login).and_then(|told| told.folders.get(folder));
    match seen {
        Some(Ok(true)) => PermissionResult::Yes,
        Some(Ok(false)) => {
            let by = needs.folders.get(folder).map(listed).unwrap_or_default();
            PermissionResult::error(
                format!("there is no folder `{folder}` for `{login}`, which {by} needs"),
                "create it there or let the user see it, or choose another folder".to_owned(),
            )
        }
        Some(Err(kind)) => PermissionResult::untold(
            &format!("whether folder `{folder}` is there is not told"),
            kind,
        ),
        None => PermissionResult::Unknown {
            what: format!("whether folder `{folder}` is there was not asked"),
            remedy: "check again".to_owned(),
        },
    }
}

/// None where there is no such connection for anybody.
fn use_connection(
    facts: &NodeFacts,
    needs: &Needs,
    user: &User,
    name: &str,
) -> Option<PermissionResult> {
    let login = &user.login;
    let untold = format!("whether `{login}` may use connection `{name}` is not told");
    let resources = match &facts.resources {
        Ok(resources) => resources,
        Err(kind) => return Some(PermissionResult::untold(&untold, kind)),
    };
    let found = resources.connection(name)?;
    let Some(allowed) = &found.allowed_groups else {
        // A type is told with the rest of the definition; without it only the name was.
        return Some(match found.kind {
            Some(_) => PermissionResult::Yes,
            None => PermissionResult::Unknown {
                what: untold,
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
        return Some(PermissionResult::untold(&untold, kind));
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

    fn untold(what: &str, kind: &NodeErrorKind) -> Self {
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
            Self::BeImpersonated => f.write_str("be acted as"),
            Self::HoldProfile => f.write_str("hold a profile"),
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
