//! Results of `deployer audit`, as the command shows them.

use project_deployer::audit::{AuditEntry, AuditId, AuditRecord, AuditVerification};
use serde::Serialize;

use crate::output::counted;
use crate::status::Tone;
use crate::store_view::StoreResult;

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
}

impl StoreResult for AuditResult {
    const TITLE: &'static str = "Audit";

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

    fn verdict(&self, _: &str, store: &str) -> (Tone, String) {
        match self {
            Self::Listed { records, next } => {
                let more = next.as_ref().map(|next| format!("; older ones: --before {next}"));
                let count = counted(records.len(), "record");
                (Tone::Good, format!("{count} of {store}{}", more.unwrap_or_default()))
            }
            Self::Verified(found) if found.faults.is_empty() => {
                (Tone::Good, format!("no fault in the audit of {store}"))
            }
            Self::Verified(found) => {
                let count = counted(found.faults.len(), "fault");
                (Tone::Bad, format!("{count} in the audit of {store}"))
            }
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
