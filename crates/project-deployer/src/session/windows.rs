//! Windows of infrastructures, of stages, and of everything (B5).

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_core::{InfraId, StageId, Timestamp, WindowName};
use project_deployer_store::Commit;

use super::maintenance::guard;
use super::{DeployerSession, View, allow, may};
use crate::audit::{Action, Change};
use crate::maintenance::MaintenanceScope;
use crate::state::{Record as _, RecordCommit as _};
use crate::windows::{
    InfraWindows, MOST_WINDOWS, StoredWindows, Window, WindowDecision, WindowRefusal,
    WindowRequest, WindowSet, checked_reason, decide, next_opening,
};

/// Windows. Administrators of an infrastructure add and remove those of the infrastructure. Those of a stage and of
/// everything are for global administrators.
impl DeployerSession {
    /// The windows that there are, where the caller sees the infrastructure, the widest scope first.
    ///
    /// # Errors
    ///
    /// The store cannot be read, or windows that the caller sees.
    pub async fn windows(&self) -> Result<Vec<WindowSet>, DeployerError> {
        let view = self.view().await?;
        // What cannot be read of other places is not named.
        let unreadable = view
            .model
            .unreadable::<WindowSet>()
            .filter_map(|id| id.parse::<MaintenanceScope>().ok());
        for scope in unreadable.filter(|scope| view.shows_scope(scope)) {
            view.model.window_set(&scope)?;
        }
        let all = view.model.window_sets().into_iter();
        let seen = all.filter(|set| !set.windows.is_empty() && view.shows_scope(&set.scope));
        Ok(seen.cloned().collect())
    }

    /// The windows about an infrastructure, also those of its stage and of everything, and whether updates may start now.
    ///
    /// # Errors
    ///
    /// There is no such infrastructure for the caller, or windows about it cannot be read.
    pub async fn infra_windows(&self, id: &InfraId) -> Result<InfraWindows, DeployerError> {
        let view = self.view().await?;
        let infra = &view.infra_for(Operation::ViewInfra, id)?.value;
        let sets = view.model.windows_of(infra)?;
        let now = self.deployer.now();
        let (refused, opens) = match decide(sets.iter().copied(), now) {
            WindowDecision::Allowed => (None, Some(now)),
            WindowDecision::Refused(refusal) => {
                let until = refusal.until;
                (Some(*refusal), until)
            }
        };
        let sets = sets.into_iter().filter(|set| !set.windows.is_empty()).cloned().collect();
        Ok(InfraWindows { sets, refused, opens })
    }

    /// Adds a window, in place of the one of the same name. It counts for updates that start from then on.
    ///
    /// # Errors
    ///
    /// The caller does not administer the infrastructure, or the Deployer; there is no such infrastructure or stage; the
    /// window never opens or has no reason; or there are 20 windows already.
    pub async fn add_window(&self, request: WindowRequest) -> Result<Window, DeployerError> {
        let named = ResourceRef::new(WindowSet::NOUN, &request.scope);
        let work = async {
            let view = self.view().await?;
            let scope = request.scope.clone();
            let commit = view.administers(WindowSet::NOUN, &scope, Commit::new())?;
            let window = request.added(view.login.clone(), self.deployer.now())?;
            let commit = commit.refer(guard());
            let found = self.repository().find::<WindowSet>(&scope.to_string()).await?;
            let known = found.as_ref().map(|found| found.value.clone());
            let new = known.unwrap_or_else(|| WindowSet::empty(scope)).with(window.clone());
            if new.windows.len() > MOST_WINDOWS {
                return Err(DeployerError::not_possible(
                    format!("{} has {MOST_WINDOWS} windows", new.scope.in_words()),
                    "remove one of them first",
                ));
            }
            let (commit, change) = match &found {
                Some(old) => (commit.replace(old, &new)?, Change::edited(&old.value, &new)?),
                None => (commit.create(&new)?, Change::created(&new)?),
            };
            self.commit(commit, change).await?;
            Ok(window)
        };
        self.attempt(Action::Save, named, work).await
    }

    /// Removes a window, also one that this version of the program cannot read.
    ///
    /// # Errors
    ///
    /// The caller does not administer the infrastructure, or the Deployer; or there is no such window.
    pub async fn remove_window(
        &self,
        scope: &MaintenanceScope,
        name: &WindowName,
    ) -> Result<(), DeployerError> {
        let work = async {
            let view = self.view().await?;
            let commit = view.administers(WindowSet::NOUN, scope, Commit::new())?;
            let absent = || DeployerError::not_found("window", format!("{name} of {scope}"));
            let found = self.repository().find::<StoredWindows>(&scope.to_string()).await?;
            let found = found.ok_or_else(absent)?;
            let left = found.value.without(name).ok_or_else(absent)?;
            // To remove one that allows may close a scope that has others.
            let commit = commit.refer(guard());
            let (commit, change) = if left.windows.is_empty() {
                (commit.remove(&found), Change::deleted(&found.value)?)
            } else {
                (commit.replace(&found, &left)?, Change::edited(&found.value, &left)?)
            };
            self.commit(commit, change).await
        };
        self.attempt(Action::Delete, ResourceRef::new(WindowSet::NOUN, scope), work).await
    }

    /// The same session, which starts updates also outside windows ("break-glass"): for administrators of the
    /// infrastructure. The reason is in the audit record of an update that could not have started otherwise, and in the log of one that
    /// waited for others until a window had closed. Nothing else than windows is passed over.
    #[must_use]
    pub fn breaking_glass(&self, reason: impl Into<String>) -> Self {
        Self { glass: Some(reason.into()), ..self.clone() }
    }

    /// Refuses an update that windows do not allow. Returns the reason to break the glass, if there is one.
    pub(super) fn within_windows(
        &self,
        view: &View,
        infra: &InfraSettings,
    ) -> Result<Option<BrokenGlass>, DeployerError> {
        let glass = self.glass.as_ref();
        if glass.is_some() {
            let named = ResourceRef::new(InfraSettings::NOUN, &infra.id);
            allow(view, Operation::EditInfraSettings, Scope::infra(infra), named)?;
        }
        let reason =
            glass.map(|reason| checked_reason("breaking the glass", reason)).transpose()?;
        match (view.refused_at(infra, self.deployer.now())?, reason) {
            (Some(refusal), None) => Err(refusal.error()),
            (refusal, reason) => Ok(reason.map(|reason| BrokenGlass { reason, refusal })),
        }
    }
}

/// An update starts whether or not windows refuse it.
pub(super) struct BrokenGlass {
    pub(super) reason: String,
    /// None if they allow it now.
    pub(super) refusal: Option<WindowRefusal>,
}

impl View {
    /// Why updates of an infrastructure may not start at a time; none if they may.
    pub(super) fn refused_at(
        &self,
        infra: &InfraSettings,
        at: Timestamp,
    ) -> Result<Option<WindowRefusal>, DeployerError> {
        match decide(self.model.windows_of(infra)?, at) {
            WindowDecision::Allowed => Ok(None),
            WindowDecision::Refused(refusal) => Ok(Some(*refusal)),
        }
    }

    /// Why an infrastructure may not get another stage now: the windows of its stage refuse updates, and whoever may not
    /// change these windows does not step around them. None if it may.
    pub(super) fn held_by_stage(
        &self,
        current: &InfraSettings,
        new: &InfraSettings,
        now: Timestamp,
    ) -> Result<Option<WindowRefusal>, DeployerError> {
        if current.stage == new.stage || may(self, Operation::EditStages, Scope::deployer()) {
            return Ok(None);
        }
        let scope = MaintenanceScope::Stage(current.stage.clone());
        let windows = self.model.window_set(&scope)?.map(|kept| -> &WindowSet { &kept.value });
        match decide(windows, now) {
            WindowDecision::Allowed => Ok(None),
            WindowDecision::Refused(refusal) => Ok(Some(*refusal)),
        }
    }

    /// Adds to the commit of new settings that the infrastructure may have their stage.
    pub(super) fn may_leave_stage(
        &self,
        current: &InfraSettings,
        new: &InfraSettings,
        now: Timestamp,
        commit: Commit,
    ) -> Result<Commit, DeployerError> {
        if let Some(refusal) = self.held_by_stage(current, new, now)? {
            let until =
                refusal.until.map_or_else(String::new, |until| format!("wait until {until}, or "));
            return Err(DeployerError::not_possible(
                format!("infrastructure `{}` may not leave its stage now: {refusal}", current.id),
                format!("{until}let an administrator of the Deployer move it"),
            ));
        }
        if current.stage == new.stage {
            return Ok(commit);
        }
        // A window that is added meanwhile is noticed.
        Ok(commit.unreferenced(&self.model.guard(guard())))
    }

    /// The first time from `from` on at which updates of all these infrastructures may start.
    pub(super) fn next_opening<'a>(
        &self,
        infras: impl IntoIterator<Item = &'a InfraSettings>,
        from: Timestamp,
    ) -> Result<Timestamp, DeployerError> {
        let mut sets: Vec<&WindowSet> = Vec::new();
        for infra in infras {
            sets.extend(self.model.windows_of(infra)?);
        }
        sets.sort_by(|one, other| one.scope.cmp(&other.scope));
        sets.dedup_by(|one, other| one.scope == other.scope);
        next_opening(sets, from).ok_or_else(|| {
            DeployerError::not_possible(
                "no time at which windows allow updates was found within a year",
                "change the windows, or name a time",
            )
        })
    }

    /// Adds to the commit of a renamed stage that its windows move along. That others are added meanwhile is noticed by the
    /// guard of maintenance.
    pub(super) fn moved_windows(
        &self,
        old: &StageId,
        new: &StageId,
        commit: Commit,
    ) -> Result<Commit, DeployerError> {
        let scope = MaintenanceScope::Stage(old.clone());
        let Some(known) = self.model.window_set(&scope)?.filter(|_| old != new) else {
            return Ok(commit);
        };
        let scope = MaintenanceScope::Stage(new.clone());
        let moved = WindowSet { scope, ..WindowSet::clone(&known.value) };
        commit.remove(known).overwrite(&moved)
    }
}
