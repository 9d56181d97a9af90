use std::collections::BTreeSet;

use project_deployer_core::StageId;
use project_deployer_core::stage::{Stage, StageCatalogue, StageError};

use super::change::{EstateKind, OwnWork, PlannedField, Work};
use super::{Draft, OTHER_WAYS, PlanNote};
use crate::estate::document::StageEntry;

const KIND: EstateKind = EstateKind::Stages;

impl Draft<'_> {
    /// New stages, descriptions and the order. What is removed goes last, when no infrastructure uses it any more.
    pub(super) fn plan_stages(&mut self) {
        let Some(entries) = &self.estate.stages else { return };
        let now = &self.observed.stages.value;
        let after = match merged(now, entries) {
            Ok(after) => after,
            Err(error) => {
                return self.block(KIND, "", error.to_string(), "choose other names");
            }
        };
        let fields = differences(now, &after);
        if fields.is_empty() {
            return;
        }
        if !self.observed.can_change_stages {
            let what = "a file changes no stages over the API of the product";
            self.block(KIND, "", what, format!("{OTHER_WAYS}, or remove the section"));
        }
        let work = Work::Own(OwnWork::SaveStages(after.clone()));
        self.save(KIND, "", fields, work, Some(&self.observed.stages.version));
        self.stages = after;
    }

    /// Stages that the file does not mention. Those in use stay, and are a blocker.
    pub(super) fn plan_stage_removals(&mut self) {
        let Some(entries) = self.estate.stages.as_ref().filter(|_| self.prunes(KIND)) else {
            return;
        };
        let mentioned: BTreeSet<&StageId> = entries.iter().map(|entry| &entry.id).collect();
        let stages = self.stages.clone();
        let (mut after, mut removed) = (stages.clone(), Vec::new());
        for stage in stages.iter().filter(|stage| !mentioned.contains(&stage.id)) {
            match after.remove(&stage.id, self.infras_on(&stage.id)) {
                Ok(fewer) => {
                    after = fewer;
                    removed.push(stage.id.clone());
                }
                Err(error) => {
                    let hint = "list another stage for them";
                    let note = PlanNote::new(
                        project_deployer_core::messages::Severity::Error,
                        KIND,
                        &stage.id,
                        error.to_string(),
                        hint,
                    );
                    self.notes.push(note);
                }
            }
        }
        let fields = differences(&stages, &after);
        if fields.is_empty() {
            return;
        }
        self.delete(KIND, "", fields, Work::Own(OwnWork::RemoveStages(removed)), None);
    }

    /// Infrastructures that will be on a stage after the plan.
    fn infras_on(&self, stage: &StageId) -> Vec<project_deployer_core::InfraId> {
        let is_left = |id: &&project_deployer_core::InfraId| !self.removes_infra(id);
        let known = self.observed.infras.keys().filter(is_left);
        let new = self.infras_after.keys().filter(|id| !self.observed.infras.contains_key(*id));
        known
            .chain(new)
            .filter(|id| self.infra_after(id).is_none_or(|infra| infra.stage == *stage))
            .cloned()
            .collect()
    }
}

/// The stages of an installation with those of a file. Stages that the file mentions are in its order, and take the
/// places that they had; a new one follows the one before it in the file.
fn merged(now: &StageCatalogue, entries: &[StageEntry]) -> Result<StageCatalogue, StageError> {
    let mut after = now.clone();
    for entry in entries {
        if now.get(&entry.id).is_none() {
            let desc = entry.description.clone().unwrap_or_default();
            after = after.add(Stage::new(entry.id.clone(), desc))?;
        } else if let Some(desc) = &entry.description {
            after = after.describe(&entry.id, desc)?;
        }
    }
    after.reorder(&order(now, entries))
}

fn order(now: &StageCatalogue, entries: &[StageEntry]) -> Vec<StageId> {
    let known: Vec<&StageId> =
        entries.iter().map(|entry| &entry.id).filter(|id| now.get(id).is_some()).collect();
    let mut in_file_order = known.iter();
    let mut order: Vec<StageId> = Vec::new();
    for stage in now.iter() {
        let is_mentioned = known.contains(&&stage.id);
        let next = if is_mentioned { in_file_order.next().copied() } else { Some(&stage.id) };
        order.extend(next.cloned());
    }
    for (index, entry) in entries.iter().enumerate() {
        if now.get(&entry.id).is_some() {
            continue;
        }
        let before = index.checked_sub(1).and_then(|index| entries.get(index));
        let behind = before.and_then(|before| order.iter().position(|id| *id == before.id));
        let next = entries
            .iter()
            .skip(index + 1)
            .find_map(|later| order.iter().position(|id| *id == later.id));
        let at = behind.map(|at| at + 1).or(next).unwrap_or(order.len());
        order.insert(at.min(order.len()), entry.id.clone());
    }
    order
}

fn differences(now: &StageCatalogue, after: &StageCatalogue) -> Vec<PlannedField> {
    let mut fields = Vec::new();
    for stage in after.iter() {
        let field = format!("{}.description", stage.id);
        match now.get(&stage.id) {
            None => {
                let new = match stage.desc.as_str() {
                    "" => "new".to_owned(),
                    desc => format!("new: {desc}"),
                };
                fields.push(PlannedField::new(stage.id.to_string(), None, Some(new)));
            }
            Some(old) if old.desc != stage.desc => {
                fields.push(PlannedField::new(field, shown(&old.desc), shown(&stage.desc)));
            }
            Some(_) => {}
        }
    }
    for stage in now.iter().filter(|stage| after.get(&stage.id).is_none()) {
        fields.push(PlannedField::new(stage.id.to_string(), shown(&stage.desc), None));
    }
    let kept = |of: &StageCatalogue, other: &StageCatalogue| -> Vec<String> {
        let both = of.iter().filter(|stage| other.get(&stage.id).is_some());
        both.map(|stage| stage.id.to_string()).collect()
    };
    let (before, later) = (kept(now, after), kept(after, now));
    if before != later {
        let field = PlannedField::new("order", Some(before.join(", ")), Some(later.join(", ")));
        fields.push(field);
    }
    fields
}

fn shown(description: &str) -> Option<String> {
    Some(description.to_owned())
}
