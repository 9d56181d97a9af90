use std::collections::BTreeMap;

use project_deployer_core::infra::{Hooks, InfraSettings};
use project_deployer_core::rights::InfraGrant;
use project_deployer_core::{GroupName, Login, Problems};

use super::Draft;
use super::change::{EstateKind, PlannedField, Work};
use super::edit::{Edit, maybe, text, word};
use super::{hooks, nodes, remapping};
use crate::estate::document::{GroupRight, InfraEntry, OrNone};
use crate::estate::observed::{Seen, SeenInfra};
use crate::fleets::{ManagedInfra, refused_change};
use crate::hooks::mistakes_beside;

const KIND: EstateKind = EstateKind::Infrastructures;

impl Draft<'_> {
    pub(super) fn plan_infras(&mut self) {
        for entry in self.estate.infrastructures.iter().flatten() {
            match self.observed.infras.get(&entry.id) {
                None => match &entry.fleet {
                    None => self.plan_new_infra(entry),
                    Some(fleet) => self.await_fleet(entry, fleet),
                },
                Some(SeenInfra { settings: Some(seen), has_keys, managed, unread_fleet }) => {
                    let planned = self.steps.len();
                    self.plan_infra_change(entry, seen, *has_keys, managed.as_ref());
                    match unread_fleet {
                        None => self.is_of_fleet(entry, managed.as_ref()),
                        Some(reason) => {
                            self.report_unread(&entry.id, reason, self.steps.len() > planned);
                        }
                    }
                }
                Some(SeenInfra { settings: None, .. }) => {
                    let hint = "ask for the right to administer it, or remove it from the file";
                    self.block(KIND, &entry.id, "you may not read its settings", hint);
                }
            }
        }
    }

    fn plan_new_infra(&mut self, entry: &InfraEntry) {
        let Some(stage) = &entry.stage else {
            let hint = "write its `stage`";
            return self.block(KIND, &entry.id, "it is new and has no stage", hint);
        };
        let base = InfraSettings::new(entry.id.clone(), stage.clone());
        let mut edit = Edit::of(&base);
        edit.differs("stage".to_owned(), None, Some(stage.to_string()));
        self.edit_infra(&mut edit, entry, true);
        self.add_infra(edit, None, &Hooks::default());
    }

    fn plan_infra_change(
        &mut self,
        entry: &InfraEntry,
        seen: &Seen<InfraSettings>,
        has_keys: bool,
        managed: Option<&ManagedInfra>,
    ) {
        let mut edit = Edit::of(&seen.value);
        self.edit_infra(&mut edit, entry, has_keys);
        if !edit.fields.is_empty() {
            let refused = managed.and_then(|marker| {
                let field = refused_change(marker, &seen.value, &edit.document)?;
                Some(format!("{field} is managed by fleet `{}`", marker.fleet))
            });
            if let Some(what) = refused {
                let hint = "leave it out of the file, change it in the fleet, or release the infrastructure";
                self.block(KIND, &entry.id, what, hint);
            }
            // What was not read of them is not missing.
            let unread = if has_keys { Hooks::default() } else { seen.value.hooks.clone() };
            self.add_infra(edit, Some(seen), &unread);
        }
    }

    fn add_infra(
        &mut self,
        edit: Edit<'_, InfraSettings>,
        seen: Option<&Seen<InfraSettings>>,
        unread: &Hooks,
    ) {
        let Edit { document, fields } = edit;
        let settings = document.into_owned();
        if let Err(problems) = settings.validate(&self.stages) {
            self.block_problems(&settings, &problems);
        }
        for what in mistakes_beside(&settings, unread) {
            self.block(KIND, &settings.id, what, "correct the hook, or remove it");
        }
        let work = match seen {
            None => Work::CreateInfra(Box::new(settings.clone())),
            Some(_) => Work::SaveInfra(Box::new(settings.clone())),
        };
        self.save(KIND, &settings.id, fields, work, seen.map(|seen| &seen.version));
        self.infras_after.insert(settings.id.clone(), settings);
    }

    fn block_problems(&mut self, settings: &InfraSettings, problems: &Problems) {
        for problem in problems {
            let what = format!("`{}`: {}", problem.path, problem.what);
            self.block(KIND, &settings.id, what, problem.hint.clone());
        }
    }

    fn edit_infra(
        &mut self,
        edit: &mut Edit<'_, InfraSettings>,
        entry: &InfraEntry,
        has_keys: bool,
    ) {
        edit.set("stage", entry.stage.as_ref(), (|it| &it.stage, |it| &mut it.stage), text);
        edit.set(
            "governCheckPolicy",
            entry.govern_check_policy.as_ref(),
            (|it| &it.govern_check_policy, |it| &mut it.govern_check_policy),
            word,
        );
        edit.set(
            "permissionsPropagationPolicy",
            entry.permissions_propagation_policy.as_ref(),
            (|it| &it.permissions_propagation, |it| &mut it.permissions_propagation),
            word,
        );
        edit_users(edit, entry);
        edit.set(
            "mergeAuthorizedObjects",
            entry.merge_authorized_objects.as_ref(),
            (|it| &it.merge_authorized_objects, |it| &mut it.merge_authorized_objects),
            text,
        );
        if let Some(rights) = &entry.rights {
            edit_rights(edit, rights);
        }
        let place = (
            (|it: &InfraSettings| &it.remapping) as fn(&InfraSettings) -> &_,
            (|it: &mut InfraSettings| &mut it.remapping) as fn(&mut InfraSettings) -> &mut _,
        );
        remapping::edit(edit, entry.remapping.as_ref(), place);
        if let Some(hooks) = &entry.hooks {
            hooks::edit(edit, hooks, self.secrets, has_keys);
        }
        for note in nodes::edit(edit, entry, self.secrets, has_keys) {
            self.notes.push(note);
        }
    }
}

fn edit_users(edit: &mut Edit<'_, InfraSettings>, entry: &InfraEntry) {
    let user = |user: &Option<OrNone<Login>>| user.as_ref().map(|user| user.value().cloned());
    edit.set(
        "deployAsUser",
        user(&entry.deploy_as_user).as_ref(),
        (|it| &it.deploy_as_user, |it| &mut it.deploy_as_user),
        maybe,
    );
    edit.set(
        "scenariosRunAsUser",
        user(&entry.scenarios_run_as_user).as_ref(),
        (|it| &it.scenarios_run_as_user, |it| &mut it.scenarios_run_as_user),
        maybe,
    );
    edit.set(
        "webappsRunAsUser",
        user(&entry.webapps_run_as_user).as_ref(),
        (|it| &it.webapps_run_as_user, |it| &mut it.webapps_run_as_user),
        maybe,
    );
}

fn edit_rights(edit: &mut Edit<'_, InfraSettings>, wanted: &BTreeMap<GroupName, GroupRight>) {
    let right = |grant: &InfraGrant| grant.right().map(GroupRight::of);
    let now: BTreeMap<&GroupName, GroupRight> = edit
        .document
        .permissions
        .iter()
        .filter_map(|grant| Some((&grant.group, right(grant)?)))
        .collect();
    let shown = |right: &GroupRight| word(right);
    let mut fields = Vec::new();
    for (group, right) in wanted {
        let before = now.get(group);
        if before != Some(right) {
            let field = format!("rights.{group}");
            fields.push(PlannedField::new(field, before.and_then(shown), shown(right)));
        }
    }
    for (group, right) in now.iter().filter(|(group, _)| !wanted.contains_key(**group)) {
        fields.push(PlannedField::new(format!("rights.{group}"), shown(right), None));
    }
    if fields.is_empty() {
        return;
    }
    let mut left = wanted.clone();
    let mut grants = Vec::with_capacity(wanted.len());
    for grant in &edit.document.permissions {
        match left.remove(&grant.group) {
            Some(wanted) if right(grant) == Some(wanted) => grants.push(grant.clone()),
            Some(wanted) => {
                let mut changed = InfraGrant::new(grant.group.clone(), wanted.right());
                changed.extra = grant.extra.clone();
                grants.push(changed);
            }
            None => {}
        }
    }
    grants.extend(left.into_iter().map(|(group, wanted)| InfraGrant::new(group, wanted.right())));
    edit.document.to_mut().permissions = grants;
    edit.fields.extend(fields);
}
