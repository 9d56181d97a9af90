//! What was or is to be done about logins that do not match, as it is shown.

use std::fmt::Write as _;

use project_deployer::core::Timestamp;
use project_deployer::remedies::{Outcome, RemediationReport, Written};
use serde::Serialize;

use crate::output::{SheetPage, Shown};
use crate::status::Tone;
use crate::view::NoteView;

/// What was done, and what is left.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RemediationView {
    read_at: String,
    /// Whether anything was sent.
    applied: bool,
    /// The calls, with what became of each.
    calls: Vec<CallView>,
    /// What is still to be sent after a second look.
    open: Vec<String>,
    /// What no location told, so that nobody knows whether something is to be done.
    unknown: Vec<String>,
    /// What could be done from here and is not.
    skipped: Vec<String>,
    /// What only people can do.
    manual_steps: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CallView {
    call: String,
    outcome: String,
    #[serde(skip)]
    tone: Tone,
}

impl RemediationView {
    /// A run as it is shown.
    pub(crate) fn of(remediated: &RemediationReport, read_at: Timestamp) -> Self {
        let open = remediated.left.writes.iter().filter(|_| remediated.after.is_some());
        let report = &remediated.after.as_ref().unwrap_or(&remediated.before).report;
        let notes = report.notes.iter().map(NoteView::of).filter(|note| note.is_finding);
        Self {
            read_at: read_at.to_string(),
            applied: remediated.after.is_some(),
            open: open.map(ToString::to_string).collect(),
            unknown: notes.map(|note| format!("{}: {}", note.location, note.text)).collect(),
            calls: remediated.applied.written.iter().map(CallView::of).collect(),
            skipped: remediated.left.skipped.iter().map(ToString::to_string).collect(),
            manual_steps: remediated.left.manual_steps.iter().map(ToString::to_string).collect(),
        }
    }

    /// Whether a call was sent and did not do all that it was to do.
    pub(crate) fn has_failures(&self) -> bool {
        self.calls.iter().any(|call| call.tone == Tone::Bad || call.tone == Tone::Unknown)
    }

    /// Whether nobody has anything to do any more.
    pub(crate) fn is_clean(&self) -> bool {
        let open = self.calls.iter().any(|call| call.tone != Tone::Good);
        !open && self.left().iter().all(|(_, lines)| lines.is_empty())
    }

    fn left(&self) -> [(&'static str, &[String]); 4] {
        [
            ("still to do", &self.open),
            ("not told", &self.unknown),
            ("held back", &self.skipped),
            ("for people", &self.manual_steps),
        ]
    }

    fn verdict(&self) -> (Tone, String) {
        let waiting = self.calls.iter().filter(|call| call.tone == Tone::Waiting).count();
        let people = self.manual_steps.len();
        if self.has_failures() {
            (Tone::Bad, "not everything that was sent was done".to_owned())
        } else if self.is_clean() {
            (Tone::Good, "nothing is left to do".to_owned())
        } else if waiting > 0 {
            (Tone::Waiting, format!("to be sent with --apply: {waiting}; for people: {people}"))
        } else {
            let held = self.skipped.len();
            (Tone::Waiting, format!("for people: {people}; held back: {held}"))
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

impl CallView {
    fn of(written: &Written) -> Self {
        let tone = match &written.outcome {
            Outcome::NotSent => Tone::Waiting,
            Outcome::Done { .. } => Tone::Good,
            Outcome::Partly { .. } | Outcome::Refused { .. } | Outcome::NotTried { .. } => {
                Tone::Bad
            }
            _ => Tone::Unknown,
        };
        Self { call: written.write.to_string(), outcome: written.outcome.to_string(), tone }
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
