use std::collections::BTreeMap;

use project_deployer_core::UnknownFields;
use project_deployer_core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::messages::Severity;
use serde_json::{Map, Value};

use super::change::{EstateKind, PlannedAction, PlannedChange, PlannedField, Step, Work};
use super::edit::{Edit, listed, maybe, text, word};
use super::remapping;
use super::{Draft, PlanNote};
use crate::estate::document::DeploymentEntry;
use crate::estate::observed::{Deployed, SeenDeployment};
use crate::estate::secrets::EstateSecrets;

const KIND: EstateKind = EstateKind::Deployments;

impl Draft<'_> {
    pub(super) fn plan_deployments(&mut self) {
        for entry in self.estate.deployments.iter().flatten() {
            match self.observed.deployments.get(&entry.id) {
                None => self.plan_new_deployment(entry),
                Some(seen) => self.plan_deployment_change(entry, seen),
            }
        }
    }

    fn plan_new_deployment(&mut self, entry: &DeploymentEntry) {
        let Some(bundle) = &entry.bundle else {
            let hint = "write its `bundle`";
            return self.block(KIND, &entry.id, "it is new and has no bundle", hint);
        };
        if self.awaited.contains(&entry.infrastructure) {
            let what = format!("it waits until infrastructure `{}` is there", entry.infrastructure);
            let hint = "synchronize its fleet, then apply the file again";
            let note = PlanNote::new(Severity::Info, KIND, &entry.id, what, hint);
            return self.notes.push(note);
        }
        let Some(infra) = self.infra_of(entry) else {
            let what = format!("there is no infrastructure `{}`", entry.infrastructure);
            let hint = "list the infrastructure, or name another one";
            return self.block(KIND, &entry.id, what, hint);
        };
        self.check_bundle(entry);
        let creation = creation_of(entry, bundle);
        let base = DeploymentSettings::for_new(&creation, &infra);
        let mut fields = vec![
            PlannedField::new("project", None, Some(entry.project.to_string())),
            PlannedField::new("infrastructure", None, Some(entry.infrastructure.to_string())),
            PlannedField::new("bundle", None, Some(bundle.to_string())),
        ];
        let edit = edited(&base, entry, self.secrets);
        fields.extend(edit.fields);
        self.affected.push(edit.document.into_owned());
        let work = Work::CreateDeployment(Box::new(entry.clone()));
        self.save(KIND, &entry.id, fields, work, None);
        self.updates.push(entry.id.clone());
    }

    /// The infrastructure as it will be. If the caller may deploy on it and not read its settings, the remappings that
    /// the deployment starts with are unknown: what the file mentions is put over them.
    fn infra_of(&self, entry: &DeploymentEntry) -> Option<InfraSettings> {
        let id = &entry.infrastructure;
        if let Some(infra) = self.infra_after(id) {
            return Some(infra.clone());
        }
        let stage = self.stages.iter().next()?.id.clone();
        self.observed.infras.contains_key(id).then(|| InfraSettings::new(id.clone(), stage))
    }

    fn plan_deployment_change(&mut self, entry: &DeploymentEntry, seen: &SeenDeployment) {
        let settings = &seen.settings.value;
        if !self.is_same_place(entry, settings) {
            return;
        }
        let edit = edited(settings, entry, self.secrets);
        let brings_bundle =
            entry.bundle.as_ref().is_some_and(|bundle| *bundle != settings.bundle_id);
        if brings_bundle {
            self.check_bundle(entry);
        }
        let after = &edit.document;
        let is_behind = match &seen.deployed {
            Deployed::Never | Deployed::Behind => true,
            Deployed::Bundle(bundle) => *bundle != after.bundle_id,
            Deployed::Unknown => false,
        };
        let updates = !edit.fields.is_empty() || is_behind;
        if brings_bundle || (self.options.deploy && updates) {
            self.affected.push(after.clone().into_owned());
        }
        if updates {
            self.updates.push(entry.id.clone());
        }
        if edit.fields.is_empty() {
            return;
        }
        let work = Work::SaveDeployment(Box::new(edit.document.into_owned()));
        self.save(KIND, &entry.id, edit.fields, work, Some(&seen.settings.version));
    }

    /// Project, infrastructure and key never change (R-D1).
    fn is_same_place(&mut self, entry: &DeploymentEntry, settings: &DeploymentSettings) -> bool {
        let key = entry.deployed_project_key.as_ref().unwrap_or(&settings.deployed_project_key);
        let fixed = [
            ("project", entry.project.as_str(), settings.published_project_key.as_str()),
            ("infrastructure", entry.infrastructure.as_str(), settings.infra_id.as_str()),
            ("deployedProjectKey", key.as_str(), settings.deployed_project_key.as_str()),
        ];
        let mut is_same = true;
        for (field, wanted, is) in fixed.into_iter().filter(|(_, wanted, is)| wanted != is) {
            is_same = false;
            let what = format!("`{field}` is `{is}` and cannot become `{wanted}`");
            self.block(KIND, &entry.id, what, "list another deployment instead");
        }
        is_same
    }

    /// A bundle has to be published before.
    fn check_bundle(&mut self, entry: &DeploymentEntry) {
        let Some(bundle) = &entry.bundle else { return };
        let project = self.observed.projects.get(&entry.project);
        if project.is_some_and(|project| project.bundles.contains(bundle)) {
            return;
        }
        let what = format!("bundle `{bundle}` of project `{}` is not published", entry.project);
        self.block(KIND, &entry.id, what, "publish it first, or name another bundle");
    }

    /// With the option to deploy: updates of what changes, and of what another bundle is on the nodes of.
    pub(super) fn plan_updates(&mut self) {
        let updates = std::mem::take(&mut self.updates);
        if !self.options.deploy {
            if let Some(first) = updates.first() {
                let what = match updates.len() {
                    1 => format!("the nodes of `{first}` stay as they are until its next update"),
                    many => format!(
                        "the nodes of {many} deployments stay as they are until their next update"
                    ),
                };
                let note = PlanNote::new(
                    Severity::Info,
                    KIND,
                    first,
                    what,
                    "plan with the option to deploy (`--deploy`), or start the updates yourself",
                );
                self.notes.push(note);
            }
            return;
        }
        for id in updates {
            let (action, fields) = (PlannedAction::Update, Vec::new());
            let change = PlannedChange { kind: KIND, id: id.to_string(), action, fields };
            self.steps.push(Step { change, work: Work::Update(id), based_on: None });
        }
    }
}

/// The creation of a deployment.
pub(in crate::estate) fn creation_of(
    entry: &DeploymentEntry,
    bundle: &project_deployer_core::BundleId,
) -> DeploymentCreation {
    let folder = entry.project_folder_id.clone().filter(|folder| !folder.is_empty());
    DeploymentCreation::new(
        entry.id.clone(),
        entry.project.clone(),
        entry.infrastructure.clone(),
        bundle.clone(),
    )
    .with_deployed_project_key(entry.deployed_project_key.clone())
    .with_project_folder_id(folder)
}

/// The settings of a deployment with what an entry mentions.
pub(in crate::estate) fn edited<'a>(
    settings: &'a DeploymentSettings,
    entry: &DeploymentEntry,
    secrets: &EstateSecrets,
) -> Edit<'a, DeploymentSettings> {
    let mut edit = Edit::of(settings);
    edit.set("bundle", entry.bundle.as_ref(), (|it| &it.bundle_id, |it| &mut it.bundle_id), text);
    let folder =
        entry.project_folder_id.clone().map(|folder| Some(folder).filter(|it| !it.is_empty()));
    edit.set(
        "projectFolderId",
        folder.as_ref(),
        (|it| &it.project_folder_id, |it| &mut it.project_folder_id),
        maybe,
    );
    edit.set("tags", entry.tags.as_ref(), (|it| &it.tags, |it| &mut it.tags), listed);
    let place = (
        (|it: &DeploymentSettings| &it.bundle_container_settings.remapping)
            as fn(&DeploymentSettings) -> &_,
        (|it: &mut DeploymentSettings| &mut it.bundle_container_settings.remapping)
            as fn(&mut DeploymentSettings) -> &mut _,
    );
    remapping::edit(&mut edit, entry.remapping.as_ref(), place);
    edit.set(
        "includeInfraRemappings",
        entry.include_infra_remappings.as_ref(),
        (|it| &it.include_infra_remappings, |it| &mut it.include_infra_remappings),
        text,
    );
    edit_code_envs(&mut edit, entry);
    edit_variables(&mut edit, entry, secrets);
    edit_scenarios(&mut edit, entry);
    edit.set(
        "disableAutomaticTriggers",
        entry.disable_automatic_triggers.as_ref(),
        (|it| &it.disable_automatic_triggers, |it| &mut it.disable_automatic_triggers),
        text,
    );
    edit
}

/// R-A2, R-A3.
fn edit_code_envs(edit: &mut Edit<'_, DeploymentSettings>, entry: &DeploymentEntry) {
    let Some(wanted) = &entry.code_envs else { return };
    edit.set(
        "codeEnvs.importTimeMode",
        wanted.import_time_mode.as_ref(),
        (
            |it| &it.bundle_container_settings.code_envs_behavior.import_time_mode,
            |it| &mut it.bundle_container_settings.code_envs_behavior.import_time_mode,
        ),
        word,
    );
    edit.set(
        "codeEnvs.envImportSpecificationMode",
        wanted.env_import_specification_mode.as_ref(),
        (
            |it| &it.bundle_container_settings.code_envs_behavior.env_import_specification_mode,
            |it| &mut it.bundle_container_settings.code_envs_behavior.env_import_specification_mode,
        ),
        word,
    );
}

/// The values of variables may be secret, so none is shown.
fn edit_variables(
    edit: &mut Edit<'_, DeploymentSettings>,
    entry: &DeploymentEntry,
    secrets: &EstateSecrets,
) {
    if entry.local_variables.is_none() && entry.secret_variables.is_none() {
        return;
    }
    // Secret variables alone are put beside those that are there.
    let there = || {
        let now = &edit.document.local_variables;
        now.names().filter_map(|name| Some((name.to_owned(), now.get(name)?.clone()))).collect()
    };
    let mut wanted: BTreeMap<String, Value> = entry.local_variables.clone().unwrap_or_else(there);
    for (name, place) in entry.secret_variables.iter().flatten() {
        if let Some(text) = secrets.text(place) {
            wanted.insert(name.clone(), Value::from(text));
        }
    }
    let now = &edit.document.local_variables;
    let withheld = || Some(PlannedField::WITHHELD.to_owned());
    let mut fields = Vec::new();
    for (name, value) in &wanted {
        let before = now.get(name);
        if before != Some(value) {
            let from = before.and_then(|_| withheld());
            fields.push(PlannedField::new(format!("localVariables.{name}"), from, withheld()));
        }
    }
    for name in now.names().filter(|name| !wanted.contains_key(*name)) {
        fields.push(PlannedField::new(format!("localVariables.{name}"), withheld(), None));
    }
    if !fields.is_empty() {
        let variables: Map<String, Value> = wanted.into_iter().collect();
        edit.document.to_mut().local_variables = UnknownFields::from(variables);
        edit.fields.extend(fields);
    }
}

fn edit_scenarios(edit: &mut Edit<'_, DeploymentSettings>, entry: &DeploymentEntry) {
    let Some(wanted) = &entry.scenarios_to_activate else { return };
    let now = &edit.document.scenarios_to_activate;
    if now == wanted {
        return;
    }
    let on_off = |on: &bool| if *on { "on".to_owned() } else { "off".to_owned() };
    let mut fields = Vec::new();
    for (id, on) in wanted.iter().filter(|(id, on)| now.get(*id) != Some(*on)) {
        let field = format!("scenariosToActivate.{id}");
        fields.push(PlannedField::new(field, now.get(id).map(on_off), Some(on_off(on))));
    }
    for (id, on) in now.iter().filter(|(id, _)| !wanted.contains_key(*id)) {
        fields.push(PlannedField::new(format!("scenariosToActivate.{id}"), Some(on_off(on)), None));
    }
    edit.document.to_mut().scenarios_to_activate = wanted.clone();
    edit.fields.extend(fields);
}
