//! Rules that ignore findings.

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_store::{Commit, CommitId};

use super::{DeployerSession, View, allow};
use crate::audit::{Action, Change};
use crate::state::{Record as _, RecordCommit as _};
use crate::watch::{
    Check, FindingKind, IgnoreRequest, IgnoreRule, MOST_RULES, WatchScope, WatchSetting,
};

/// Rules that ignore findings (M18). They are part of the setting by which an infrastructure is watched, and for whoever may
/// change it. Rules about logins are for global administrators, as these findings are.
impl DeployerSession {
    /// Ignores findings from now on: of an infrastructure, or everywhere.
    ///
    /// # Errors
    ///
    /// The caller does not administer the infrastructure, or the Deployer; the scope has no setting of its own, or too many
    /// rules; the rule has no reason; or its end is in the past.
    pub async fn ignore_findings(
        &self,
        request: IgnoreRequest,
    ) -> Result<IgnoreRule, DeployerError> {
        let named = ResourceRef::new(WatchSetting::NOUN, &request.scope);
        let work = async {
            let view = self.view().await?;
            let commit = view.may_watch(&request.scope, Commit::new())?;
            view.may_ignore(request.kind, &request.scope)?;
            let scope = request.scope.clone();
            let found = self.repository().find::<WatchSetting>(&scope).await?;
            let Some(old) = found else {
                return Err(DeployerError::not_possible(
                    format!("`{scope}` has no setting of its own that could ignore findings"),
                    "say first how often it is watched",
                ));
            };
            if old.value.ignored.len() >= MOST_RULES {
                return Err(DeployerError::not_possible(
                    format!("`{scope}` has {MOST_RULES} rules already"),
                    "remove one, or use a pattern",
                ));
            }
            let id = CommitId::random().to_string();
            let rule = request.made(id, view.login.clone(), self.deployer.now())?;
            let mut new = old.value.clone();
            new.ignored.push(rule.clone());
            let commit = commit.replace(&old, &new)?;
            self.commit(commit, Change::edited(&old.value, &new)?).await?;
            Ok(rule)
        };
        self.attempt(Action::Save, named, work).await
    }

    /// Removes a rule. What it ignored is open again.
    ///
    /// # Errors
    ///
    /// The caller does not administer the infrastructure, or the Deployer; or there is no such rule.
    pub async fn stop_ignoring(&self, scope: &WatchScope, rule: &str) -> Result<(), DeployerError> {
        let work = async {
            let view = self.view().await?;
            let commit = view.may_watch(scope, Commit::new())?;
            let absent = || DeployerError::not_found("rule", rule);
            let found = self.repository().find::<WatchSetting>(scope).await?.ok_or_else(absent)?;
            // One that the caller does not see is as unknown as any other.
            let is_known = found
                .value
                .ignored
                .iter()
                .any(|it| it.id == rule && view.may_ignore(it.kind, scope).is_ok());
            if !is_known {
                return Err(absent());
            }
            let mut new = found.value.clone();
            new.ignored.retain(|it| it.id != rule);
            let commit = commit.replace(&found, &new)?;
            self.commit(commit, Change::edited(&found.value, &new)?).await
        };
        self.attempt(Action::Save, ResourceRef::new(WatchSetting::NOUN, scope), work).await
    }
}

impl View {
    pub(super) fn may_ignore(
        &self,
        kind: FindingKind,
        scope: &WatchScope,
    ) -> Result<(), DeployerError> {
        if kind.check() != Some(Check::Parity) {
            return Ok(());
        }
        let named = ResourceRef::new(WatchSetting::NOUN, scope);
        allow(self, Operation::CheckParity, Scope::deployer(), named)
    }
}
