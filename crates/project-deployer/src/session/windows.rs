//! Windows of infrastructures, of stages, and of everything (B5).

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_core::{InfraId, StageId, Timestamp, WindowName};
use project_deployer_store::Commit;

use super::maintenance::guard;
use super::{DeployerSession, View, allow};
use crate::audit::{Action, Change};
use crate::causes::with_causes;
use crate::deployment_plan::OutsideWindow;
use crate::maintenance::MaintenanceScope;
use crate::read_model::Kept;
use crate::state::{Found, Record as _, RecordCommit as _, VersionedRecord};
use crate::windows::{
    InfraWindows, NOT_SHOWN, StoredWindows, UnreadableWindows, Window, WindowRefusal,
    WindowRequest, WindowSet, WindowsChange, checked_reason, decide,
};

/// Windows. Administrators of an infrastructure add and remove those of the infrastructure. Those of a stage and of
/// everything are for global administrators.
impl DeployerSession {
    /// The windows that there are and that can be read, where the caller sees the infrastructure, the widest scope first.
    /// [`unreadable_windows`](Self::unreadable_windows) has the others.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub async fn windows(&self) -> Result<Vec<WindowSet>, DeployerError> {
        let view = self.view().await?;
        let mut seen: Vec<_> = view.model.window_sets().into_iter().cloned().collect();
        for scope in view.unreadable_scopes() {
            seen.extend(self.in_part(&view, &scope).await?.map(|(readable, _)| readable));
        }
        seen.retain(|set| !set.windows.is_empty() && view.shows_scope(&set.scope));
        seen.sort_by(|one, other| one.scope.cmp(&other.scope));
        Ok(seen)
    }

    /// The windows that this version of the program cannot read, for those who may remove them: the administrators of the
    /// infrastructure, or of the Deployer (M3).
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub async fn unreadable_windows(&self) -> Result<Vec<UnreadableWindows>, DeployerError> {
        let view = self.view().await?;
        let mut all = Vec::new();
        let mut scopes = view.unreadable_scopes();
        scopes.retain(|scope| view.may_administer(scope));
        for scope in scopes {
            let found = self.in_part(&view, &scope).await?;
            all.extend(found.and_then(|(_, unreadable)| unreadable));
        }
        Ok(all)
    }

    /// Windows that the view cannot read as a whole: those that can be read, and the others, if somebody did not remove
    /// or repair them meanwhile; none if the view can read them.
    async fn in_part(
        &self,
        view: &View,
        scope: &MaintenanceScope,
    ) -> Result<Option<(WindowSet, Option<UnreadableWindows>)>, DeployerError> {
        let Err(error) = view.model.window_set(scope) else { return Ok(None) };
        match self.repository().find_readable::<WindowSet>(scope).await? {
            Found::Absent => return Ok(Some((WindowSet::empty(scope.clone()), None))),
            Found::Readable(found) => return Ok(Some((found.value, None))),
            Found::Unreadable { .. } => {}
        }
        let (readable, names) =
            match self.repository().find_readable::<StoredWindows>(scope).await? {
                Found::Readable(found) => found.value.in_part(),
                Found::Absent | Found::Unreadable { .. } => {
                    (WindowSet::empty(scope.clone()), Vec::new())
                }
            };
        let (scope, reason) = (scope.clone(), with_causes(&error));
        Ok(Some((readable, Some(UnreadableWindows { scope, names, reason }))))
    }

    /// The windows about an infrastructure, also those of its stage and of everything, and whether updates may start now.
    /// Which of them cannot be read, and why, is for those who may remove them; others learn that there are some.
    ///
    /// # Errors
    ///
    /// There is no such infrastructure for the caller, or the store cannot be read.
    pub async fn infra_windows(&self, id: &InfraId) -> Result<InfraWindows, DeployerError> {
        let view = self.view().await?;
        let infra = &view.infra_for(Operation::ViewInfra, id)?.value;
        let now = self.deployer.now();
        let (mut sets, mut unreadable) = (Vec::new(), Vec::new());
        for scope in MaintenanceScope::all_of(infra) {
            match self.in_part(&view, &scope).await? {
                None => sets
                    .extend(view.model.window_set(&scope)?.map(|it| WindowSet::clone(&it.value))),
                Some((readable, others)) => {
                    sets.push(readable);
                    let may_remove = view.may_administer(&scope);
                    unreadable.extend(others.map(|others| match may_remove {
                        true => others,
                        false => others.for_others(),
                    }));
                }
            }
        }
        let refused = decide(&sets, now).refusal().filter(|_| unreadable.is_empty());
        let until = refused.as_ref().map_or(Some(now), |refusal| refusal.until);
        let opens = until.filter(|_| unreadable.is_empty());
        sets.retain(|set| !set.windows.is_empty());
        Ok(InfraWindows { sets, unreadable, refused, opens })
    }

    /// Adds a window, in place of the one of the same name. It counts for updates that start from then on.
    ///
    /// # Errors
    ///
    /// The caller does not administer the infrastructure, or the Deployer; there is no such infrastructure or stage; the
    /// window never opens or has no reason; there are 20 windows already; or windows of that scope cannot be read.
    pub async fn add_window(&self, request: WindowRequest) -> Result<Window, DeployerError> {
        let named = ResourceRef::new(WindowSet::NOUN, &request.scope);
        let work = async {
            let view = self.view().await?;
            let scope = request.scope.clone();
            let commit = view.administers(WindowSet::NOUN, &scope, Commit::new())?;
            let window = request.added(view.login.clone(), self.deployer.now())?;
            let found = self.writable_windows(&scope).await?;
            let known = found.as_ref().map(|found| found.value.clone());
            let new = known.unwrap_or_else(|| WindowSet::empty(scope)).with(window.clone());
            self.put_windows(commit, found.as_ref(), &new.within_limit()?).await?;
            Ok(window)
        };
        self.attempt(Action::Save, named, work).await
    }

    /// Adds and removes windows of one scope in one commit, on the version that the session expects, where
    /// the windows that it names are as they were planned.
    pub(crate) async fn save_windows(&self, change: &WindowsChange) -> Result<(), DeployerError> {
        let named = ResourceRef::new(WindowSet::NOUN, &change.scope);
        let work = async {
            let view = self.view().await?;
            let commit = view.administers(WindowSet::NOUN, &change.scope, Commit::new())?;
            let found = self.writable_windows(&change.scope).await?;
            match &found {
                Some(_) if change.is_new => {
                    return Err(DeployerError::AlreadyExists(named.clone()));
                }
                Some(found) => self.as_expected(found)?,
                None if change.is_new => {}
                None => return Err(DeployerError::ChangedMeanwhile(named.clone())),
            }
            let known = found.as_ref().map(|found| &found.value);
            if !change.is_as_planned(known) {
                return Err(DeployerError::ChangedMeanwhile(named.clone()));
            }
            let new = change.applied_to(known, &view.login, self.deployer.now())?;
            self.put_windows(commit, found.as_ref(), &new).await
        };
        self.attempt(Action::Save, named.clone(), work).await
    }

    /// The windows of a scope. Where some cannot be read, nobody knows what to keep of them.
    async fn writable_windows(
        &self,
        scope: &MaintenanceScope,
    ) -> Result<Option<VersionedRecord<WindowSet>>, DeployerError> {
        match self.repository().find_readable::<WindowSet>(scope).await? {
            Found::Absent => Ok(None),
            Found::Readable(found) => Ok(Some(found)),
            Found::Unreadable { error, .. } => Err(DeployerError::not_possible(
                format!("windows of {} cannot be read: {}", scope.in_words(), with_causes(&error)),
                "remove those that cannot be read, or all of the scope, or use the program that wrote them",
            )),
        }
    }

    /// Writes the windows of a scope in place of those that were found there.
    async fn put_windows(
        &self,
        commit: Commit,
        found: Option<&VersionedRecord<WindowSet>>,
        new: &WindowSet,
    ) -> Result<(), DeployerError> {
        let commit = commit.refer(guard());
        let (commit, change) = match found {
            Some(old) if new.windows.is_empty() => {
                (commit.remove(old), Change::deleted(&old.value)?)
            }
            Some(old) => (commit.replace(old, new)?, Change::edited(&old.value, new)?),
            None => (commit.create(new)?, Change::created(new)?),
        };
        self.commit(commit, change).await
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

    /// Removes all windows of a scope, also those that this version of the program cannot read.
    ///
    /// # Errors
    ///
    /// The caller does not administer the infrastructure, or the Deployer; or there are no windows.
    pub async fn remove_windows(&self, scope: &MaintenanceScope) -> Result<(), DeployerError> {
        let work = async {
            let view = self.view().await?;
            let commit = view.administers(WindowSet::NOUN, scope, Commit::new())?.refer(guard());
            self.remove_kept::<StoredWindows>("window", scope, commit).await
        };
        self.attempt(Action::Delete, ResourceRef::new(WindowSet::NOUN, scope), work).await
    }

    /// The same session, which starts updates also outside windows ("break-glass"): for administrators of the
    /// infrastructure. The reason is in the audit record of the update, with what refused its start if anything did, and in the log of one
    /// that waited for others until a window had closed. Nothing else than windows is passed over.
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
    /// The scopes of windows that cannot be read, and that the caller sees.
    fn unreadable_scopes(&self) -> Vec<MaintenanceScope> {
        let scopes = self.model.unreadable::<WindowSet>().filter_map(|id| id.parse().ok());
        scopes.filter(|scope| self.shows_scope(scope)).collect()
    }

    /// The windows of a scope, as they were read. Which of them cannot be read, and why, is for those who may remove them.
    pub(super) fn windows_in(
        &self,
        scope: &MaintenanceScope,
    ) -> Result<Option<&Kept<WindowSet>>, DeployerError> {
        let found = self.model.window_set(scope);
        found.map_err(|error| self.shown_cause("windows", scope, NOT_SHOWN, error))
    }

    /// The windows about an infrastructure, the widest scope first, as [`windows_in`](Self::windows_in) has them.
    pub(super) fn windows_of(
        &self,
        infra: &InfraSettings,
    ) -> Result<Vec<&WindowSet>, DeployerError> {
        let mut about = Vec::new();
        for scope in MaintenanceScope::all_of(infra) {
            about.extend(self.windows_in(&scope)?.map(|kept| &*kept.value));
        }
        Ok(about)
    }

    /// Why updates of an infrastructure may not start at a time; none if they may.
    pub(super) fn refused_at(
        &self,
        infra: &InfraSettings,
        at: Timestamp,
    ) -> Result<Option<WindowRefusal>, DeployerError> {
        Ok(decide(self.windows_of(infra)?, at).refusal())
    }

    /// Why an update on an infrastructure would be refused at a time, for its plan. As the start of an update, it does not
    /// start where windows cannot be read.
    pub(super) fn outside_window(
        &self,
        infra: &InfraSettings,
        at: Timestamp,
    ) -> Option<OutsideWindow> {
        match self.refused_at(infra, at) {
            Ok(None) => None,
            Ok(Some(refusal)) => {
                Some(OutsideWindow::of(&refusal, self.shows_scope(&refusal.scope)))
            }
            Err(error) => Some(OutsideWindow::unreadable(with_causes(&error))),
        }
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
