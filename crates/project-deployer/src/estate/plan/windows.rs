//! Windows, compared with those of a file. Those of one scope change together: nothing is seen between the old and the new
//! ones, and an update that starts meanwhile is decided by either.

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::messages::Severity;
use project_deployer_core::{StageId, WindowName};

use super::change::{EstateKind, OwnWork, PlannedAction, PlannedChange, PlannedField, Step, Work};
use super::{Draft, PlanNote};
use crate::estate::document::WindowEntry;
use crate::estate::observed::{Reserved, Seen, SeenWindows};
use crate::maintenance::MaintenanceScope;
use crate::windows::{Recurrence, Window, WindowEffect, WindowRequest, WindowSet, WindowsChange};

const KIND: EstateKind = EstateKind::Windows;

/// The zone of a new window that names none.
const USUAL_ZONE: &str = "UTC";

impl Draft<'_> {
    /// After stages and infrastructures, which windows are of, and before updates, which they are about.
    pub(super) fn plan_windows(&mut self) {
        let Some(entries) = &self.estate.windows else { return };
        let prunes = self.prunes_section(KIND);
        let seen = match &self.observed.windows {
            Reserved::Seen(seen) => seen,
            _ if entries.is_empty() && !prunes => return,
            reserved => return self.block_reserved(KIND, reserved),
        };
        let mut wanted: BTreeMap<&MaintenanceScope, Vec<&WindowEntry>> = BTreeMap::new();
        for entry in entries {
            wanted.entry(&entry.scope).or_default().push(entry);
        }
        if prunes {
            for scope in seen.sets.keys().chain(seen.unread.keys()) {
                wanted.entry(scope).or_default();
            }
        }
        for (scope, entries) in wanted {
            if entries.is_empty() && self.is_removed(scope) {
                // Its windows go with it.
                continue;
            }
            if entries.is_empty() || self.will_be_there(scope) {
                self.plan_windows_of(scope, &entries, seen);
            }
        }
    }

    fn plan_windows_of(
        &mut self,
        scope: &MaintenanceScope,
        entries: &[&WindowEntry],
        seen: &SeenWindows,
    ) {
        if let Some(reason) = seen.unread.get(scope) {
            return self.report_unread_windows(scope, reason, entries.is_empty());
        }
        let known = seen.sets.get(scope);
        let mut edit = Edit::default();
        for entry in entries {
            let window = known.and_then(|known| window_in(&known.value, &entry.name));
            match wanted(scope, entry, window) {
                Ok(request) => edit.put(window, request),
                Err((what, hint)) => {
                    self.block(KIND, scope, format!("`{}`: {what}", entry.name), hint);
                }
            }
        }
        if self.prunes_section(KIND) {
            let mentioned: BTreeSet<_> = entries.iter().map(|entry| &entry.name).collect();
            let all = known.iter().flat_map(|known| &known.value.windows);
            all.filter(|it| !mentioned.contains(&it.name)).for_each(|it| edit.remove(it));
        }
        if edit.fields.is_empty() {
            return;
        }
        if !self.may_change_windows(scope, seen) {
            let hint = "let one of its administrators apply it, or leave them out of the file";
            return self.block(KIND, scope, "you may not change them", hint);
        }
        self.add_windows(scope, known, edit, seen);
    }

    fn add_windows(
        &mut self,
        scope: &MaintenanceScope,
        known: Option<&Seen<WindowSet>>,
        edit: Edit,
        seen: &SeenWindows,
    ) {
        let Edit { add, remove, fields } = edit;
        let change = WindowsChange { scope: scope.clone(), add, remove, is_new: known.is_none() };
        let after = change.applied_to(known.map(|known| &known.value), &seen.caller, seen.now);
        let after = match after {
            Ok(after) => after,
            Err(error) => {
                return self.block(KIND, scope, error.to_string(), "correct the file");
            }
        };
        let action = match known {
            None => PlannedAction::Create,
            Some(_) if after.windows.is_empty() => PlannedAction::Delete,
            Some(_) => PlannedAction::Change,
        };
        self.windows_after.insert(scope.clone(), after);
        let work = Work::Own(OwnWork::SaveWindows(Box::new(change)));
        let change = PlannedChange { kind: KIND, id: scope.to_string(), action, fields };
        let based_on = known.map(|known| known.version.clone());
        self.steps.push(Step { change, work, based_on });
    }

    /// They cannot be compared. A file that says nothing of them leaves them as they are.
    fn report_unread_windows(&mut self, scope: &MaintenanceScope, reason: &str, is_pruned: bool) {
        let (severity, what) = match is_pruned {
            true => (Severity::Warning, "they are not deleted, since they cannot be read"),
            false => (Severity::Error, "they cannot be read"),
        };
        let hint = "remove them with `deployer window remove --all`";
        self.notes.push(PlanNote::new(severity, KIND, scope, format!("{what}: {reason}"), hint));
    }

    /// The same right as for a change of one window: of an infrastructure, to administer it; otherwise, to administer the
    /// Deployer. What the caller does not see yet, it creates first.
    fn may_change_windows(&self, scope: &MaintenanceScope, seen: &SeenWindows) -> bool {
        match scope {
            MaintenanceScope::Everything | MaintenanceScope::Stage(_) => seen.is_administrator,
            // Whoever may read its settings administers it (R-P5).
            MaintenanceScope::Infra(id) => {
                self.observed.infras.get(id).is_none_or(|seen| seen.settings.is_some())
            }
        }
    }

    /// Whether what the scope names will be there after the plan; what is not is noted.
    fn will_be_there(&mut self, scope: &MaintenanceScope) -> bool {
        let (what, is_there) = match scope {
            MaintenanceScope::Everything => return true,
            MaintenanceScope::Infra(id) if self.awaited.contains(id) => {
                let what = format!("they wait until infrastructure `{id}` is there");
                let hint = "synchronize its fleet, then apply the file again";
                self.notes.push(PlanNote::new(Severity::Info, KIND, scope, what, hint));
                return false;
            }
            MaintenanceScope::Stage(id) => ("stage", self.stages.get(id).is_some()),
            MaintenanceScope::Infra(id) => (
                "infrastructure",
                self.infra_after(id).is_some() || self.observed.infras.contains_key(id),
            ),
        };
        let is_there = is_there && !self.is_removed(scope);
        if !is_there {
            let hint = format!("list the {what}, or correct the scope");
            self.block(KIND, scope, format!("there is no such {what}"), hint);
        }
        is_there
    }

    /// Whether the plan removes what the scope names.
    fn is_removed(&self, scope: &MaintenanceScope) -> bool {
        match scope {
            MaintenanceScope::Everything => false,
            MaintenanceScope::Stage(id) => self.removes_stage(id),
            MaintenanceScope::Infra(id) => {
                self.removes_infra(id) && self.observed.infras.contains_key(id)
            }
        }
    }

    fn removes_stage(&self, id: &StageId) -> bool {
        let mut mentioned = self.estate.stages.iter().flatten();
        self.prunes_section(EstateKind::Stages) && mentioned.all(|entry| entry.id != *id)
    }
}

/// What changes in the windows of a scope.
#[derive(Debug, Default)]
struct Edit {
    add: Vec<WindowRequest>,
    remove: Vec<WindowName>,
    fields: Vec<PlannedField>,
}

impl Edit {
    /// Puts a window in place of what is there, field by field. One without a difference stays, with who added it.
    fn put(&mut self, known: Option<&Window>, wanted: WindowRequest) {
        let now = known.map(|it| shown(it.effect, &it.recurrence, &it.reason));
        let new = shown(wanted.effect, &wanted.recurrence, &wanted.reason);
        let mut differs = false;
        for (number, (field, to)) in new.into_iter().enumerate() {
            let from = now.as_ref().and_then(|now| now.get(number)).map(|(_, from)| from.clone());
            if from.as_ref() != Some(&to) {
                let field = format!("{}.{field}", wanted.name);
                self.fields.push(PlannedField::new(field, from, Some(to)));
                differs = true;
            }
        }
        if differs {
            self.add.push(wanted);
        }
    }

    fn remove(&mut self, known: &Window) {
        let from = format!("{} {}", known.effect.as_str(), known.recurrence);
        self.fields.push(PlannedField::new(known.name.to_string(), Some(from), None));
        self.remove.push(known.name.clone());
    }
}

fn window_in<'a>(set: &'a WindowSet, name: &WindowName) -> Option<&'a Window> {
    set.windows.iter().find(|window| window.name == *name)
}

/// The fields of a window as a file has them.
fn shown(
    effect: WindowEffect,
    recurrence: &Recurrence,
    reason: &str,
) -> [(&'static str, String); 5] {
    [
        ("effect", effect.as_str().to_owned()),
        ("cron", recurrence.cron().to_owned()),
        ("minutes", recurrence.minutes().to_string()),
        ("zone", recurrence.zone().to_owned()),
        ("reason", reason.trim().to_owned()),
    ]
}

/// A window of a file with what it leaves out; or what is wrong with it, and what to write.
fn wanted(
    scope: &MaintenanceScope,
    entry: &WindowEntry,
    known: Option<&Window>,
) -> Result<WindowRequest, (String, String)> {
    let missing =
        |field: &str| (format!("it is new and has no `{field}`"), format!("write its `{field}`"));
    let effect = entry.effect.or(known.map(|known| known.effect));
    let effect = effect.ok_or_else(|| missing("effect"))?;
    let now = known.map(|known| &known.recurrence);
    let cron = entry.cron.as_deref().or(now.map(Recurrence::cron));
    let minutes = entry.minutes.or(now.map(Recurrence::minutes));
    let zone = entry.zone.as_deref().or(now.map(Recurrence::zone)).unwrap_or(USUAL_ZONE);
    let reason = entry.reason.as_deref().or(known.map(|known| &*known.reason));
    let cron = cron.ok_or_else(|| missing("cron"))?;
    let minutes = minutes.ok_or_else(|| missing("minutes"))?;
    let reason = reason.ok_or_else(|| missing("reason"))?;
    let recurrence = Recurrence::new(cron, minutes, zone);
    let recurrence =
        recurrence.map_err(|error| (error.what().to_owned(), error.fix().to_owned()))?;
    let request = WindowRequest::new(scope.clone(), entry.name.clone(), recurrence, reason);
    Ok(request.with_effect(effect))
}
