//! Records of what an administrator did with a state as a whole, without a Deployer.

use std::collections::BTreeMap;

use project_deployer_store::Commit;
use serde_json::Value;

use super::days::{DAYS, day_of, journal_of};
use super::{AuditOutcome, AuditRecord, Change};
use crate::clock::{Clock as _, SystemClock};
use crate::state::RecordCommit as _;

/// The commit with the record of an act. `actor` is whoever ran the program, as the host says.
///
/// # Errors
///
/// The record cannot be written as JSON.
pub(crate) fn administered(
    commit: Commit,
    actor: Option<&str>,
    change: Change,
) -> Result<Commit, serde_json::Error> {
    let record = AuditRecord {
        time: SystemClock.now(),
        actor: actor.map(str::to_owned),
        authentication: actor.map(|_| "host".to_owned()),
        on_behalf_of: None,
        also: change.also(&commit.writes),
        action: change.action.as_str().to_owned(),
        kind: change.kind,
        id: change.id,
        before: change.before,
        after: change.after,
        request_id: None,
        address: None,
        outcome: AuditOutcome::Done,
        code: None,
        attempts: BTreeMap::new(),
        process: format!("state-{}", std::process::id()),
    };
    let day = day_of(record.time);
    let text = serde_json::to_string(&record)?;
    Ok(commit.refer(DAYS.key(&day)).append(journal_of(&day), Value::String(text)))
}
