//! Results of `deployer state`, as the command shows them.

use std::fmt::Write as _;

use project_deployer::state_admin::{
    Compacted, Copied, KeyUse, Rotation, StatePlace, StateStatus, Verification,
};
use serde::Serialize;

use crate::output::counted;
use crate::status::Tone;
use crate::store_view::StoreResult;

/// What an action found or did.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum StateResult {
    Status(StateStatus),
    Copied {
        /// Where the copy is.
        to: String,
        #[serde(flatten)]
        copied: Copied,
    },
    Verified(Verification),
    Compacted(Compacted),
    Rotated(Rotation),
    Forgotten {
        /// The key that is gone.
        key: String,
        /// The keys that are left, with their secrets.
        secrets: KeyUse,
    },
}

/// A fact: what it is about, its name, its value.
type Fact = (&'static str, String, String);

impl StateResult {
    pub(crate) fn copied(copied: Copied, to: &StatePlace) -> Self {
        Self::Copied { to: to.url().to_owned(), copied }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Status(status) => facts_of_status(status),
            Self::Copied { to, copied } => facts_of_copy(to, copied),
            Self::Verified(found) => facts_of_verification(found),
            Self::Compacted(done) => vec![
                fact("compacted", "until revision", &done.until),
                fact("bytes", "before", &shown(done.bytes_before)),
                fact("bytes", "now", &shown(done.bytes_after)),
            ],
            Self::Rotated(done) => facts_of_rotation(done),
            Self::Forgotten { key, secrets } => {
                let gone = fact("forgotten", "key", key);
                std::iter::once(gone).chain(facts_of_keys("secrets", secrets)).collect()
            }
        }
    }
}

fn fact(what: &'static str, name: impl Into<String>, value: &impl ToString) -> Fact {
    (what, name.into(), value.to_string())
}

fn shown(count: Option<u64>) -> String {
    count.map_or_else(|| "unknown".to_owned(), |count| count.to_string())
}

fn facts_of_status(status: &StateStatus) -> Vec<Fact> {
    let mut facts = vec![
        fact("store", "schema", &shown(status.schema)),
        fact("store", "revision", &status.revision),
        fact("store", "compacted", &status.compacted),
        fact("store", "bytes", &shown(status.bytes)),
    ];
    let documents = status.documents.iter();
    facts.extend(documents.map(|(kind, count)| fact("documents", kind, count)));
    facts.push(fact("journals", "journals", &status.journals));
    facts.push(fact("journals", "entries", &status.entries));
    facts.extend(facts_of_keys("secrets", &status.secrets));
    facts.push(fact("archives", "place", &status.archives.place));
    facts.push(fact("archives", "archives", &status.archives.count));
    facts.push(fact("archives", "bytes", &status.archives.bytes));
    facts.extend(status.incoming.iter().map(|from| fact("copy", "unfinished, from", from)));
    facts.extend(status.moved_to.iter().map(|to| fact("moved", "to", to)));
    facts
}

fn facts_of_keys(what: &'static str, keys: &KeyUse) -> Vec<Fact> {
    let current = keys.current_key.as_deref();
    let mut facts = vec![fact(what, "current key", &current.unwrap_or("none: not sealed"))];
    let by_key = keys.by_key.iter();
    facts.extend(by_key.map(|(key, count)| fact(what, format!("sealed with {key}"), count)));
    if keys.unsealed > 0 {
        facts.push(fact(what, "not sealed", &keys.unsealed));
    }
    facts
}

fn facts_of_copy(to: &str, copied: &Copied) -> Vec<Fact> {
    let mut facts = vec![
        fact("copy", "to", &to.to_owned()),
        fact("copy", "revision", &copied.revision),
        fact("copy", "documents", &copied.documents),
        fact("copy", "entries", &copied.entries),
        fact("copy", "archives", &copied.archives),
    ];
    facts.extend(copied.archives_at.iter().map(|at| fact("copy", "archives stay at", at)));
    facts
}

fn facts_of_verification(found: &Verification) -> Vec<Fact> {
    let counts = [
        ("documents", found.documents),
        ("secrets", found.secrets),
        ("journals", found.journals),
        ("entries", found.entries),
        ("archives", found.archives),
        ("unused archives", found.unused_archives),
    ];
    let counts = counts.into_iter().map(|(name, count)| fact("checked", name, &count));
    let faults = found.faults.iter().map(|fault| {
        let what = format!("{} ({})", fault.what, fault.kind);
        fact("fault", &fault.object, &what)
    });
    counts.chain(faults).collect()
}

fn facts_of_rotation(done: &Rotation) -> Vec<Fact> {
    let how = if done.resumed { "continued" } else { "new key" };
    let mut facts = vec![fact("change", how, &counted_secrets(done.sealed))];
    facts.extend(facts_of_keys("before", &done.before));
    facts.extend(facts_of_keys("now", &done.after));
    facts.extend(done.unused_keys.iter().map(|key| fact("unused", "key", key)));
    facts
}

fn counted_secrets(count: u64) -> String {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    format!("{} sealed again", counted(count, "secret"))
}

impl StateResult {
    /// The number of faults that a check found.
    pub(crate) fn faults(&self) -> usize {
        match self {
            Self::Verified(found) => found.faults.len(),
            Self::Status(_)
            | Self::Copied { .. }
            | Self::Compacted(_)
            | Self::Rotated(_)
            | Self::Forgotten { .. } => 0,
        }
    }
}

impl StoreResult for StateResult {
    const TITLE: &'static str = "State";

    fn head(&self) -> &'static [&'static str] {
        &["what", "name", "value"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let facts = self.facts().into_iter();
        facts.map(|(what, name, value)| vec![what.to_owned(), name, value]).collect()
    }

    fn text(&self) -> String {
        let facts = self.facts();
        let width = facts.iter().map(|(what, ..)| what.len()).max().unwrap_or_default();
        let names = facts.iter().map(|(_, name, _)| name.chars().count().min(40));
        let name_width = names.max().unwrap_or_default();
        let mut text = String::new();
        for (what, name, value) in &facts {
            let _ = writeln!(text, "{what:<width$}  {name:<name_width$}  {value}");
        }
        text
    }

    fn verdict(&self, command: &str, store: &str) -> (Tone, String) {
        match (self.faults(), self) {
            (0, Self::Verified(_)) => (Tone::Good, format!("no fault in {store}")),
            (0, _) => (Tone::Good, format!("{command}: {store}")),
            (faults, _) => (Tone::Bad, format!("{} in {store}", counted(faults, "fault"))),
        }
    }
}
