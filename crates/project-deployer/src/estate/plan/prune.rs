use std::collections::BTreeSet;

use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::messages::Severity;
use project_deployer_core::{DeploymentId, InfraId, ProjectKey};

use super::change::{EstateKind, PlannedAction, PlannedChange, PlannedField, Step, Work};
use super::{Draft, PlanNote};
use crate::estate::document::DeploymentEntry;
use crate::estate::observed::Version;

impl Draft<'_> {
    /// What the file does not mention, of the kinds that may be deleted: first what refers to others.
    pub(super) fn plan_deletions(&mut self) {
        for kind in self.options.prune.clone() {
            if !self.has_section(kind) {
                let what = format!(
                    "the file has no `{kind}`, so everything of this kind would be deleted"
                );
                let hint = format!("write the section `{kind}`, or do not prune this kind");
                self.block(kind, "", what, hint);
            }
        }
        self.delete_deployments();
        self.delete_projects();
        self.delete_infras();
        self.delete_fleets();
        self.plan_stage_removals();
        self.delete_accounts();
    }

    fn has_section(&self, kind: EstateKind) -> bool {
        match kind {
            EstateKind::Groups => self.estate.groups.is_some(),
            EstateKind::Users => self.estate.users.is_some(),
            EstateKind::Stages => self.estate.stages.is_some(),
            EstateKind::Fleets => self.estate.fleets.is_some(),
            EstateKind::Infrastructures => self.estate.infrastructures.is_some(),
            EstateKind::Windows => self.estate.windows.is_some(),
            EstateKind::Projects => self.estate.projects.is_some(),
            EstateKind::Deployments => self.estate.deployments.is_some(),
        }
    }

    pub(super) fn prunes_section(&self, kind: EstateKind) -> bool {
        self.prunes(kind) && self.has_section(kind)
    }

    /// Whether the plan deletes the infrastructure.
    pub(super) fn removes_infra(&self, id: &InfraId) -> bool {
        let mut mentioned = self.estate.infrastructures.iter().flatten();
        self.prunes_section(EstateKind::Infrastructures)
            && mentioned.all(|entry| entry.id != *id)
            && self
                .observed
                .infras
                .get(id)
                .is_none_or(|seen| seen.managed.is_none() && seen.unread_fleet.is_none())
    }

    fn delete_deployments(&mut self) {
        if !self.prunes_section(EstateKind::Deployments) {
            return;
        }
        let entries = self.estate.deployments.iter().flatten();
        let mentioned: BTreeSet<&DeploymentId> = entries.map(|entry| &entry.id).collect();
        for (id, seen) in &self.observed.deployments {
            if !mentioned.contains(id) {
                let place = format!(
                    "{} on {}",
                    seen.settings.value.deployed_project_key, seen.settings.value.infra_id
                );
                let stays = "project on the node, which stays";
                let fields = vec![PlannedField::new(stays, None, Some(place))];
                let work = Work::DeleteDeployment(id.clone());
                self.delete(
                    EstateKind::Deployments,
                    id,
                    fields,
                    work,
                    Some(&seen.settings.version),
                );
            }
        }
    }

    fn delete_projects(&mut self) {
        if !self.prunes_section(EstateKind::Projects) {
            return;
        }
        let entries = self.estate.projects.iter().flatten();
        let mentioned: BTreeSet<&ProjectKey> = entries.map(|entry| &entry.key).collect();
        for (key, seen) in &self.observed.projects {
            if mentioned.contains(key) {
                continue;
            }
            let users = self.deployments_left(
                |entry| entry.project == *key,
                |settings| settings.published_project_key == *key,
            );
            self.block_users(EstateKind::Projects, key, &users);
            let bundles: Vec<String> = seen.bundles.iter().map(ToString::to_string).collect();
            let bundles = Some(bundles.join(", ")).filter(|text| !text.is_empty());
            let fields = bundles.map(|bundles| PlannedField::new("bundles", Some(bundles), None));
            let version = seen.settings.as_ref().map(|settings| &settings.version);
            let fields = fields.into_iter().collect();
            self.delete(
                EstateKind::Projects,
                key,
                fields,
                Work::DeleteProject(key.clone()),
                version,
            );
        }
    }

    fn delete_infras(&mut self) {
        if !self.prunes_section(EstateKind::Infrastructures) {
            return;
        }
        let entries = self.estate.infrastructures.iter().flatten();
        let mentioned: BTreeSet<&InfraId> = entries.map(|entry| &entry.id).collect();
        for (id, seen) in &self.observed.infras {
            if mentioned.contains(id) {
                continue;
            }
            if let Some(reason) = &seen.unread_fleet {
                self.report_unread(id, reason, false);
                continue;
            }
            if let Some(marker) = &seen.managed {
                // Whoever writes the file does not decide which nodes a fleet has (I2).
                let what = format!("it is not deleted, since fleet `{}` manages it", marker.fleet);
                let hint = "release it first if it is to be deleted";
                let kind = EstateKind::Infrastructures;
                self.notes.push(PlanNote::new(Severity::Info, kind, id, what, hint));
                continue;
            }
            let users = self.deployments_left(
                |entry| entry.infrastructure == *id,
                |settings| settings.infra_id == *id,
            );
            self.block_users(EstateKind::Infrastructures, id, &users);
            let version = seen.settings.as_ref().map(|settings| &settings.version);
            let work = Work::DeleteInfra(id.clone());
            self.delete(EstateKind::Infrastructures, id, Vec::new(), work, version);
        }
    }

    /// Deployments that will be there after the plan: those of the file, and those that it leaves alone.
    fn deployments_left(
        &self,
        is_of_entry: impl Fn(&DeploymentEntry) -> bool,
        is_of_settings: impl Fn(&DeploymentSettings) -> bool,
    ) -> Vec<String> {
        let entries = || self.estate.deployments.iter().flatten();
        let mentioned: BTreeSet<&DeploymentId> = entries().map(|entry| &entry.id).collect();
        let of_file = entries().filter(|entry| is_of_entry(entry)).map(|entry| &entry.id);
        let others = self.observed.deployments.iter();
        let others = others.filter(|(id, _)| !mentioned.contains(id));
        let prunes = self.prunes_section(EstateKind::Deployments);
        let left = others.filter(|(_, seen)| !prunes && is_of_settings(&seen.settings.value));
        of_file.chain(left.map(|(id, _)| id)).map(|id| format!("`{id}`")).collect()
    }

    fn block_users(&mut self, kind: EstateKind, id: &(impl ToString + ?Sized), users: &[String]) {
        if !users.is_empty() {
            let what = format!("it is to be deleted, and {} use it", users.join(", "));
            self.block(kind, id, what, "delete these deployments too, or list it in the file");
        }
    }

    pub(super) fn delete(
        &mut self,
        kind: EstateKind,
        id: &(impl ToString + ?Sized),
        fields: Vec<PlannedField>,
        work: Work,
        version: Option<&Version>,
    ) {
        let action = PlannedAction::Delete;
        let change = PlannedChange { kind, id: id.to_string(), action, fields };
        self.steps.push(Step { change, work, based_on: version.cloned() });
    }
}
