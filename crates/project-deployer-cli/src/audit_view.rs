//! Results of `deployer audit`, as the command shows them.

use std::fmt::Write as _;

use project_deployer::audit::{AuditEntry, AuditId, AuditRecord, AuditVerification};
use project_deployer::core::Timestamp;
use serde::Serialize;

use crate::output::{SCHEMA_VERSION, SheetPage, Shown, aligned, counted};
use crate::status::Tone;

/// The result of an action on an audit.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditView {
    schema_version: u32,
    /// When.
    read_at: String,
    /// Which action.
    command: &'static str,
    /// The URL of the state.
    store: String,
    #[serde(flatten)]
    result: AuditResult,
}

/// What an action found.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum AuditResult {
    Listed {
        /// The records, the newest first.
        records: Vec<ListedRecord>,
        /// Where the next list begins; null if there are no older records.
        next: Option<String>,
    },
    Verified(AuditVerification),
}

/// A record with its id.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListedRecord {
    /// Which record.
    record_id: String,
    #[serde(flatten)]
    record: AuditRecord,
}

impl AuditResult {
    pub(crate) fn listed(entries: &[AuditEntry], next: Option<&AuditId>) -> Self {
        let records = entries.iter().map(|entry| ListedRecord {
            record_id: entry.id.to_string(),
            record: entry.record.clone(),
        });
        Self::Listed { records: records.collect(), next: next.map(ToString::to_string) }
    }

    fn head(&self) -> &'static [&'static str] {
        match self {
            Self::Listed { .. } => &[
                "record",
                "time",
                "actor",
                "on behalf of",
                "action",
                "object",
                "outcome",
                "request",
            ],
            Self::Verified(_) => &["what", "name", "value"],
        }
    }

    fn rows(&self) -> Vec<Vec<String>> {
        match self {
            Self::Listed { records, .. } => records.iter().map(row).collect(),
            Self::Verified(found) => facts(found),
        }
    }
}

fn row(listed: &ListedRecord) -> Vec<String> {
    let record = &listed.record;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let outcome = match &record.code {
        Some(code) => format!("{} ({code})", record.outcome),
        None => record.outcome.to_string(),
    };
    let object = match record.id.as_str() {
        "" => record.kind.clone(),
        id => format!("{} {id}", record.kind),
    };
    vec![
        listed.record_id.clone(),
        record.time_as_text(),
        text(&record.actor),
        text(&record.on_behalf_of),
        record.action.clone(),
        object,
        outcome,
        text(&record.request_id),
    ]
}

fn facts(found: &AuditVerification) -> Vec<Vec<String>> {
    let fact =
        |what: &str, name: &str, value: String| vec![what.to_owned(), name.to_owned(), value];
    let counts = [
        ("records in the chain", found.sealed),
        ("records not in the chain yet", found.unsealed),
        ("blocks", found.blocks),
        ("records removed by retention", found.trimmed),
    ];
    let counts = counts.into_iter().map(|(name, count)| fact("checked", name, count.to_string()));
    let head = found.head.iter().map(|head| fact("chain", "head", head.to_string()));
    let faults = found.faults.iter().map(|fault| fact("fault", &fault.object, fault.what.clone()));
    counts.chain(faults).chain(head).collect()
}

impl AuditView {
    pub(crate) fn new(
        read_at: Timestamp,
        command: &'static str,
        store: &str,
        result: AuditResult,
    ) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            read_at: read_at.to_string(),
            command,
            store: store.to_owned(),
            result,
        }
    }

    fn verdict(&self) -> (Tone, String) {
        let store = &self.store;
        match &self.result {
            AuditResult::Listed { records, next } => {
                let more = next.as_ref().map(|next| format!("; older ones: --before {next}"));
                let count = counted(records.len(), "record");
                (Tone::Good, format!("{count} of {store}{}", more.unwrap_or_default()))
            }
            AuditResult::Verified(found) if found.faults.is_empty() => {
                (Tone::Good, format!("no fault in the audit of {store}"))
            }
            AuditResult::Verified(found) => {
                let count = counted(found.faults.len(), "fault");
                (Tone::Bad, format!("{count} in the audit of {store}"))
            }
        }
    }
}

impl Shown for AuditView {
    fn table(&self) -> String {
        let mut text = aligned(&self.result.rows());
        let (_, verdict) = self.verdict();
        let _ = writeln!(text, "{verdict}");
        text
    }

    fn sheet(&self) -> Vec<Vec<String>> {
        let head = self.result.head().iter().map(|name| (*name).to_owned()).collect();
        std::iter::once(head).chain(self.result.rows()).collect()
    }

    fn page(&self) -> Result<String, askama::Error> {
        SheetPage::render_of("Audit", &self.read_at, self.verdict(), &self.sheet())
    }
}
