//! Writes records: each with its change, in one commit.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::Timestamp;
use project_deployer_store::{Commit, Revision};
use serde_json::Value;
use tokio::sync::Notify;

use super::asked::Refused;
use super::days::{DAYS, day_of, journal_of};
use super::refusals::Refusals;
use super::{Action, Asked, AuditOutcome, AuditRecord, Change};
use crate::authentication::Principal;
use crate::deployer::Deployer;
use crate::state::RecordCommit as _;

/// The longest text of a refused attempt that callers choose, in bytes.
const LONGEST: usize = 256;

/// What a process knows of its audit.
#[derive(Debug, Default)]
pub(crate) struct AuditState {
    /// The last day that this process has announced.
    announced: Mutex<String>,
    refusals: Mutex<Refusals>,
    /// There are records that are not sealed.
    pub(super) written: Notify,
}

impl Deployer {
    /// Commits a change together with its record.
    pub(crate) async fn commit_change(
        &self,
        asked: Asked,
        commit: Commit,
        change: Change,
    ) -> Result<Revision, DeployerError> {
        let record = self.record_of(asked, &commit, change);
        self.commit_record(commit, &record).await
    }

    /// Records an attempt that was refused. A failure to do so is logged, with the attempt.
    pub(crate) async fn record_refused(&self, refused: Refused) {
        let now = self.now();
        let actor = refused.asked.actor.clone().unwrap_or_default();
        let (action, object, code) = (refused.action.as_str(), &refused.object, refused.code);
        tracing::warn!(%actor, action, %object, code, "an attempt was refused");
        self.record_counts(false).await;
        if !self.inner.audit.refusals().admit(&actor, refused.code, now) {
            return;
        }
        let record = self.record_of_refused(refused);
        if let Err(error) = self.commit_record(Commit::new(), &record).await {
            tracing::error!(%actor, action, code, %error, "a refused attempt could not be recorded");
            self.inner.audit.refusals().count(record.code.as_deref().unwrap_or_default(), 1);
        }
    }

    /// Records how many refused attempts have no record of their own.
    pub(super) async fn record_counts(&self, at_once: bool) {
        let Some(attempts) = self.inner.audit.refusals().due(self.now(), at_once) else { return };
        let change = Change::of(Action::Count, "refused-attempts", &"");
        let mut record = self.record_of(Asked::default(), &Commit::new(), change);
        record.outcome = AuditOutcome::Refused;
        record.attempts.clone_from(&attempts);
        if let Err(error) = self.commit_record(Commit::new(), &record).await {
            tracing::error!(?attempts, %error, "refused attempts could not be recorded");
            self.inner.audit.refusals().back(&attempts);
        }
    }

    /// The commit with a record.
    async fn commit_record(
        &self,
        commit: Commit,
        record: &AuditRecord,
    ) -> Result<Revision, DeployerError> {
        let text = serde_json::to_string(record);
        let text = text.map_err(|error| DeployerError::state("an audit record", error))?;
        let day = day_of(record.time);
        let audit = &self.inner.audit;
        let is_announced = *audit.announced() == day;
        // Whoever seals, lists or verifies finds the days by these documents.
        let commit = if is_announced { commit } else { commit.refer(DAYS.key(&day)) };
        let commit = commit.append(journal_of(&day), Value::String(text));
        let revision = self.inner.repository.commit_unaudited_at(commit).await?;
        *audit.announced() = day;
        audit.written.notify_one();
        Ok(revision)
    }

    fn record_of(&self, asked: Asked, commit: &Commit, change: Change) -> AuditRecord {
        AuditRecord {
            also: change.also(&commit.writes),
            kind: change.kind,
            id: change.id,
            before: change.before,
            after: change.after,
            ..self.empty_record(asked, change.action)
        }
    }

    fn record_of_refused(&self, refused: Refused) -> AuditRecord {
        let Refused { asked, action, object, code } = refused;
        AuditRecord {
            kind: object.kind().replace(' ', "-").to_lowercase(),
            id: short(object.id()),
            outcome: AuditOutcome::Refused,
            code: Some(code.to_owned()),
            ..self.empty_record(asked, action)
        }
    }

    fn empty_record(&self, asked: Asked, action: Action) -> AuditRecord {
        AuditRecord {
            time: self.now(),
            actor: asked.actor,
            authentication: asked.authentication,
            on_behalf_of: asked.on_behalf_of,
            action: action.as_str().to_owned(),
            kind: String::new(),
            id: String::new(),
            also: Vec::new(),
            before: None,
            after: None,
            request_id: asked.request.as_deref().map(short),
            address: asked.address,
            outcome: AuditOutcome::Done,
            code: None,
            attempts: BTreeMap::new(),
            process: self.inner.name.clone(),
        }
    }

    /// Records that somebody could not authenticate, for hosts and services: the engine does not know whether a key
    /// that it refuses was the last one to be tried. `address` is where the client is, if it is known.
    ///
    /// Only so many attempts of this kind have a record of their own; the others are counted.
    pub async fn record_refused_login(
        &self,
        error: &DeployerError,
        request_id: Option<&str>,
        address: Option<&str>,
    ) {
        let login = match error {
            DeployerError::LoginUnknown(login) | DeployerError::LoginDisabled(login) => {
                login.to_string()
            }
            _ => String::new(),
        };
        let asked = Asked::unknown(request_id, address);
        let object = ResourceRef::new("user", login);
        self.record_refused(Refused::new(asked, Action::Authenticate, object, error)).await;
    }

    /// Records that a principal may not act on behalf of somebody else.
    pub(crate) async fn record_refused_impersonation(
        &self,
        principal: &Principal,
        object: ResourceRef,
        error: &DeployerError,
    ) {
        let asked = Asked::of(principal);
        self.record_refused(Refused::new(asked, Action::Impersonate, object, error)).await;
    }
}

impl AuditState {
    fn announced(&self) -> MutexGuard<'_, String> {
        self.announced.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refusals(&self) -> MutexGuard<'_, Refusals> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A text that a caller chose, cut where it is long.
fn short(text: &str) -> String {
    let cut = text.char_indices().map(|(at, letter)| at + letter.len_utf8());
    match cut.take_while(|end| *end <= LONGEST).last() {
        Some(end) if end < text.len() => format!("{}…", &text[..end]),
        _ => text.to_owned(),
    }
}

/// How far back clocks of processes may be: records of younger days may still come.
pub(super) fn youngest_closed(now: Timestamp) -> String {
    const DAYS: i64 = 3;
    day_of(Timestamp::from_millis(now.as_millis().saturating_sub(DAYS * 86_400_000)))
}
