//! One round: looks at an infrastructure, and keeps what it saw.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::rights::Caller;
use project_deployer_core::{DeploymentId, InfraId, Login, Timestamp};
use project_deployer_ldap::DirectoryConnector;
use project_deployer_ldap::matching::ParityReport;
use project_deployer_store::{Commit, Lease};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::deployment_state::{Verdict, states};
use super::event::WatchEventKind;
use super::finding::{Finding, FindingKind, FindingSubject};
use super::ignore::ignoring;
use super::schedule::Rhythm;
use super::setting::rules_of;
use super::silent::{Moment, SilentNode, silent_after};
use super::state::{KeptRound, NotSeen, WatchRecord, WatchRound};
use super::{Check, Observation, compare, health, parity};
use crate::deployer::Deployer;
use crate::life::Phase;
use crate::session::{DeployerSession, revision_of};
use crate::state::{AsRead as _, Record as _, RecordCommit as _, VersionedRecord};

/// How often the result of a round is committed, beside acknowledgements of the same findings.
const ATTEMPTS: usize = 10;

/// What a round changed, as far as the caller sees it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WatchRun {
    /// The infrastructure.
    pub infra: InfraId,
    /// What was looked at.
    pub check: Check,
    /// The round.
    pub round: WatchRound,
    /// How many findings were opened.
    pub opened: usize,
    /// How many findings have another status.
    pub changed: usize,
    /// How many findings were resolved.
    pub resolved: usize,
    /// How many findings are open now, apart from those that are ignored.
    pub open: usize,
    /// How many findings are open and ignored.
    pub ignored: usize,
}

/// What a round changed.
#[derive(Debug)]
pub(crate) struct RunFacts {
    pub(crate) infra: InfraId,
    pub(crate) check: Check,
    pub(crate) round: KeptRound,
    pub(crate) changes: Vec<(WatchEventKind, FindingSubject)>,
    pub(crate) open: Vec<FindingSubject>,
    pub(crate) ignored: Vec<FindingSubject>,
}

impl RunFacts {
    /// What a caller sees of it.
    pub(crate) fn shown(self, shows: impl Fn(&FindingSubject) -> bool, is_admin: bool) -> WatchRun {
        let count = |kind| {
            let changes = self.changes.iter().filter(|(of, _)| *of == kind);
            changes.filter(|(_, subject)| shows(subject)).count()
        };
        WatchRun {
            opened: count(WatchEventKind::FindingOpened),
            changed: count(WatchEventKind::FindingChanged),
            resolved: count(WatchEventKind::FindingResolved),
            open: self.open.iter().filter(|subject| shows(subject)).count(),
            ignored: self.ignored.iter().filter(|subject| shows(subject)).count(),
            round: self.round.shown(&shows, is_admin),
            infra: self.infra,
            check: self.check,
        }
    }
}

/// What a round looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Task<'a> {
    pub(crate) infra: &'a InfraId,
    pub(crate) check: Check,
    /// How long it may take.
    pub(crate) deadline: Duration,
    /// Its rhythm, if it is only done when it is due.
    pub(crate) rhythm: Option<Rhythm<'a>>,
}

/// What became of a round.
#[derive(Debug)]
pub(crate) enum Done {
    Run(RunFacts),
    /// Another process did it meanwhile.
    NotDue(KeptRound),
    /// The infrastructure is in maintenance.
    Paused,
    /// Another process does it now.
    By(String),
}

/// What a round saw.
struct Looked {
    observation: Observation,
    verdicts: Option<BTreeMap<DeploymentId, Option<Verdict>>>,
    /// The nodes that do not answer; none if that is not known.
    silent: Option<Vec<SilentNode>>,
}

impl Looked {
    /// Nothing could be looked at.
    fn failed(task: Task<'_>, error: &DeployerError, at: Timestamp) -> Self {
        let kind = match task.check {
            Check::Health => FindingKind::NodeUnknown,
            Check::Parity => FindingKind::ParityUnknown,
        };
        let subject = FindingSubject::new(kind, Some(task.infra.clone()));
        let mut observation = Observation::nothing(at);
        observation.reasons.push(NotSeen::new(subject, format!("the round failed: {error}")));
        Self { observation, verdicts: None, silent: None }
    }
}

impl Deployer {
    /// Does one round, unless another process does it.
    pub(crate) async fn watch_round(
        &self,
        task: Task<'_>,
        directories: &Arc<dyn DirectoryConnector>,
    ) -> Result<Done, DeployerError> {
        let id = WatchRecord::record_id(task.check, task.infra);
        let object = format!("the watch of `{}`", task.infra);
        let keeper = match self.take_unless_held(&format!("watch/{id}"), &object).await? {
            Ok(keeper) => keeper,
            Err(holder) => return Ok(Done::By(holder)),
        };
        let lease = keeper.lease().clone();
        keeper.until_done(&object, self.round_under(&lease, task, &id, directories)).await
    }

    async fn round_under(
        &self,
        lease: &Lease,
        task: Task<'_>,
        id: &str,
        directories: &Arc<dyn DirectoryConnector>,
    ) -> Result<Done, DeployerError> {
        let repository = &self.inner.repository;
        let began = self.now();
        if let Some(rhythm) = task.rhythm {
            let last =
                repository.find::<WatchRecord>(id).await?.and_then(|found| found.value.round);
            if let Some(last) = last
                && !rhythm.is_due(Some(last.began), began)
            {
                return Ok(Done::NotDue(last));
            }
        }
        // What is seen is about the infrastructure as it is now.
        let infra = repository.existing::<InfraSettings>(task.infra).await?;
        let looked = match self.look(task, &infra, began, directories).await {
            Ok(Some(looked)) => looked,
            Ok(None) => return Ok(Done::Paused),
            Err(DeployerError::ShuttingDown) => return Err(DeployerError::ShuttingDown),
            // It is kept, so that everybody sees that nothing is known, and the next one waits for its time.
            Err(error) => Looked::failed(task, &error, self.now()),
        };
        let ended = self.now();
        let observation = Observation { at: ended, ..looked.observation };
        let unknown = reasons(&observation);
        let round = KeptRound { began, ended, unknown, left_out: 0 };
        let looked = Looked { observation, ..looked };
        let mut attempts = 0;
        loop {
            attempts += 1;
            match self.keep(lease, task, &infra, &looked, &round).await {
                // Somebody acknowledged a finding, or changed a webhook.
                Err(DeployerError::ChangedMeanwhile(_)) if attempts < ATTEMPTS => {}
                Ok(Some(kept)) => return Ok(Done::Run(kept)),
                Ok(None) => {
                    let named = ResourceRef::new(InfraSettings::NOUN, task.infra);
                    return Err(DeployerError::ChangedMeanwhile(named));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// None if a maintenance pauses rounds, before or after.
    async fn look(
        &self,
        task: Task<'_>,
        infra: &VersionedRecord<InfraSettings>,
        began: Timestamp,
        directories: &Arc<dyn DirectoryConnector>,
    ) -> Result<Option<Looked>, DeployerError> {
        if self.is_paused(task, &infra.value).await? {
            return Ok(None);
        }
        let looked = match task.check {
            Check::Health => self.look_at_health(task, infra, began).await?,
            Check::Parity => self.look_at_parity(task, directories).await?,
        };
        // One that began meanwhile: what was seen then may be its work.
        Ok((!self.is_paused(task, &infra.value).await?).then_some(looked))
    }

    /// Whether a maintenance pauses a round. Rounds at once are done all the same.
    async fn is_paused(
        &self,
        task: Task<'_>,
        infra: &InfraSettings,
    ) -> Result<bool, DeployerError> {
        if task.rhythm.is_none() {
            return Ok(false);
        }
        Ok(self.snapshot().await?.maintenance_of(infra, self.now())?.is_some())
    }

    async fn look_at_health(
        &self,
        task: Task<'_>,
        infra: &VersionedRecord<InfraSettings>,
        began: Timestamp,
    ) -> Result<Looked, DeployerError> {
        let id = WatchRecord::record_id(task.check, task.infra);
        let known = self.inner.repository.find::<WatchRecord>(&id).await?;
        let (deployments, silent) =
            known.map(|it| (it.value.deployments, it.value.silent)).unwrap_or_default();
        let checked = deployments.into_iter().map(|state| (state.deployment, state.checked));
        let before = health::KnownBefore { checked: checked.collect(), silent: &silent };
        let (rhythm, settings) = (task.rhythm, revision_of(infra));
        let moment = Moment { rhythm, began, settings, updated: None };
        let facts = health::gather(self, &infra.value, &before, moment, task.deadline).await?;
        let (observation, verdicts) = health::judged(&facts, self.now());
        let silent = silent_after(&silent, &facts.sick, &facts.resting, moment);
        Ok(Looked { observation, verdicts: Some(verdicts), silent: Some(silent) })
    }

    async fn look_at_parity(
        &self,
        task: Task<'_>,
        directories: &Arc<dyn DirectoryConnector>,
    ) -> Result<Looked, DeployerError> {
        let login =
            Login::parse("watch").map_err(|error| DeployerError::state("the watch", error))?;
        let session = self.acting_as(Caller::administrator(login));
        let observation = match self.assessed(session, task, directories).await? {
            Some(report) => parity::observed(&report, task.infra, self.now()),
            None => {
                let reason = format!("this took longer than {} s", task.deadline.as_secs());
                parity::unfinished(task.infra, &reason, self.now())
            }
        };
        Ok(Looked { observation, verdicts: None, silent: None })
    }

    /// Compares the logins; none if that took too long. It has a thread of its own, since large comparisons need the
    /// processor for seconds.
    async fn assessed(
        &self,
        session: DeployerSession,
        task: Task<'_>,
        directories: &Arc<dyn DirectoryConnector>,
    ) -> Result<Option<ParityReport>, DeployerError> {
        let (directories, infra) = (Arc::clone(directories), task.infra.clone());
        let (life, runtime) = (Arc::clone(&self.inner.life), Handle::current());
        let deadline = task.deadline;
        let compared = tokio::task::spawn_blocking(move || {
            runtime.block_on(async move {
                let compare = async {
                    let scope = session.parity_scope(Some(&infra)).await?;
                    Ok(session.assess(&scope, &*directories).await?.report)
                };
                tokio::select! {
                    biased;
                    () = life.reached(Phase::Draining) => Err(DeployerError::ShuttingDown),
                    compared = timeout(deadline, compare) => compared.ok().transpose(),
                }
            })
        });
        let failed = |error| Err(DeployerError::state("a comparison of logins", error));
        compared.await.unwrap_or_else(failed)
    }

    /// Keeps what a round saw, in one commit with what goes out about it. None if the infrastructure is another one than
    /// the one that was looked at: what was seen proves nothing.
    async fn keep(
        &self,
        lease: &Lease,
        task: Task<'_>,
        infra: &VersionedRecord<InfraSettings>,
        Looked { observation, verdicts, silent }: &Looked,
        round: &KeptRound,
    ) -> Result<Option<RunFacts>, DeployerError> {
        let repository = &self.inner.repository;
        if repository.existing::<InfraSettings>(task.infra).await?.expected() != infra.expected() {
            return Ok(None);
        }
        let id = WatchRecord::record_id(task.check, task.infra);
        let found = repository.find::<WatchRecord>(&id).await?;
        let known = found.as_ref().map(|found| found.value.clone());
        let known = known.unwrap_or_else(|| WatchRecord::new(task.check, task.infra));
        let settings = self.watch_settings().await?.readable;
        let rules = rules_of(&settings, task.infra);
        let compared = compare(&known.findings, observation, &rules);
        let compared = ignoring(compared, &rules, observation.at);
        let mut events = compared.events;
        let deployments = match verdicts {
            Some(verdicts) => {
                let (new, changes) =
                    states(task.infra, &known.deployments, verdicts, observation.at);
                events.extend(changes);
                new
            }
            None => known.deployments.clone(),
        };
        let round = KeptRound { left_out: compared.left_out, ..round.clone() };
        let findings = compared.findings;
        let open = findings.iter().filter(|finding| finding.is_open());
        let (ignored, open): (Vec<_>, Vec<_>) = open.partition(|it| it.ignored.is_some());
        let subjects = |of: Vec<&Finding>| of.into_iter().map(|it| it.subject.clone()).collect();
        let (open, ignored) = (subjects(open), subjects(ignored));
        let silent = silent.clone().unwrap_or(known.silent);
        let round_kept = Some(round.clone());
        let new = WatchRecord { round: round_kept, findings, deployments, silent, ..known };
        let commit = Commit::new().unchanged(infra).fenced_by(lease);
        let commit = match &found {
            Some(found) => commit.replace(found, &new)?,
            None => commit.create(&new)?,
        };
        let commit = self.with_deliveries(commit, &events, Some(&infra.value), None).await?;
        repository.commit_unaudited(commit).await?;
        let changes = events.into_iter().filter_map(|event| Some((event.kind, event.subject?)));
        let (infra, check) = (task.infra.clone(), task.check);
        Ok(Some(RunFacts { infra, check, round, changes: changes.collect(), open, ignored }))
    }
}

/// Why something is unknown.
fn reasons(observation: &Observation) -> Vec<NotSeen> {
    const MOST: usize = 500;
    let is_unknown = |kind: FindingKind| {
        matches!(
            kind,
            FindingKind::NodeUnknown | FindingKind::DeploymentUnknown | FindingKind::ParityUnknown
        )
    };
    let seen = observation.seen.iter().filter(|(subject, _)| is_unknown(subject.kind));
    let seen = seen.map(|(subject, seen)| NotSeen::new(subject.clone(), seen.summary.clone()));
    observation.reasons.iter().cloned().chain(seen).take(MOST).collect()
}
