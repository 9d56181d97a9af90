//! Groups and users that a file names elsewhere: in rights, as owners, as users that deploy. A name that nobody has is no
//! mistake, since the account may come later; the plan says so.

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::infra::InfraSettings;
use project_deployer_core::messages::Severity;
use project_deployer_core::{FleetId, GroupName, InfraId};

use super::change::{EstateKind, OwnWork, PlannedAction, PlannedChange, Step, Work};
use super::projects::rights_in;
use super::{Draft, PlanNote};
use crate::fleets::FleetSettings;

/// How many names a note lists.
const MOST: usize = 10;

impl Draft<'_> {
    /// Names that change and that nothing here has, and rights that outlive their group: one note for each object.
    pub(super) fn heed_names(&mut self) {
        let mut notes = Vec::new();
        let (groups, users) = self.names_after();
        for step in &self.steps {
            let change = &step.change;
            let may_name = matches!(
                change.kind,
                EstateKind::Infrastructures | EstateKind::Projects | EstateKind::Fleets
            );
            if may_name && change.action != PlannedAction::Delete {
                notes.extend(unknown_groups(step, &groups));
                notes.extend(unknown_users(change, &users));
            }
        }
        if let Some(accounts) = self.observed.accounts.seen() {
            let pruned = self.pruned_groups(accounts).into_iter();
            notes.extend(pruned.filter_map(|group| self.rights_left(group)));
        }
        self.notes.extend(notes);
    }

    /// The names of groups and of users as they will be; none where they are unknown, or elsewhere than in this Deployer.
    fn names_after(&self) -> (BTreeSet<&str>, BTreeSet<&str>) {
        let names = self.observed.names.as_ref();
        match &self.accounts_after {
            Some(after) => (
                after.groups.keys().map(|name| name.as_str()).collect(),
                after.users.keys().map(|login| login.as_str()).collect(),
            ),
            None => (
                names.iter().flat_map(|it| &it.groups).map(|name| name.as_str()).collect(),
                names.iter().flat_map(|it| &it.users).map(|login| login.as_str()).collect(),
            ),
        }
    }

    /// The fleets as they will be, as far as they are known.
    fn fleets_after(&self) -> BTreeMap<&FleetId, &FleetSettings> {
        let seen = self.observed.fleets.seen().into_iter().flatten();
        let mut after: BTreeMap<_, _> = seen.map(|(id, seen)| (id, &seen.settings.value)).collect();
        for step in &self.steps {
            match &step.work {
                Work::Own(OwnWork::CreateFleet(fleet) | OwnWork::SaveFleet(fleet)) => {
                    after.insert(&fleet.id, fleet);
                }
                Work::Own(OwnWork::DeleteFleet(id)) => {
                    after.remove(id);
                }
                _ => {}
            }
        }
        after
    }

    /// The objects that grant rights to a group which is deleted.
    fn rights_left(&self, group: &GroupName) -> Option<PlanNote> {
        let mut objects = Vec::new();
        let known = self.observed.infras.keys().filter(|id| !self.removes_infra(id));
        let new = self.infras_after.keys().filter(|id| !self.observed.infras.contains_key(*id));
        for id in known.chain(new) {
            let grants = |infra: &InfraSettings| {
                infra.permissions.iter().any(|it| it.group == *group && it.right().is_some())
            };
            if self.infra_after(id).is_some_and(grants) {
                objects.push(format!("infrastructure `{id}`"));
            }
        }
        let fleets = self.fleets_after();
        let granting = fleets.iter().filter(|(_, fleet)| granted_on_new(fleet).contains(group));
        objects.extend(granting.map(|(id, _)| format!("new infrastructures of fleet `{id}`")));
        let entries = || self.estate.projects.iter().flatten();
        for entry in entries() {
            let words = entry.rights.as_ref().and_then(|rights| rights.get(group));
            if words.is_some_and(|words| !words.is_empty()) {
                objects.push(format!("project `{}`", entry.key));
            }
        }
        let prunes = self.prunes_section(EstateKind::Projects);
        for (key, seen) in &self.observed.projects {
            let entry = entries().find(|entry| entry.key == *key);
            let is_settled = entry.map_or(prunes, |entry| entry.rights.is_some());
            let grants = seen.settings.iter().flat_map(|it| &it.value.permissions);
            let mut of_group = grants.filter(|it| it.group == *group);
            if !is_settled && of_group.any(|it| !rights_in(it).is_empty()) {
                objects.push(format!("project `{key}`"));
            }
        }
        let what = format!("it is to be deleted, and has rights on {}", listed(&objects)?);
        let hint = "remove these rights too: a new group of this name would have them";
        Some(PlanNote::new(Severity::Warning, EstateKind::Groups, group, what, hint))
    }
}

/// Groups of rights that give no right to anybody. Without groups here, those of the host count, which are unknown.
fn unknown_groups(step: &Step, known: &BTreeSet<&str>) -> Option<PlanNote> {
    let change = &step.change;
    let groups = granted_by(step);
    let unknown = groups.iter().filter(|name| !known.contains(name.as_str()));
    let unknown: Vec<_> = unknown.map(|name| quoted(name)).collect();
    let what = match (known.is_empty(), unknown.len()) {
        (true, _) => return None,
        (false, 1) => {
            format!("there is no group {}, so its right counts for nobody", listed(&unknown)?)
        }
        (false, _) => {
            format!("there are no groups {}, so their rights count for nobody", listed(&unknown)?)
        }
    };
    let hint = "list the group, or correct its name";
    Some(PlanNote::new(Severity::Warning, change.kind, &change.id, what, hint))
}

/// The groups that a change gives rights: those of a fleet are in what its new infrastructures begin with.
fn granted_by(step: &Step) -> Vec<String> {
    let given = step.change.fields.iter().filter(|field| field.to.is_some());
    let mut given = given.map(|field| field.field.as_str());
    match &step.work {
        Work::Own(OwnWork::CreateFleet(fleet) | OwnWork::SaveFleet(fleet)) => {
            match given.any(|field| field == "newInfras.permissions") {
                true => granted_on_new(fleet).iter().map(ToString::to_string).collect(),
                false => Vec::new(),
            }
        }
        _ => given.filter_map(|field| field.strip_prefix("rights.")).map(str::to_owned).collect(),
    }
}

/// The groups that have rights on new infrastructures of a fleet.
fn granted_on_new(fleet: &FleetSettings) -> BTreeSet<GroupName> {
    let Ok(new) = fleet.new_infra(InfraId::parse("x").ok()) else { return BTreeSet::new() };
    let granting = new.permissions.into_iter().filter(|it| it.right().is_some());
    granting.map(|it| it.group).collect()
}

/// An owner or a user that deploys who is no user here.
fn unknown_users(change: &PlannedChange, known: &BTreeSet<&str>) -> Option<PlanNote> {
    let is_user =
        |field: &str| matches!(field, "owner" | "deployAsUser" | "newInfras.deployAsUser");
    let named = change.fields.iter().filter(|it| is_user(&it.field));
    let mut named = named.filter_map(|field| Some((field.field.as_str(), field.to.as_deref()?)));
    let (field, login) = named.find(|(_, login)| !known.contains(login))?;
    if known.is_empty() {
        return None;
    }
    let (severity, hint) = match field {
        "owner" => (Severity::Warning, "list the user, or correct the login"),
        // It acts on the nodes, which may know it all the same.
        _ => (
            Severity::Info,
            "look with `deployer check` whether the nodes have it, or correct the login",
        ),
    };
    let what = format!("`{field}`: there is no user `{login}` here");
    Some(PlanNote::new(severity, change.kind, &change.id, what, hint))
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

/// Names with commas, of many the first ones; none if there is none.
fn listed(names: &[String]) -> Option<String> {
    let shown = names.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(MOST) {
        _ if names.is_empty() => None,
        None | Some(0) => Some(shown),
        Some(more) => Some(format!("{shown} and {more} more")),
    }
}
