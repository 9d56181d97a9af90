use std::sync::OnceLock;

use async_trait::async_trait;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use project_deployer_client::{
    DeployerError, InfraCreation, InfraOperations, NodeKeyRequest, ResourceRef,
};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_core::stage::StageCatalogue;
use project_deployer_core::status::{InfraBasicInfo, InfraStatus, NodeKeyCreation};
use project_deployer_core::{InfraId, Timestamp};
use project_deployer_store::{Commit, Expected};

use super::maintenance::{self, without_maintenance};
use super::watch::without_watch;
use super::{DeployerSession, View, allow, may, may_deploy, stages};
use crate::audit::{Action, Change};
use crate::fleets::{leaves_addresses, refused_change, takes_addresses};
use crate::hooks::mistakes;
use crate::maintenance::MaintenanceScope;
use crate::read_model::{Snapshot, Visibility};
use crate::state::{AsRead, GUARD_NOUN, Record as _, RecordCommit as _, references_to};

/// How often a change is tried beside others that refer to the same objects.
const ATTEMPTS: usize = 5;

#[async_trait]
impl InfraOperations for DeployerSession {
    async fn stages(&self) -> Result<StageCatalogue, DeployerError> {
        let view = self.view().await?;
        allow(&view, Operation::ViewStages, Scope::deployer(), ResourceRef::new("stages", ""))?;
        Ok(view.model.stages()?.value.0)
    }

    async fn infras(&self) -> Result<Vec<InfraStatus>, DeployerError> {
        let view = self.view().await?;
        let visibility = view.visibility();
        let visible = view
            .model
            .infras()
            .map(|kept| &**kept.value)
            .filter(|infra| may(&view, Operation::ViewInfra, Scope::infra(infra)));
        Ok(visible.map(|infra| status(&view, infra, &visibility)).collect())
    }

    async fn create_infra(&self, creation: &InfraCreation) -> Result<(), DeployerError> {
        let named = ResourceRef::new(InfraSettings::NOUN, creation.id());
        let work = once_more(|| self.create_once(creation).boxed());
        self.attempt(Action::Create, named, work).await
    }

    async fn infra(&self, id: &InfraId) -> Result<InfraStatus, DeployerError> {
        let view = self.view().await?;
        let infra = view.infra_for(Operation::ViewInfra, id)?;
        Ok(status(&view, &infra.value, &view.visibility()))
    }

    async fn delete_infra(&self, id: &InfraId) -> Result<(), DeployerError> {
        let named = ResourceRef::new(InfraSettings::NOUN, id);
        let first = FirstSeen::default();
        let work = once_more(|| self.delete_once(id, &first).boxed());
        self.attempt(Action::Delete, named, work).await
    }

    async fn infra_settings(&self, id: &InfraId) -> Result<InfraSettings, DeployerError> {
        let view = self.view().await?;
        Ok(self.infra_with_keys(&view, Operation::ReadInfraSettings, id).await?.value)
    }

    async fn save_infra_settings(&self, settings: &InfraSettings) -> Result<(), DeployerError> {
        let first = FirstSeen::default();
        let work = once_more(|| self.save_once(settings, &first).boxed());
        let named = ResourceRef::new(InfraSettings::NOUN, &settings.id);
        self.attempt(Action::Edit, named, work).await
    }

    async fn create_node_key(
        &self,
        id: &InfraId,
        key: &NodeKeyRequest,
    ) -> Result<NodeKeyCreation, DeployerError> {
        let named = ResourceRef::new(InfraSettings::NOUN, id);
        self.attempt(Action::CreateNodeKey, named, self.new_node_key(id, key)).await
    }
}

impl DeployerSession {
    async fn create_once(&self, creation: &InfraCreation) -> Result<(), DeployerError> {
        let named = ResourceRef::new(InfraSettings::NOUN, creation.id());
        let view = self.view().await?;
        allow(&view, Operation::CreateInfra, Scope::deployer(), named.clone())?;
        if view.model.infra(creation.id())?.is_some() {
            return Err(DeployerError::AlreadyExists(named));
        }
        let new = creation.settings();
        let commit = self.without_revoked_keys(&view, new, None).await?;
        let commit = takes_addresses(commit, new, None);
        let commit = on_its_stage(&view.model, commit, new)?;
        self.commit(commit.create(new)?, Change::created(new)?).await
    }

    async fn delete_once(&self, id: &InfraId, first: &FirstSeen) -> Result<(), DeployerError> {
        let named = ResourceRef::new(InfraSettings::NOUN, id);
        let view = self.view().await?;
        let infra = view.infra_for(Operation::DeleteInfra, id)?;
        self.as_expected(infra)?;
        first.is_still(infra)?;
        if let Some(marker) = view.model.managed_infra(id)? {
            return Err(marker.value.refused_deletion());
        }
        let guard = view.model.guard(references_to(&InfraSettings::KIND, id));
        let users = view.model.deployments_on(id)?;
        view.not_used_by(named.clone(), &users)?;
        let commit = Commit::new().remove(infra).without_guard(&guard);
        let commit = leaves_addresses(&view.model, commit, &infra.value, None);
        let commit = without_maintenance(commit, &MaintenanceScope::Infra(id.clone()));
        let commit = without_watch(commit, id);
        self.commit(commit, Change::deleted::<InfraSettings>(&infra.value)?).await
    }

    async fn save_once(
        &self,
        settings: &InfraSettings,
        first: &FirstSeen,
    ) -> Result<(), DeployerError> {
        let view = self.view().await?;
        let operation = Operation::EditInfraSettings;
        let current = self.infra_with_keys(&view, operation, &settings.id).await?;
        self.as_expected(&current)?;
        first.is_still(&current)?;
        let settings = settings.clone().keeping_keys_of(&current.value);
        let commit = self.without_revoked_keys(&view, &settings, Some(&current.value)).await?;
        view.not_managed(&current.value, &settings)?;
        let now = self.deployer.now();
        let commit = view.may_leave_stage(&current.value, &settings, now, commit)?;
        let commit = takes_addresses(commit, &settings, Some(&current.value));
        let commit = leaves_addresses(&view.model, commit, &current.value, Some(&settings));
        let commit = on_its_stage(&view.model, commit, &settings)?;
        let change = Change::edited(&current.value, &settings)?;
        self.commit(commit.replace(&current, &settings)?, change).await
    }

    /// A commit that gives an infrastructure keys, unless a rotation has revoked one.
    async fn without_revoked_keys(
        &self,
        view: &View,
        new: &InfraSettings,
        current: Option<&InfraSettings>,
    ) -> Result<Commit, DeployerError> {
        let rotations = view.as_shown(self.deployer.rotations(&view.model).await?);
        self.deployer.without_revoked_keys(Commit::new(), &rotations, new, current).await
    }
}

/// The infrastructure of a change as its first attempt found it.
#[derive(Default)]
struct FirstSeen(OnceLock<Expected>);

impl FirstSeen {
    /// Refuses a later attempt after another change of the infrastructure: it would undo that one. A store names the first
    /// document that conflicts, which may be a guard beside it.
    fn is_still(&self, infra: &impl AsRead) -> Result<(), DeployerError> {
        let is = infra.expected();
        if *self.0.get_or_init(|| is) == is {
            return Ok(());
        }
        let named = ResourceRef::new(InfraSettings::NOUN, infra.key().id);
        Err(DeployerError::ChangedMeanwhile(named))
    }
}

/// Does a change again, from its beginning, where others wrote a guard meanwhile: somebody took an address that is left, refers to
/// the object, or began to rotate a key. A conflict about the object itself stays one.
async fn once_more<'a>(
    mut change: impl FnMut() -> BoxFuture<'a, Result<(), DeployerError>> + Send,
) -> Result<(), DeployerError> {
    for _ in 1..ATTEMPTS {
        match change().await {
            Err(DeployerError::ChangedMeanwhile(what)) if what.kind() == GUARD_NOUN => {}
            done => return done,
        }
    }
    change().await
}

impl View {
    /// Refuses new settings of an infrastructure that change what its fleet manages (I2).
    fn not_managed(
        &self,
        current: &InfraSettings,
        new: &InfraSettings,
    ) -> Result<(), DeployerError> {
        let Some(marker) = self.model.managed_infra(&current.id)? else { return Ok(()) };
        let refused = refused_change(&marker.value, current, new);
        refused.map_or(Ok(()), |field| Err(marker.value.refusal(field)))
    }

    /// What keeps an infrastructure in its stage: its windows or its maintenance, around which nobody steps who may not
    /// change them. That windows allow updates at this moment makes no difference: the infrastructure could be updated
    /// elsewhere when they do not.
    pub(super) fn held_by_stage(
        &self,
        current: &InfraSettings,
        new: &InfraSettings,
        now: Timestamp,
    ) -> Result<Option<&'static str>, DeployerError> {
        if current.stage == new.stage || may(self, Operation::EditStages, Scope::deployer()) {
            return Ok(None);
        }
        let scope = MaintenanceScope::Stage(current.stage.clone());
        if self.windows_in(&scope)?.is_some_and(|kept| !kept.value.windows.is_empty()) {
            return Ok(Some("has windows"));
        }
        let maintenance = self.maintenance_in(&scope)?;
        Ok(maintenance.filter(|kept| kept.value.is_active(now)).map(|_| "is in maintenance"))
    }

    /// Adds to the commit of new settings that the infrastructure may have their stage.
    pub(super) fn may_leave_stage(
        &self,
        current: &InfraSettings,
        new: &InfraSettings,
        now: Timestamp,
        commit: Commit,
    ) -> Result<Commit, DeployerError> {
        if let Some(why) = self.held_by_stage(current, new, now)? {
            let InfraSettings { id, stage, .. } = current;
            return Err(DeployerError::not_possible(
                format!("infrastructure `{id}` may not leave stage `{stage}`, which {why}"),
                "let an administrator of the Deployer move it",
            ));
        }
        if current.stage == new.stage {
            return Ok(commit);
        }
        // A window that is added meanwhile is noticed, and a maintenance that starts.
        Ok(commit.unreferenced(&self.model.guard(maintenance::guard())))
    }
}

/// Checks settings against the stages, which must not change before the commit.
pub(crate) fn on_its_stage(
    model: &Snapshot,
    commit: Commit,
    settings: &InfraSettings,
) -> Result<Commit, DeployerError> {
    let stages = model.stages()?;
    settings.validate(&stages.value.0).map_err(|problems| DeployerError::Invalid {
        object: ResourceRef::new(InfraSettings::NOUN, &settings.id),
        problems,
    })?;
    let mistakes = mistakes(settings);
    if !mistakes.is_empty() {
        return Err(DeployerError::not_possible(
            format!(
                "hooks of infrastructure `{}` have mistakes: {}",
                settings.id,
                mistakes.join("; ")
            ),
            "correct them",
        ));
    }
    Ok(commit.unchanged(&stages).refer(stages::guard()))
}

fn status(view: &View, infra: &InfraSettings, visibility: &Visibility<'_>) -> InfraStatus {
    let mut status = InfraStatus::new(InfraBasicInfo::from(infra));
    status.is_admin = may(view, Operation::EditInfraSettings, Scope::infra(infra));
    status.can_deploy = may_deploy(view, Scope::infra(infra));
    status.deployments = visibility.on(&infra.id).map(|found| found.record.summary()).collect();
    status
}
