//! What is watched, and rounds at once.

use std::sync::Arc;
use std::time::Duration;

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::InfraId;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_ldap::DirectoryConnector;
use project_deployer_store::{Commit, Expected};
use serde_json::json;

use super::{DeployerSession, View, allow, may};
use crate::audit::{Action, Change};
use crate::causes::with_causes;
use crate::state::{Below, Found, Record as _, RecordCommit as _};
use crate::watch::{
    Check, Done, Finding, FindingSubject, Rhythm, Task, WatchRecord, WatchRequest, WatchRun,
    WatchScope, WatchSetting, WatchedCheck, WatchedInfra, ignored_by, next_round, rules_of,
    setting_of,
};

/// Watching (D9, G7). Administrators of an infrastructure say how often it is watched. The setting for all others is for
/// global administrators, and so is what is about logins.
impl DeployerSession {
    /// How often the infrastructures that the caller sees are watched, and the last round of each.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn watched(&self) -> Result<Vec<WatchedInfra>, DeployerError> {
        let view = self.view().await?;
        let Below { readable: settings, unreadable } = self.deployer.watch_settings().await?;
        let records = self.repository().readable_below::<WatchRecord>("").await?;
        let now = self.deployer.now();
        let mut watched = Vec::new();
        for infra in view.model.infras().map(|kept| &**kept.value) {
            if !may(&view, Operation::ViewInfra, Scope::infra(infra)) {
                continue;
            }
            let setting = setting_of(&settings, &infra.id);
            let rules = rules_of(&settings, &infra.id);
            // One that cannot be read pauses nothing: the last round says so.
            let in_maintenance = matches!(view.model.maintenance_of(infra, now), Ok(Some(_)));
            let is_admin = view.infra_for(Operation::EditInfraSettings, &infra.id).is_ok();
            let checks = Check::ALL.into_iter().filter(|check| view.may_see(*check));
            let checks = checks.map(|check| {
                let id = WatchRecord::record_id(check, &infra.id);
                let record = records.iter().find(|record| record.id == id);
                let shows = |subject: &FindingSubject| view.shows_subject(subject);
                let last = record.and_then(|record| record.round.as_ref());
                let last = last.map(|round| round.shown(shows, is_admin));
                let every = setting.and_then(|setting| setting.every(check));
                let next = setting.zip(every).filter(|_| !in_maintenance);
                let next = next.map(|(setting, every)| {
                    let rhythm = Rhythm { of: &id, every, since: setting.since };
                    next_round(rhythm, last.as_ref().map(|last| last.began), now)
                });
                let open = record.into_iter().flat_map(|record| &record.findings);
                let open = open.filter(|it| it.is_open() && view.shows_finding(it));
                let (ignored, open): (Vec<_>, Vec<_>) =
                    open.partition(|it| ignored_by(&rules, it, now).is_some());
                let (open, ignored) = (open.len(), ignored.len());
                WatchedCheck { check, every, last, next, in_maintenance, open, ignored }
            });
            let checks = checks.collect();
            let problem = problem(&infra.id, setting, &unreadable);
            watched.push(WatchedInfra { infra: infra.id.clone(), checks, problem });
        }
        Ok(watched)
    }

    /// The settings by which infrastructures are watched, where the caller sees the infrastructure.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn watch_settings(&self) -> Result<Vec<WatchSetting>, DeployerError> {
        let view = self.view().await?;
        let all = self.deployer.watch_settings().await?.readable;
        let mut shown: Vec<_> =
            all.into_iter().filter(|setting| view.shows_watch(&setting.scope)).collect();
        for setting in &mut shown {
            view.hide_rules(setting);
        }
        Ok(shown)
    }

    /// Says how often an infrastructure is watched, or every one without a setting of its own. It replaces what was said
    /// before; what is ignored there stays. A setting that cannot be read is replaced as a whole, unless a newer version of
    /// this program wrote it.
    ///
    /// # Errors
    ///
    /// The caller does not administer the infrastructure, or the Deployer; there is no such infrastructure; a time is too
    /// short or too long; or a newer version of this program wrote the setting.
    pub async fn set_watch(&self, request: WatchRequest) -> Result<WatchSetting, DeployerError> {
        let named = ResourceRef::new(WatchSetting::NOUN, &request.scope);
        let work = async {
            let view = self.view().await?;
            let commit = view.may_watch(&request.scope, Commit::new())?;
            let mut new = request.made(view.login.clone(), self.deployer.now())?;
            let old = self.repository().find_readable::<WatchSetting>(&new.scope).await?;
            let (commit, change) = match &old {
                Found::Readable(old) => {
                    new.ignored.clone_from(&old.value.ignored);
                    (commit.replace(old, &new)?, Change::edited(&old.value, &new)?)
                }
                Found::Absent => (commit.create(&new)?, Change::created(&new)?),
                Found::Unreadable { error, is_newer: true, .. } => {
                    return Err(DeployerError::not_possible(
                        format!(
                            "a newer version of this program wrote the setting of `{}`, and its rules would be lost: {}",
                            new.scope,
                            with_causes(error)
                        ),
                        "set it with that version",
                    ));
                }
                Found::Unreadable { expected, .. } => {
                    (commit.replace_unreadable(*expected, &new)?, Change::created(&new)?)
                }
            };
            self.commit(commit, change).await?;
            view.hide_rules(&mut new);
            Ok(new)
        };
        self.attempt(Action::Save, named, work).await
    }

    /// Removes a setting. An infrastructure without one of its own has that for everything; without that one it is not
    /// watched. Its findings stay as they are.
    ///
    /// # Errors
    ///
    /// The caller does not administer the infrastructure, or the Deployer; the setting has rules that the caller may not
    /// remove; or there is no such setting.
    pub async fn remove_watch(&self, scope: &WatchScope) -> Result<(), DeployerError> {
        let work = async {
            let view = self.view().await?;
            let commit = view.may_watch(scope, Commit::new())?;
            let found = self.repository().existing::<WatchSetting>(scope).await?;
            for rule in &found.value.ignored {
                view.may_ignore(rule.kind, scope)?;
            }
            self.commit(commit.remove(&found), Change::deleted(&found.value)?).await
        };
        self.attempt(Action::Delete, ResourceRef::new(WatchSetting::NOUN, scope), work).await
    }

    /// Watches an infrastructure now, also during a maintenance. What it sees is kept as that of any other round.
    ///
    /// # Errors
    ///
    /// There is no such infrastructure, or the caller may not check it; for parity, the caller is no global administrator;
    /// another process does so now; or the store does not answer.
    pub async fn run_watch(
        &self,
        infra: &InfraId,
        check: Check,
        directories: &Arc<dyn DirectoryConnector>,
    ) -> Result<WatchRun, DeployerError> {
        let begun = async {
            let view = self.view().await?;
            view.infra_for(Operation::CheckInfra, infra)?;
            if check == Check::Parity {
                let named = ResourceRef::new("logins", infra);
                allow(&view, Operation::CheckParity, Scope::deployer(), named)?;
            }
            let change = Change::of(Action::Watch, InfraSettings::KIND.name(), infra);
            self.commit(Commit::new(), change.with_after(json!({"check": check}))).await
        };
        let named = ResourceRef::new(InfraSettings::NOUN, infra);
        self.attempt(Action::Watch, named, begun).await?;
        let deadline = Duration::from_millis(check.deadline(u64::MAX));
        let task = Task { infra, check, deadline, rhythm: None };
        match self.deployer.watch_round(task, directories).await? {
            Done::Run(run) => {
                let view = self.view().await?;
                let is_admin = view.infra_for(Operation::EditInfraSettings, infra).is_ok();
                Ok(run.shown(|subject| view.shows_subject(subject), is_admin))
            }
            Done::By(holder) => Err(DeployerError::not_possible(
                format!("{holder} looks at the {check} of infrastructure `{infra}`"),
                "wait for its end, then look at the findings",
            )),
            Done::NotDue(_) | Done::Paused => {
                Err(DeployerError::state("the watch", "a round was not due"))
            }
        }
    }
}

impl View {
    /// Whether the caller may see what a check finds. Logins are for global administrators.
    pub(super) fn may_see(&self, check: Check) -> bool {
        check != Check::Parity || may(self, Operation::CheckParity, Scope::deployer())
    }

    /// Leaves out the rules about what the caller may not see.
    fn hide_rules(&self, setting: &mut WatchSetting) {
        setting.ignored.retain(|rule| rule.kind.check().is_some_and(|it| self.may_see(it)));
    }

    /// Whether the caller may see a finding. Who sees a deployment sees what is wrong with it.
    pub(super) fn shows_finding(&self, finding: &Finding) -> bool {
        self.shows_subject(&finding.subject)
    }

    fn shows_subject(&self, subject: &FindingSubject) -> bool {
        let Some(infra) = &subject.infra else {
            return may(self, Operation::EditAccounts, Scope::deployer());
        };
        if !subject.kind.check().is_some_and(|check| self.may_see(check)) {
            return false;
        }
        match &subject.deployment {
            Some(id) => {
                let is_admin = || self.infra_for(Operation::EditInfraSettings, infra).is_ok();
                match self.model.deployment(id) {
                    Ok(Some(_)) => self.deployment_for(Operation::ViewDeployment, id).is_ok(),
                    // It is gone.
                    _ => is_admin(),
                }
            }
            None => self.infra_for(Operation::ViewInfra, infra).is_ok(),
        }
    }

    pub(super) fn shows_watch(&self, scope: &WatchScope) -> bool {
        match scope {
            WatchScope::Infra(id) => self.infra_for(Operation::ViewInfra, id).is_ok(),
            WatchScope::Everything => may(self, Operation::ViewStages, Scope::deployer()),
        }
    }

    /// Adds to a commit that what the scope names still exists.
    pub(super) fn may_watch(
        &self,
        scope: &WatchScope,
        commit: Commit,
    ) -> Result<Commit, DeployerError> {
        match scope {
            WatchScope::Infra(id) => {
                Ok(commit.unchanged(self.infra_for(Operation::EditInfraSettings, id)?))
            }
            WatchScope::Everything => {
                let named = ResourceRef::new(WatchSetting::NOUN, scope);
                allow(self, Operation::EditStages, Scope::deployer(), named)?;
                Ok(commit)
            }
        }
    }
}

/// Why the setting that an infrastructure should have does not count.
fn problem(
    infra: &InfraId,
    setting: Option<&WatchSetting>,
    unreadable: &[(String, DeployerError)],
) -> Option<String> {
    let own = WatchScope::Infra(infra.clone());
    let has_own = setting.is_some_and(|it| it.scope == own);
    let counts = |id: &str| id == own.to_string() || (!has_own && id == EVERYTHING);
    let (id, error) = unreadable.iter().find(|(id, _)| counts(id))?;
    let instead = match setting {
        Some(_) => "the one for everything counts instead",
        None => "nothing is watched by it",
    };
    Some(format!("the setting of `{id}` cannot be read ({error}), so {instead}; set it again"))
}

/// The id of the setting for everything.
const EVERYTHING: &str = "everything";

/// Adds to a commit that removes an infrastructure that its watch goes with it.
pub(super) fn without_watch(commit: Commit, infra: &InfraId) -> Commit {
    let setting = WatchSetting::KIND.key(WatchScope::Infra(infra.clone()));
    let records =
        Check::ALL.map(|check| WatchRecord::KIND.key(WatchRecord::record_id(check, infra)));
    [setting]
        .into_iter()
        .chain(records)
        .fold(commit, |commit, key| commit.delete(key, Expected::Any))
}
