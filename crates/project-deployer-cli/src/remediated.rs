//! Remedies for logins that do not match, as the command shows them.

use std::fmt::Write as _;

use project_deployer::core::accounts::SourceType;
use project_deployer::remedies::{Blocker, Outcome, RemediationReport, SkippedAction, Written};
use project_deployer::{Clock as _, SystemClock};
use serde::Serialize;

use crate::output::{SCHEMA_VERSION, SheetPage, Shown};
use crate::status::Tone;
use crate::view::NoteView;

/// The result of `deployer remedies`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RemediationView {
    schema_version: u32,
    /// When the locations were read.
    read_at: String,
    /// Whether calls were sent.
    applied: bool,
    /// The calls, each with its outcome.
    calls: Vec<CallView>,
    /// The calls that are still needed after the second reading.
    open: Vec<String>,
    /// What no location reported, so the need for a remedy is unknown.
    unknown: Vec<String>,
    /// Actions that were skipped, with their blockers.
    skipped: Vec<String>,
    /// Manual steps.
    manual_steps: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CallView {
    call: String,
    status: &'static str,
    outcome: String,
    #[serde(skip)]
    tone: Tone,
}

impl RemediationView {
    /// The view of a run that has just ended.
    pub(crate) fn of(remediated: &RemediationReport) -> Self {
        let open = remediated.left.writes.iter().filter(|_| remediated.after.is_some());
        let report = &remediated.after.as_ref().unwrap_or(&remediated.before).report;
        let notes = report.notes.iter().map(NoteView::of).filter(|note| note.is_finding);
        Self {
            schema_version: SCHEMA_VERSION,
            read_at: SystemClock.now().to_string(),
            applied: remediated.after.is_some(),
            open: open.map(ToString::to_string).collect(),
            unknown: notes.map(|note| format!("{}: {}", note.location, note.text)).collect(),
            calls: remediated.applied.written.iter().map(CallView::of).collect(),
            skipped: remediated.left.skipped.iter().map(skipped_line).collect(),
            manual_steps: remediated.left.manual_steps.iter().map(ToString::to_string).collect(),
        }
    }

    /// Whether a call failed, in full or in part.
    pub(crate) fn has_failures(&self) -> bool {
        self.calls.iter().any(|call| call.tone == Tone::Bad || call.tone == Tone::Unknown)
    }

    /// Whether nothing is left to do.
    pub(crate) fn is_clean(&self) -> bool {
        let open = self.calls.iter().any(|call| call.tone != Tone::Good);
        !open && self.left().iter().all(|(_, lines)| lines.is_empty())
    }

    fn left(&self) -> [(&'static str, &[String]); 4] {
        [
            ("still needed", &self.open),
            ("unknown", &self.unknown),
            ("skipped", &self.skipped),
            ("manual steps", &self.manual_steps),
        ]
    }

    fn verdict(&self) -> (Tone, String) {
        let waiting = self.calls.iter().filter(|call| call.tone == Tone::Waiting).count();
        let manual = self.manual_steps.len();
        if self.has_failures() {
            (Tone::Bad, "some calls failed".to_owned())
        } else if self.is_clean() {
            (Tone::Good, "nothing is left to do".to_owned())
        } else if waiting > 0 {
            (Tone::Waiting, format!("calls that --apply sends: {waiting}; manual steps: {manual}"))
        } else {
            let skipped = self.skipped.len();
            (Tone::Waiting, format!("manual steps: {manual}; skipped actions: {skipped}"))
        }
    }

    fn rows(&self) -> impl Iterator<Item = [String; 3]> + '_ {
        let calls = self
            .calls
            .iter()
            .map(|call| ["call".to_owned(), call.call.clone(), call.outcome.clone()]);
        let rest = self.left().into_iter().flat_map(|(kind, lines)| {
            lines.iter().map(move |line| [kind.to_owned(), line.clone(), String::new()])
        });
        calls.chain(rest)
    }
}

/// A skipped action. The command names its options where the library knows none.
fn skipped_line(skipped: &SkippedAction) -> String {
    match &skipped.why {
        Blocker::NotOptedIn { source } => {
            let option = match source {
                SourceType::AzureAd => "azure-ad".to_owned(),
                other => other.to_string().to_lowercase(),
            };
            let why =
                format!("accounts from {source} are created only with `--provision {option}`");
            format!("{}; {why}", skipped.action())
        }
        _ => skipped.to_string(),
    }
}

impl CallView {
    fn of(written: &Written) -> Self {
        let (tone, status) = match &written.outcome {
            Outcome::NotSent => (Tone::Waiting, "not-sent"),
            Outcome::Done { .. } => (Tone::Good, "done"),
            Outcome::Partly { .. } => (Tone::Bad, "partly"),
            Outcome::Refused { .. } => (Tone::Bad, "refused"),
            Outcome::NotTried { .. } => (Tone::Bad, "not-tried"),
            Outcome::Unclear { .. } => (Tone::Unknown, "unclear"),
            _ => (Tone::Unknown, "unknown"),
        };
        let outcome = written.outcome.to_string();
        Self { call: written.write.to_string(), status, outcome, tone }
    }
}

impl Shown for RemediationView {
    fn table(&self) -> String {
        let mut text = String::new();
        for call in &self.calls {
            let _ = writeln!(text, "{} {}: {}", call.tone.sign(), call.call, call.outcome);
        }
        for (title, lines) in self.left() {
            if !lines.is_empty() {
                let _ = writeln!(text, "\n{title}:");
            }
            for line in lines {
                let _ = writeln!(text, "  {line}");
            }
        }
        let (_, verdict) = self.verdict();
        let _ = writeln!(text, "{verdict}");
        text
    }

    fn sheet(&self) -> Vec<Vec<String>> {
        let head = ["kind", "what", "outcome"].map(str::to_owned).to_vec();
        std::iter::once(head).chain(self.rows().map(|row| row.to_vec())).collect()
    }

    fn page(&self) -> Result<String, askama::Error> {
        SheetPage::render_of("Remedies", &self.read_at, self.verdict(), &self.sheet())
    }
}
