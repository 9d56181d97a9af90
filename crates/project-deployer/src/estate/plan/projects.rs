use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::GroupName;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::{ProjectGrant, ProjectRight};

use super::Draft;
use super::change::{EstateKind, PlannedField, Work};
use super::edit::{Edit, maybe, text};
use crate::estate::document::{ProjectEntry, ProjectWord};
use crate::estate::observed::SeenProject;

const KIND: EstateKind = EstateKind::Projects;

impl Draft<'_> {
    pub(super) fn plan_projects(&mut self) {
        for entry in self.estate.projects.iter().flatten() {
            match self.observed.projects.get(&entry.key) {
                None => self.plan_new_project(entry),
                Some(SeenProject { settings: Some(seen), .. }) => {
                    let edit = edited(&seen.value, entry);
                    if edit.fields.is_empty() {
                        continue;
                    }
                    let work = Work::SaveProject(Box::new(edit.document.into_owned()));
                    self.save(KIND, &entry.key, edit.fields, work, Some(&seen.version));
                }
                Some(SeenProject { settings: None, .. }) => {
                    let hint = "ask for the right to administer it, or remove it from the file";
                    self.block(KIND, &entry.key, "you may not read its settings", hint);
                }
            }
        }
    }

    fn plan_new_project(&mut self, entry: &ProjectEntry) {
        let mut fields = Vec::new();
        let mut new = |field: &str, to: Option<String>| {
            fields.push(PlannedField::new(field, None, to));
        };
        if let Some(name) = &entry.name {
            new("name", Some(name.clone()));
        }
        if let Some(owner) = &entry.owner {
            new("owner", Some(owner.to_string()));
        }
        for (group, words) in entry.rights.iter().flatten() {
            new(&format!("rights.{group}"), shown(&rights_of(words)));
        }
        let work = Work::CreateProject(Box::new(entry.clone()));
        self.save(KIND, &entry.key, fields, work, None);
    }
}

/// The settings of a project with what an entry mentions.
pub(in crate::estate) fn edited<'a>(
    settings: &'a PublishedProjectSettings,
    entry: &ProjectEntry,
) -> Edit<'a, PublishedProjectSettings> {
    let mut edit = Edit::of(settings);
    edit.set("name", entry.name.as_ref(), (|it| &it.name, |it| &mut it.name), text);
    let owner = entry.owner.clone().map(Some);
    edit.set("owner", owner.as_ref(), (|it| &it.owner, |it| &mut it.owner), maybe);
    if let Some(rights) = &entry.rights {
        edit_rights(&mut edit, rights);
    }
    edit
}

const ALL: [(ProjectRight, ProjectWord); 4] = [
    (ProjectRight::Read, ProjectWord::Read),
    (ProjectRight::Write, ProjectWord::Write),
    (ProjectRight::Deploy, ProjectWord::Deploy),
    (ProjectRight::Admin, ProjectWord::Admin),
];

/// The rights that words give, with those that they imply.
fn rights_of(words: &BTreeSet<ProjectWord>) -> BTreeSet<ProjectWord> {
    let gives = |right: ProjectRight| words.iter().any(|word| word.right().implies(right));
    ALL.into_iter().filter(|(right, _)| gives(*right)).map(|(_, word)| word).collect()
}

/// The rights of a grant, with those that they imply.
pub(in crate::estate) fn rights_in(grant: &ProjectGrant) -> BTreeSet<ProjectWord> {
    ALL.into_iter().filter(|(right, _)| grant.gives(*right)).map(|(_, word)| word).collect()
}

fn shown(words: &BTreeSet<ProjectWord>) -> Option<String> {
    let names: Vec<String> = words.iter().map(|word| word.right().to_string()).collect();
    Some(names.join(", ")).filter(|text| !text.is_empty())
}

fn edit_rights(
    edit: &mut Edit<'_, PublishedProjectSettings>,
    wanted: &BTreeMap<GroupName, BTreeSet<ProjectWord>>,
) {
    let wanted: BTreeMap<&GroupName, BTreeSet<ProjectWord>> =
        wanted.iter().map(|(group, words)| (group, rights_of(words))).collect();
    let now: BTreeMap<&GroupName, BTreeSet<ProjectWord>> = edit
        .document
        .permissions
        .iter()
        .map(|grant| (&grant.group, rights_in(grant)))
        .filter(|(_, words)| !words.is_empty())
        .collect();
    let mut fields = Vec::new();
    for (group, words) in wanted.iter().filter(|(group, words)| now.get(*group) != Some(*words)) {
        let from = now.get(group).and_then(shown);
        fields.push(PlannedField::new(format!("rights.{group}"), from, shown(words)));
    }
    for (group, words) in now.iter().filter(|(group, _)| !wanted.contains_key(*group)) {
        fields.push(PlannedField::new(format!("rights.{group}"), shown(words), None));
    }
    if fields.is_empty() {
        return;
    }
    let grant_of = |group: &GroupName, words: &BTreeSet<ProjectWord>| {
        let rights: Vec<ProjectRight> = words.iter().map(|word| word.right()).collect();
        ProjectGrant::new(group.clone(), &rights)
    };
    let mut left = wanted.clone();
    let mut grants = Vec::with_capacity(wanted.len());
    for grant in &edit.document.permissions {
        let Some(words) = left.remove(&grant.group) else { continue };
        let is_same = rights_in(grant) == words;
        let mut changed = grant_of(&grant.group, &words);
        changed.extra = grant.extra.clone();
        grants.push(if is_same { grant.clone() } else { changed });
    }
    grants.extend(left.iter().map(|(group, words)| grant_of(group, words)));
    edit.document.to_mut().permissions = grants;
    edit.fields.extend(fields);
}
