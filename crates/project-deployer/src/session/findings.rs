//! What watching found.

use std::cmp::Reverse;
use std::collections::HashMap;

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::Timestamp;
use project_deployer_core::infra::Target;
use project_deployer_core::rights::Operation;
use project_deployer_store::Commit;
use serde_json::json;

use super::{DeployerSession, View};
use crate::audit::{Action, Change};
use crate::governance::governance_status;
use crate::state::{DeploymentRecord, RecordCommit as _, VersionedRecord};
use crate::watch::{
    Acknowledgement, Check, DeploymentState, Finding, FindingFilter, MonitoredDeployment,
    WatchRecord, rules_of, setting_of,
};

/// What errors call a finding.
const NOUN: &str = "finding";

/// How often an acknowledgement is made, beside rounds that see the same findings.
const ATTEMPTS: usize = 20;

/// Findings (M18). Who sees a deployment sees its findings; findings about logins are for global administrators. An
/// administrator of the infrastructure acknowledges them.
impl DeployerSession {
    /// The findings that the caller may see: the open ones first, the worst first, and those that are ignored after the
    /// others.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn findings(&self, filter: &FindingFilter) -> Result<Vec<Finding>, DeployerError> {
        let view = self.view().await?;
        let records = self.repository().readable_below::<WatchRecord>("").await?;
        let settings = self.deployer.watch_settings().await?.readable;
        let now = self.deployer.now();
        let mut found = Vec::new();
        for record in records {
            let rules = record.infra.as_ref().map(|infra| rules_of(&settings, infra));
            let rules = rules.unwrap_or_default();
            let listed = record.findings.into_iter();
            let listed = listed.filter(|it| filter.lists(it) && view.shows_finding(it));
            found.extend(listed.map(|finding| finding.shown_at(&rules, now)));
        }
        found.sort_by(|one, other| {
            let rank = |finding: &Finding| {
                let resolved = finding.resolved.map(Reverse);
                let is_ignored = finding.ignored.is_some();
                (resolved, is_ignored, Reverse(finding.severity), finding.first_seen)
            };
            rank(one).cmp(&rank(other)).then_with(|| one.subject.cmp(&other.subject))
        });
        Ok(found)
    }

    /// The last known health of the deployments that the caller may see, where health is watched. There is none of a
    /// deployment that no round looked at for more than two times as long as rounds are apart, or since it is on its
    /// infrastructure.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn deployment_states(&self) -> Result<Vec<DeploymentState>, DeployerError> {
        let view = self.view().await?;
        let prefix = format!("{}/", Check::Health);
        let records = self.repository().readable_below::<WatchRecord>(&prefix).await?;
        let settings = self.deployer.watch_settings().await?.readable;
        let now = self.deployer.now();
        let mut states = Vec::new();
        for record in records {
            let Some(infra) = &record.infra else { continue };
            let setting = setting_of(&settings, infra);
            let Some(every) = setting.and_then(|it| it.every(Check::Health)) else { continue };
            states.extend(record.deployments.into_iter().filter(|state| {
                let is_visible =
                    || view.deployment_for(Operation::ViewDeployment, &state.deployment).is_ok();
                let is_about =
                    |it: &DeploymentRecord| it.settings.infra_id == *infra && it.uid == state.uid;
                let found = view.model.deployment(&state.deployment).ok().flatten();
                state.is_current(every, now)
                    && found.is_some_and(|found| is_about(&found.value))
                    && is_visible()
            }));
        }
        Ok(states)
    }

    /// The deployments that the caller may see, with their last known state, as the product's endpoint for Prometheus has
    /// them. No node is asked.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn monitored_deployments(&self) -> Result<Vec<MonitoredDeployment>, DeployerError> {
        let states = self.deployment_states().await?;
        let mut states: HashMap<_, _> =
            states.into_iter().map(|state| (state.deployment.clone(), state)).collect();
        let view = self.view().await?;
        let visibility = view.visibility();
        let monitored = visibility.deployments().map(|found| {
            let settings = &found.record.settings;
            let bundle = view.model.bundle(&settings.published_project_key, &settings.bundle_id);
            let bundle = bundle.ok().flatten().and_then(|kept| kept.value.published.as_ref());
            let policy = bundle.map(|bundle| governance_status(found.infra, bundle));
            MonitoredDeployment {
                id: settings.id.clone(),
                infra: settings.infra_id.clone(),
                is_multi_node: matches!(found.infra.target, Target::MultiNode(_)),
                bundle: settings.bundle_id.clone(),
                deployed_as: settings.deployed_project_key.clone(),
                state: states.remove(&settings.id),
                governance: policy.and_then(|messages| messages.max_severity()),
            }
        });
        Ok(monitored.collect())
    }

    /// Says that somebody knows of a finding, with the reason why nothing is done now. It holds until the finding is
    /// resolved, or until a time. It replaces an earlier one.
    ///
    /// # Errors
    ///
    /// There is no such finding, or it is resolved; the caller does not administer its infrastructure; the note is empty;
    /// or the time is in the past.
    pub async fn acknowledge_finding(
        &self,
        id: &str,
        note: &str,
        until: Option<Timestamp>,
    ) -> Result<Finding, DeployerError> {
        let make = |view: &View, finding: &Finding| {
            if !finding.is_open() {
                return Err(DeployerError::not_possible(
                    format!("finding `{id}` is resolved"),
                    "acknowledge findings that are open",
                ));
            }
            let by = view.login.clone();
            Acknowledgement::new(by, note, until, self.deployer.now()).map(Some)
        };
        let work = self.change_finding(id, Action::Acknowledge, make);
        self.attempt(Action::Acknowledge, ResourceRef::new(NOUN, id), work).await
    }

    /// Withdraws an acknowledgement.
    ///
    /// # Errors
    ///
    /// There is no such finding, it is not acknowledged, or the caller does not administer its infrastructure.
    pub async fn unacknowledge_finding(&self, id: &str) -> Result<Finding, DeployerError> {
        let make = |_: &View, finding: &Finding| match finding.acknowledged {
            Some(_) => Ok(None),
            None => Err(DeployerError::not_possible(
                format!("finding `{id}` is not acknowledged"),
                "there is nothing to withdraw",
            )),
        };
        let work = self.change_finding(id, Action::Unacknowledge, make);
        self.attempt(Action::Unacknowledge, ResourceRef::new(NOUN, id), work).await
    }

    async fn change_finding(
        &self,
        id: &str,
        action: Action,
        make: impl Fn(&View, &Finding) -> Result<Option<Acknowledgement>, DeployerError>,
    ) -> Result<Finding, DeployerError> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let view = self.view().await?;
            let (found, place) = self.record_of(&view, id).await?;
            let Some(finding) = found.value.findings.get(place) else {
                return Err(DeployerError::not_found(NOUN, id));
            };
            if let Some(infra) = &finding.subject.infra {
                view.infra_for(Operation::EditInfraSettings, infra)?;
            }
            let acknowledged = make(&view, finding)?;
            let change = Change::of(action, WatchRecord::OBJECT, &id).with_after(json!({
                "finding": finding.subject, "acknowledged": acknowledged,
            }));
            let changed = Finding { acknowledged, ..finding.clone() };
            let mut new = found.value.clone();
            if let Some(old) = new.findings.get_mut(place) {
                *old = changed.clone();
            }
            let commit = Commit::new().replace(&found, &new)?;
            match self.commit(commit, change).await {
                // A round saw it again.
                Err(DeployerError::ChangedMeanwhile(_)) if attempts < ATTEMPTS => {}
                other => return other.map(|()| changed),
            }
        }
    }

    /// The record with a finding that the caller may see, and the place of the finding in it.
    async fn record_of(
        &self,
        view: &View,
        id: &str,
    ) -> Result<(VersionedRecord<WatchRecord>, usize), DeployerError> {
        let records = self.repository().readable_below::<WatchRecord>("").await?;
        let has_it = |record: &&WatchRecord| {
            record.findings.iter().any(|it| it.id == id && view.shows_finding(it))
        };
        let absent = || DeployerError::not_found(NOUN, id);
        let listed = records.iter().find(has_it).ok_or_else(absent)?;
        let found = self.repository().existing::<WatchRecord>(&listed.id).await?;
        let place = found.value.findings.iter().position(|it| it.id == id);
        place.map(|place| (found, place)).ok_or_else(absent)
    }
}
