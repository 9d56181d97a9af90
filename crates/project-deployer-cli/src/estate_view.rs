//! Plans of an estate, as the command shows them.

use std::fmt::Write as _;

use project_deployer::core::messages::Severity;
use project_deployer::estate::{
    AppliedEstate, EstateKind, EstatePlan, PlanNote, PlannedAction, PlannedChange, PlannedField,
};
use project_deployer::{Clock as _, SystemClock};
use serde::{Deserialize, Serialize};

use crate::exit::Exit;
use crate::output::{SCHEMA_VERSION, SheetPage, Shown, counted};
use crate::status::Tone;

/// The result of `deployer plan`, `diff` and `apply`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EstateView {
    schema_version: u32,
    /// When it was made.
    read_at: String,
    /// The subcommand.
    command: &'static str,
    /// Of what the plan shows, and of the versions that it relies on.
    digest: String,
    changes: Vec<PlannedChange>,
    notes: Vec<PlanNote>,
    /// What was done; absent if nothing was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    applied: Option<AppliedView>,
}

/// What a service planned, and with `applied` what it did.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EstateAnswer {
    digest: String,
    changes: Vec<PlannedChange>,
    notes: Vec<PlanNote>,
    #[serde(default)]
    applied: Option<AppliedView>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AppliedView {
    changes: usize,
    updates: Vec<UpdateView>,
    /// Deployments whose projects use objects of each other in a circle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cycles: Vec<Vec<String>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateView {
    deployment: String,
    /// How it ended; absent if it did not start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// Why it did not start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl EstateView {
    /// A plan that was made just now.
    pub(crate) fn planned(command: &'static str, plan: &EstatePlan) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            read_at: SystemClock.now().to_string(),
            command,
            digest: plan.digest(),
            changes: plan.changes().cloned().collect(),
            notes: plan.notes().to_vec(),
            applied: None,
        }
    }

    /// What a service planned or did just now.
    pub(crate) fn answered(command: &'static str, answer: EstateAnswer) -> Self {
        let EstateAnswer { digest, changes, notes, applied } = answer;
        let (schema_version, read_at) = (SCHEMA_VERSION, SystemClock.now().to_string());
        Self { schema_version, read_at, command, digest, changes, notes, applied }
    }

    /// How a command ends that has applied it.
    pub(crate) fn exit(&self) -> Exit {
        match &self.applied {
            None => Exit::Findings,
            Some(applied) if applied.updates.iter().all(UpdateView::is_success) => Exit::Clean,
            Some(_) => Exit::Failed,
        }
    }

    /// With what was done.
    pub(crate) fn applied(self, applied: Option<&AppliedEstate>) -> Self {
        let applied = applied.map(|applied| AppliedView {
            changes: applied.changes,
            updates: applied
                .updates
                .iter()
                .map(|(id, end)| UpdateView {
                    deployment: id.to_string(),
                    status: end.as_ref().ok().map(ToString::to_string),
                    error: end.as_ref().err().map(|error| crate::with_reasons(error)),
                })
                .collect(),
            cycles: applied
                .cycles
                .iter()
                .map(|cycle| cycle.iter().map(ToString::to_string).collect())
                .collect(),
        });
        Self { applied, ..self }
    }

    /// Whether there is neither a change nor a blocker.
    pub(crate) fn is_clean(&self) -> bool {
        self.changes.is_empty() && self.blockers() == 0
    }

    fn blockers(&self) -> usize {
        self.notes.iter().filter(|note| note.severity == Severity::Error).count()
    }

    fn verdict(&self) -> (Tone, String) {
        if let Some(applied) = &self.applied {
            let failed = applied.updates.iter().filter(|update| !update.is_success()).count();
            let changes = counted(applied.changes, "change");
            let updates = counted(applied.updates.len(), "update");
            return match failed {
                0 => (Tone::Good, format!("Applied: {changes}, {updates}")),
                failed => {
                    (Tone::Bad, format!("Applied: {changes}, {updates}, of which {failed} failed"))
                }
            };
        }
        match (self.changes.len(), self.blockers()) {
            (0, 0) => (Tone::Good, "No difference".to_owned()),
            (changes, 0) => (Tone::Waiting, counted(changes, "change")),
            (changes, blockers) => {
                let (changes, blockers) =
                    (counted(changes, "change"), counted(blockers, "blocker"));
                (Tone::Bad, format!("{changes}, and {blockers}: nothing is applied"))
            }
        }
    }
}

impl UpdateView {
    fn is_success(&self) -> bool {
        self.status.as_deref().is_some_and(|status| status == "success" || status == "warning")
    }
}

/// `+` for what is created, `~` for what changes, `-` for what is deleted, `>` for an update.
fn mark(action: PlannedAction) -> char {
    match action {
        PlannedAction::Create => '+',
        PlannedAction::Change => '~',
        PlannedAction::Delete => '-',
        _ => '>',
    }
}

fn shown(field: &PlannedField) -> String {
    match (&field.from, &field.to) {
        (Some(from), Some(to)) => format!("{}: {from} -> {to}", field.field),
        (None, Some(to)) => format!("{}: {to}", field.field),
        (Some(from), None) => format!("{}: {from} -> (none)", field.field),
        (None, None) => field.field.clone(),
    }
}

/// The object of a change or a note. The stages are one list.
fn named(kind: EstateKind, id: &str) -> String {
    if id.is_empty() { kind.to_string() } else { format!("{} `{id}`", kind.noun()) }
}

impl Shown for EstateView {
    fn table(&self) -> String {
        let mut text = String::new();
        for change in &self.changes {
            let object = named(change.kind, &change.id);
            let _ = writeln!(text, "{} {} {object}", mark(change.action), change.action);
            for field in &change.fields {
                let _ = writeln!(text, "    {}", shown(field));
            }
        }
        for note in &self.notes {
            let word = match note.severity {
                Severity::Error => "blocker".to_owned(),
                severity => severity.to_string(),
            };
            let _ = writeln!(text, "{word}: {}: {}", named(note.kind, &note.id), note.what);
            let _ = writeln!(text, "  fix: {}", note.hint);
        }
        for update in self.applied.iter().flat_map(|applied| &applied.updates) {
            let end = update.status.as_ref().or(update.error.as_ref());
            let end = end.map(String::as_str).unwrap_or_default();
            let _ = writeln!(text, "update of `{}`: {end}", update.deployment);
        }
        for cycle in self.applied.iter().flat_map(|applied| &applied.cycles) {
            let cycle = cycle.join(", ");
            let _ = writeln!(
                text,
                "warning: these use objects of each other, so that no order suits them: {cycle}"
            );
        }
        let (_, verdict) = self.verdict();
        let _ = writeln!(text, "{verdict}");
        text
    }

    fn sheet(&self) -> Vec<Vec<String>> {
        let head = ["what", "kind", "id", "field", "from", "to"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for change in &self.changes {
            let (action, kind) = (change.action.to_string(), change.kind.noun());
            let start = [action, kind.to_owned(), change.id.clone()];
            if change.fields.is_empty() {
                let empty = [String::new(), String::new(), String::new()];
                rows.push([start.clone(), empty].concat());
            }
            for field in &change.fields {
                let value = |value: &Option<String>| value.clone().unwrap_or_default();
                let end = [field.field.clone(), value(&field.from), value(&field.to)];
                rows.push([start.clone(), end].concat());
            }
        }
        for note in &self.notes {
            let start = [note.severity.to_string(), note.kind.noun().to_owned(), note.id.clone()];
            rows.push([start, [note.what.clone(), String::new(), note.hint.clone()]].concat());
        }
        rows
    }

    fn page(&self) -> Result<String, askama::Error> {
        SheetPage::render_of("Plan", &self.read_at, self.verdict(), &self.sheet())
    }
}
