//! The rules of an estate over several fields.

use std::collections::BTreeMap;
use std::fmt;

use project_deployer_core::ProblemCode;

use super::document::{
    DeploymentEntry, Estate, FleetEntry, GroupEntry, InfraEntry, ProjectEntry, StageEntry,
    UserEntry, WindowEntry,
};
use super::plan::hook_without_secret;
use super::problem::EstateProblem;
use crate::hooks::mistakes_of_each;

/// The entries of each section, with their positions in it.
pub(super) struct Entries<G, U, S, F, I, W, P, D> {
    pub(super) groups: Option<Vec<(usize, G)>>,
    pub(super) users: Option<Vec<(usize, U)>>,
    pub(super) stages: Option<Vec<(usize, S)>>,
    pub(super) fleets: Option<Vec<(usize, F)>>,
    pub(super) infras: Option<Vec<(usize, I)>>,
    pub(super) windows: Option<Vec<(usize, W)>>,
    pub(super) projects: Option<Vec<(usize, P)>>,
    pub(super) deployments: Option<Vec<(usize, D)>>,
}

impl<'a>
    Entries<
        &'a GroupEntry,
        &'a UserEntry,
        &'a StageEntry,
        &'a FleetEntry,
        &'a InfraEntry,
        &'a WindowEntry,
        &'a ProjectEntry,
        &'a DeploymentEntry,
    >
{
    pub(super) fn of(estate: &'a Estate) -> Self {
        fn numbered<T>(entries: Option<&Vec<T>>) -> Option<Vec<(usize, &T)>> {
            entries.map(|entries| entries.iter().enumerate().collect())
        }
        Self {
            groups: numbered(estate.groups.as_ref()),
            users: numbered(estate.users.as_ref()),
            fleets: numbered(estate.fleets.as_ref()),
            stages: numbered(estate.stages.as_ref()),
            infras: numbered(estate.infrastructures.as_ref()),
            windows: numbered(estate.windows.as_ref()),
            projects: numbered(estate.projects.as_ref()),
            deployments: numbered(estate.deployments.as_ref()),
        }
    }
}

/// Every rule that is broken.
pub(super) fn mistakes<G, U, S, F, I, W, P, D>(
    entries: &Entries<G, U, S, F, I, W, P, D>,
) -> Vec<EstateProblem>
where
    G: std::borrow::Borrow<GroupEntry>,
    U: std::borrow::Borrow<UserEntry>,
    F: std::borrow::Borrow<FleetEntry>,
    S: std::borrow::Borrow<StageEntry>,
    I: std::borrow::Borrow<InfraEntry>,
    W: std::borrow::Borrow<WindowEntry>,
    P: std::borrow::Borrow<ProjectEntry>,
    D: std::borrow::Borrow<DeploymentEntry>,
{
    let mut problems = Vec::new();
    let groups = listed(entries.groups.as_ref());
    unique(groups.map(|(at, it)| (at, &it.borrow().name)), "groups", "name", &mut problems);
    let users = listed(entries.users.as_ref());
    unique(users.map(|(at, it)| (at, &it.borrow().login)), "users", "login", &mut problems);
    let fleets = listed(entries.fleets.as_ref());
    unique(fleets.map(|(at, it)| (at, &it.borrow().id)), "fleets", "id", &mut problems);
    // Names that differ only in case would be confused on a board.
    let stages = listed(entries.stages.as_ref());
    let stages = stages.map(|(index, stage)| (index, stage.borrow().id.as_str().to_lowercase()));
    unique(stages, "stages", "id", &mut problems);
    let infras = listed(entries.infras.as_ref());
    unique(infras.map(|(at, it)| (at, &it.borrow().id)), "infrastructures", "id", &mut problems);
    let windows = listed(entries.windows.as_ref());
    unique(windows.map(|(at, it)| (at, place_of(it.borrow()))), "windows", "name", &mut problems);
    let projects = listed(entries.projects.as_ref());
    unique(projects.map(|(at, it)| (at, &it.borrow().key)), "projects", "key", &mut problems);
    let deployments = listed(entries.deployments.as_ref());
    unique(deployments.map(|(at, it)| (at, &it.borrow().id)), "deployments", "id", &mut problems);
    if entries.stages.as_ref().is_some_and(Vec::is_empty) {
        let hint = "list at least one, or remove the section";
        problems.push(EstateProblem::new("stages", ProblemCode::Count, "there is no stage", hint));
    }
    for (index, infra) in listed(entries.infras.as_ref()) {
        let path = format!("infrastructures[{index}]");
        of_a_fleet(infra.borrow(), &path, &mut problems);
        nodes(infra.borrow(), &path, &mut problems);
        hooks(infra.borrow(), &path, &mut problems);
    }
    for (index, deployment) in listed(entries.deployments.as_ref()) {
        variables(deployment.borrow(), &format!("deployments[{index}]"), &mut problems);
    }
    problems
}

/// The name of a window is its own within its scope.
fn place_of(window: &WindowEntry) -> String {
    format!("{} of {}", window.name, window.scope)
}

fn listed<T>(entries: Option<&Vec<(usize, T)>>) -> impl Iterator<Item = (usize, &T)> {
    entries.into_iter().flatten().map(|(index, entry)| (*index, entry))
}

/// An object with two entries: what is wanted would depend on the order.
fn unique<K: Ord + fmt::Display>(
    entries: impl Iterator<Item = (usize, K)>,
    section: &str,
    field: &str,
    problems: &mut Vec<EstateProblem>,
) {
    let mut first = BTreeMap::new();
    for (index, key) in entries {
        let path = format!("{section}[{index}].{field}");
        if let Some(known) = first.get(&key) {
            let what = format!("`{key}` is also `{section}[{known}]`");
            let hint = "keep one entry";
            problems.push(EstateProblem::new(path, ProblemCode::Duplicate, what, hint));
        } else {
            first.insert(key, index);
        }
    }
}

/// What decides whether the node comes from a fleet is the fleet itself.
fn of_a_fleet(infra: &InfraEntry, path: &str, problems: &mut Vec<EstateProblem>) {
    if infra.fleet.is_some() && infra.from_fleet == Some(false) {
        let path = format!("{path}.fromFleet");
        let what = "a fleet manages it, so its node comes from a fleet";
        problems.push(EstateProblem::new(
            path,
            ProblemCode::Conflict,
            what,
            "remove one of the two",
        ));
    }
}

fn nodes(infra: &InfraEntry, path: &str, problems: &mut Vec<EstateProblem>) {
    let Some(nodes) = &infra.nodes else { return };
    let mut note = |path: String, code: ProblemCode, what: &str, hint: &str| {
        problems.push(EstateProblem::new(path, code, what, hint));
    };
    let is_multi = nodes.len() > 1;
    let from_fleet = infra.from_fleet == Some(true);
    if is_multi && from_fleet {
        let what = "a multi-node infrastructure does not take its nodes from a fleet";
        note(format!("{path}.fromFleet"), ProblemCode::Conflict, what, "write false, or one node");
    }
    let (mut ids, mut urls) = (BTreeMap::new(), BTreeMap::new());
    for (index, node) in nodes.iter().enumerate() {
        let path = |field: &str| format!("{path}.nodes[{index}].{field}");
        match &node.id {
            None if is_multi || from_fleet => {
                note(path("id"), ProblemCode::Missing, "the node has no id", "write its id");
            }
            Some(id) if ids.insert(id, index).is_some() => {
                note(
                    path("id"),
                    ProblemCode::Duplicate,
                    "this node stands twice",
                    "keep one entry",
                );
            }
            None | Some(_) => {}
        }
        if let Some(url) = &node.url
            && urls.insert(url, index).is_some()
        {
            let what = "this is also the address of another node";
            note(path("url"), ProblemCode::Duplicate, what, "write the address of this node");
        }
    }
}

/// Hooks of our kinds. Whether an HTTP hook has a secret is known with what is there: one that is left out stays.
fn hooks(infra: &InfraEntry, path: &str, problems: &mut Vec<EstateProblem>) {
    let Some(entry) = &infra.hooks else { return };
    for (list, hooks) in
        [("pre", &entry.pre), ("post", &entry.post), ("onFailure", &entry.on_failure)]
    {
        let read = |(index, hook)| Some((index, hook_without_secret(hook)?));
        let read: Vec<_> = hooks.iter().enumerate().filter_map(read).collect();
        for (index, text) in mistakes_of_each(&read) {
            let (what, hint) =
                text.split_once("; ").unwrap_or((text.as_str(), "docs/hooks.md has the fields"));
            let path = format!("{path}.hooks.{list}[{index}]");
            problems.push(EstateProblem::new(path, ProblemCode::Invalid, what, hint));
        }
    }
}

/// A variable with a value and a secret: which one counts would be a guess.
fn variables(deployment: &DeploymentEntry, path: &str, problems: &mut Vec<EstateProblem>) {
    let (Some(plain), Some(secret)) = (&deployment.local_variables, &deployment.secret_variables)
    else {
        return;
    };
    for name in plain.keys().filter(|name| secret.contains_key(*name)) {
        problems.push(EstateProblem::new(
            format!("{path}.secretVariables.{name}"),
            ProblemCode::Conflict,
            format!("`{name}` is also in `localVariables`"),
            "keep one of the two",
        ));
    }
}
