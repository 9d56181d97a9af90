//! What an estate would change: a function of the estate and of what is there. It sends nothing.

mod accounts;
mod basis;
mod change;
mod deployments;
mod edit;
mod fleets;
mod hooks;
mod infras;
mod names;
mod nodes;
mod projects;
mod prune;
mod remapping;
mod stages;
mod windows;

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_client::Warnings;
use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::messages::Severity;
use project_deployer_core::stage::StageCatalogue;
use project_deployer_core::{DeploymentId, InfraId};

use self::accounts::AccountsAfter;
pub use self::basis::PlanBasis;
pub use self::change::{EstateKind, PlanNote, PlannedAction, PlannedChange, PlannedField};
pub(super) use self::change::{OwnWork, Step, Work};
pub(super) use self::deployments::creation_of;
pub(super) use self::deployments::edited as edited_deployment;
pub(super) use self::hooks::{hook_document, hook_without_secret};
pub(super) use self::projects::edited as edited_project;
pub(super) use self::projects::rights_in;
use super::document::Estate;
use super::observed::{ObservedEstate, Reserved, Version, digest_of};
use super::secrets::EstateSecrets;
use crate::maintenance::MaintenanceScope;
use crate::windows::WindowSet;

/// What a plan may do beyond what the file mentions.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PlanOptions {
    /// Kinds of which an object that the file does not mention is deleted. The file must have their section.
    pub prune: BTreeSet<EstateKind>,
    /// Start the updates of deployments that change, and of those whose nodes are behind: never updated, another bundle,
    /// a failed last update, or settings saved after it.
    pub deploy: bool,
    /// Go on where the policy of an infrastructure warns of a bundle that is not approved.
    pub accept_warnings: bool,
}

project_deployer_core::setters!(PlanOptions {
    with_prune(prune: BTreeSet<EstateKind>),
    with_deploy(deploy: bool),
    with_accept_warnings(accept_warnings: bool),
});

impl PlanOptions {
    pub(super) fn warnings(&self) -> Warnings {
        if self.accept_warnings { Warnings::Ignore } else { Warnings::AsErrors }
    }
}

/// The changes that an estate asks for, in the order in which they are made.
#[derive(Debug)]
#[must_use]
pub struct EstatePlan {
    pub(super) steps: Vec<Step>,
    pub(super) notes: Vec<PlanNote>,
    pub(super) basis: PlanBasis,
    pub(super) options: PlanOptions,
    /// Deployments whose bundle changes or that are updated, as they will be.
    pub(super) affected: Vec<DeploymentSettings>,
    /// Infrastructures that change, as they will be.
    pub(super) infras_after: BTreeMap<InfraId, InfraSettings>,
    /// Windows that change, as they will be.
    pub(super) windows_after: BTreeMap<MaintenanceScope, WindowSet>,
}

impl EstatePlan {
    /// Compares an estate with what is there.
    pub fn of(
        estate: &Estate,
        observed: &ObservedEstate,
        secrets: &EstateSecrets,
        options: &PlanOptions,
    ) -> Self {
        let mut draft = Draft::new(estate, observed, secrets, options);
        draft.plan_accounts();
        draft.plan_stages();
        let with_stages = draft.steps.len();
        draft.plan_fleets();
        draft.plan_infras();
        let other_windows = draft.plan_windows(with_stages);
        draft.plan_projects();
        draft.plan_deployments();
        draft.steps.extend(other_windows);
        draft.plan_deletions();
        draft.heed_names();
        draft.plan_updates();
        let basis = PlanBasis::of(estate, observed, options);
        let Draft { steps, notes, affected, infras_after, windows_after, .. } = draft;
        let options = options.clone();
        Self { steps, notes, basis, options, affected, infras_after, windows_after }
    }

    /// The changes in order.
    pub fn changes(&self) -> impl ExactSizeIterator<Item = &PlannedChange> {
        self.steps.iter().map(|step| &step.change)
    }

    /// What prevents the plan, what it warns of, and what is worth knowing.
    #[must_use]
    pub fn notes(&self) -> &[PlanNote] {
        &self.notes
    }

    /// Whether there is nothing to change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The notes that prevent the plan.
    pub fn blockers(&self) -> impl Iterator<Item = &PlanNote> {
        self.notes.iter().filter(|note| note.severity == Severity::Error)
    }

    /// The notes that prevent the plan also at a time at which windows allow updates.
    pub fn lasting_blockers(&self) -> impl Iterator<Item = &PlanNote> {
        self.blockers().filter(|note| !note.awaits_window)
    }

    /// The options that it was made with.
    #[must_use]
    pub fn options(&self) -> &PlanOptions {
        &self.options
    }

    /// The versions of the documents that it relies on.
    #[must_use]
    pub fn basis(&self) -> &PlanBasis {
        &self.basis
    }

    /// The digest of what it shows of its changes, and of the versions that it relies on. What it withholds, such as
    /// values of variables, is not in it; [`fingerprint`](Self::fingerprint) has that as well.
    #[must_use]
    pub fn digest(&self) -> String {
        let changes: Vec<_> = self.changes().collect();
        let whole = serde_json::json!({
            "changes": changes, "basis": self.basis, "options": self.options,
        });
        digest_of(whole.to_string().as_bytes())
    }

    /// Adds what was found on nodes.
    pub(crate) fn note(&mut self, note: PlanNote) {
        self.notes.push(note);
    }

    /// Deployments whose bundle changes or that are updated, as they will be.
    pub(crate) fn affected(&self) -> &[DeploymentSettings] {
        &self.affected
    }

    /// An infrastructure as it will be, if it changes.
    pub(crate) fn infra_after(&self, id: &InfraId) -> Option<&InfraSettings> {
        self.infras_after.get(id)
    }

    /// The windows of a scope as they will be, if they change.
    pub(crate) fn windows_after(&self, scope: &MaintenanceScope) -> Option<&WindowSet> {
        self.windows_after.get(scope)
    }

    /// Infrastructures that change, as they will be.
    pub(crate) fn infras_after(&self) -> impl Iterator<Item = &InfraSettings> {
        self.infras_after.values()
    }
}

/// How to change what the API of the product has no call for.
pub(super) const OTHER_WAYS: &str = "with a Deployer of this project, name its state with `--data`, or send the file to `/api/v1/estate`; with one of \
     the product, change them in its user interface";

/// A plan while it is made.
struct Draft<'a> {
    estate: &'a Estate,
    observed: &'a ObservedEstate,
    secrets: &'a EstateSecrets,
    options: &'a PlanOptions,
    steps: Vec<Step>,
    notes: Vec<PlanNote>,
    /// The stages while infrastructures are created and changed.
    stages: StageCatalogue,
    affected: Vec<DeploymentSettings>,
    updates: Vec<DeploymentId>,
    infras_after: BTreeMap<InfraId, InfraSettings>,
    windows_after: BTreeMap<MaintenanceScope, WindowSet>,
    /// Infrastructures that their fleets have not registered yet.
    awaited: BTreeSet<InfraId>,
    /// The accounts as they will be, if the file mentions any.
    accounts_after: Option<AccountsAfter>,
}

impl<'a> Draft<'a> {
    fn new(
        estate: &'a Estate,
        observed: &'a ObservedEstate,
        secrets: &'a EstateSecrets,
        options: &'a PlanOptions,
    ) -> Self {
        Self {
            estate,
            observed,
            secrets,
            options,
            steps: Vec::new(),
            notes: Vec::new(),
            stages: observed.stages.value.clone(),
            affected: Vec::new(),
            updates: Vec::new(),
            infras_after: BTreeMap::new(),
            windows_after: BTreeMap::new(),
            awaited: BTreeSet::new(),
            accounts_after: None,
        }
    }

    fn prunes(&self, kind: EstateKind) -> bool {
        self.options.prune.contains(&kind)
    }

    /// Adds a step that changes an object as it is in a version, or creates it where there is none.
    fn save(
        &mut self,
        kind: EstateKind,
        id: &(impl ToString + ?Sized),
        fields: Vec<PlannedField>,
        work: Work,
        version: Option<&Version>,
    ) {
        let action = if version.is_some() { PlannedAction::Change } else { PlannedAction::Create };
        let change = PlannedChange { kind, id: id.to_string(), action, fields };
        self.steps.push(Step { change, work, based_on: version.cloned() });
    }

    fn block(
        &mut self,
        kind: EstateKind,
        id: &(impl ToString + ?Sized),
        what: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.notes.push(PlanNote::new(Severity::Error, kind, id, what, hint));
    }

    /// A section that the caller or the Deployer has nothing of.
    fn block_reserved<T>(&mut self, kind: EstateKind, reserved: &Reserved<T>) {
        match reserved {
            Reserved::ForAdministrators => {
                let what = format!("`{kind}` are for global administrators");
                self.block(kind, "", what, "let one of them apply it, or remove the section");
            }
            Reserved::NotRead | Reserved::Seen(_) => {
                let what = format!("a file changes no `{kind}` over the API of the product");
                self.block(kind, "", what, format!("{OTHER_WAYS}, or remove the section"));
            }
        }
    }

    /// An infrastructure as it will be.
    fn infra_after(&self, id: &InfraId) -> Option<&InfraSettings> {
        let now = || Some(&self.observed.infras.get(id)?.settings.as_ref()?.value);
        self.infras_after.get(id).or_else(now)
    }
}
