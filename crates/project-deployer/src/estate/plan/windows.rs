//! Windows, compared with those of a file. What narrows when updates start comes first, and what widens it last, behind
//! what may do both: a file that moves protection from one place to another leaves no moment without it, also where its
//! application stops. Windows of one scope that allow change together: an update that starts meanwhile is decided by
//! the old or by the new ones.

mod order;

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::messages::Severity;
use project_deployer_core::rights::{InfraGrant, InfraRight};
use project_deployer_core::{StageId, WindowName};

use self::order::{Edit, InOrder};
use super::change::{EstateKind, OwnWork, PlannedAction, PlannedChange, Step, Work};
use super::{Draft, PlanNote};
use crate::estate::document::WindowEntry;
use crate::estate::observed::{Reserved, Seen, SeenWindows};
use crate::maintenance::MaintenanceScope;
use crate::windows::{Recurrence, Window, WindowEffect, WindowRequest, WindowSet};

const KIND: EstateKind = EstateKind::Windows;

/// The zone of a new window that names none.
const USUAL_ZONE: &str = "UTC";

impl Draft<'_> {
    /// Puts what narrows at this place, before infrastructures change, or behind the creation of the infrastructure that
    /// it is of. Returns the rest, which may be made when all is as the file wants it.
    pub(super) fn plan_windows(&mut self, mut first: usize) -> Vec<Step> {
        let (mut last, mut widening) = (Vec::new(), Vec::new());
        let Some(entries) = &self.estate.windows else { return last };
        let prunes = self.prunes_section(KIND);
        let seen = match &self.observed.windows {
            Reserved::Seen(seen) => seen,
            _ if entries.is_empty() && !prunes => return last,
            reserved => {
                self.block_reserved(KIND, reserved);
                return last;
            }
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
                let changes = self.plan_windows_of(scope, &entries, seen);
                if let Some(step) = changes.narrowing {
                    let place = self.creation_of_infra(scope).map_or(first, |made| made + 1);
                    self.steps.insert(place, step);
                    first += usize::from(place == first);
                }
                last.extend(changes.unknown);
                widening.extend(changes.widening);
            }
        }
        // When every scope is as narrow as it will be.
        last.extend(widening);
        last
    }

    /// The number of the step that creates the infrastructure of a scope, if one does.
    fn creation_of_infra(&self, scope: &MaintenanceScope) -> Option<usize> {
        let MaintenanceScope::Infra(id) = scope else { return None };
        let creates = |step: &Step| matches!(&step.work, Work::CreateInfra(new) if new.id == *id);
        self.steps.iter().position(creates)
    }

    fn plan_windows_of(
        &mut self,
        scope: &MaintenanceScope,
        entries: &[&WindowEntry],
        seen: &SeenWindows,
    ) -> Changes {
        if let Some(reason) = seen.unread.get(scope) {
            self.report_unread_windows(scope, reason, entries.is_empty());
            return Changes::default();
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
        if edit.is_empty() {
            return Changes::default();
        }
        if !self.may_change_windows(scope, seen) {
            let hint = "let one of its administrators apply it, or leave them out of the file";
            self.block(KIND, scope, "you may not change them", hint);
            return Changes::default();
        }
        self.windows_in_order(scope, known, edit, seen)
    }

    fn windows_in_order(
        &mut self,
        scope: &MaintenanceScope,
        known: Option<&Seen<WindowSet>>,
        edit: Edit,
        seen: &SeenWindows,
    ) -> Changes {
        let current = known.map(|known| &known.value);
        let whole = edit.change(scope, known.is_none());
        let after = match whole.applied_to(current, &seen.caller, seen.now) {
            Ok(after) => after,
            Err(error) => {
                self.block(KIND, scope, error.to_string(), "correct the file");
                return Changes::default();
            }
        };
        let is_empty = after.windows.is_empty();
        self.windows_after.insert(scope.clone(), after);
        let InOrder { narrowing, unknown, widening } = edit.in_order(current);
        let is_done_first = unknown.is_empty() && widening.is_empty();
        if !is_done_first && !self.keeps_right(scope, seen) {
            let what = "the file takes your right to change them, and they change after that";
            self.block(KIND, scope, what, "keep the right, or let an administrator apply it");
        }
        let mut based_on = known.map(|known| known.version.clone());
        let mut is_new = known.is_none();
        let mut step = |edit: Edit| {
            let action = match is_new {
                true => PlannedAction::Create,
                false if is_empty => PlannedAction::Delete,
                false => PlannedAction::Change,
            };
            let change = edit.change(scope, is_new);
            let work = Work::Own(OwnWork::SaveWindows(Box::new(change)));
            let fields = edit.windows.into_iter().flat_map(|window| window.fields).collect();
            let change = PlannedChange { kind: KIND, id: scope.to_string(), action, fields };
            is_new = false;
            // A later change is based on the first one, which has no version yet. It expects its windows as planned.
            Step { change, work, based_on: based_on.take() }
        };
        let mut some = |edit: Edit| (!edit.is_empty()).then(|| step(edit));
        Changes { narrowing: some(narrowing), unknown: some(unknown), widening: some(widening) }
    }

    /// Whether the caller may still change the windows when the infrastructure is as the file wants it.
    fn keeps_right(&self, scope: &MaintenanceScope, seen: &SeenWindows) -> bool {
        let MaintenanceScope::Infra(id) = scope else { return true };
        let administers = |grant: &InfraGrant| {
            seen.groups.contains(&grant.group) && grant.right() >= Some(InfraRight::Admin)
        };
        let after = self.infras_after.get(id);
        seen.is_administrator || after.is_none_or(|it| it.permissions.iter().any(administers))
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

/// The changes of the windows of a scope, as those of [`InOrder`].
#[derive(Debug, Default)]
struct Changes {
    narrowing: Option<Step>,
    unknown: Option<Step>,
    widening: Option<Step>,
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
