//! What was or is to be done about logins that do not match, as it is shown.

use std::fmt::Write as _;

use project_deployer::remedies::{Mended, Outcome, Written};
use project_deployer::{Clock as _, SystemClock};
use serde::Serialize;

use crate::output::{SheetPage, Shown};
use crate::status::Tone;

/// What was done, and what is left.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MendedView {
    read_at: String,
    /// Whether anything was sent.
    applied: bool,
    /// The calls, with what became of each.
    calls: Vec<CallView>,
    /// What could be done from here and is not.
    held_back: Vec<String>,
    /// What only people can do.
    errands: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CallView {
    call: String,
    outcome: String,
    #[serde(skip)]
    tone: Tone,
}

impl MendedView {
    /// A run as it is shown.
    pub(crate) fn of(mended: &Mended) -> Self {
        Self {
            read_at: SystemClock.now().to_string(),
            applied: mended.after.is_some(),
            calls: mended.applied.written.iter().map(CallView::of).collect(),
            held_back: mended.left.held_back.iter().map(ToString::to_string).collect(),
            errands: mended.left.errands.iter().map(ToString::to_string).collect(),
        }
    }

    /// Whether a call was sent and did not do all that it was to do.
    pub(crate) fn has_failures(&self) -> bool {
        self.calls.iter().any(|call| call.tone == Tone::Bad || call.tone == Tone::Unknown)
    }

    /// Whether nobody has anything to do any more.
    pub(crate) fn is_clean(&self) -> bool {
        let open = self.calls.iter().any(|call| call.tone != Tone::Good);
        !open && self.held_back.is_empty() && self.errands.is_empty()
    }

    fn verdict(&self) -> (Tone, String) {
        let waiting = self.calls.iter().filter(|call| call.tone == Tone::Waiting).count();
        let people = self.errands.len();
        if self.has_failures() {
            (Tone::Bad, "not everything that was sent was done; see above".to_owned())
        } else if self.is_clean() {
            (Tone::Good, "nothing is left to do".to_owned())
        } else if waiting > 0 {
            let calls = format!("{waiting} calls would be sent with --apply");
            (Tone::Waiting, format!("{calls}; {people} things are for people"))
        } else {
            let held = self.held_back.len();
            (Tone::Waiting, format!("{people} things are for people, {held} are held back"))
        }
    }

    fn rows(&self) -> impl Iterator<Item = [String; 3]> + '_ {
        let calls = self
            .calls
            .iter()
            .map(|call| ["call".to_owned(), call.call.clone(), call.outcome.clone()]);
        let rest = |kind: &'static str, texts: &'_ [String]| {
            texts
                .iter()
                .map(|text| [kind.to_owned(), text.clone(), String::new()])
                .collect::<Vec<_>>()
        };
        calls.chain(rest("held back", &self.held_back)).chain(rest("for people", &self.errands))
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
            Outcome::Unclear { .. } => Tone::Unknown,
        };
        Self { call: written.write.to_string(), outcome: written.outcome.to_string(), tone }
    }
}

impl Shown for MendedView {
    fn table(&self) -> String {
        let mut text = String::new();
        for call in &self.calls {
            let _ = writeln!(text, "{} {}: {}", call.tone.sign(), call.call, call.outcome);
        }
        for (title, lines) in [("held back", &self.held_back), ("for people", &self.errands)] {
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
