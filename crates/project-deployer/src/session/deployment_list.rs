//! Deployments page by page.

use std::cmp::Ordering;

use project_deployer_client::DeployerError;
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{
    BundleId, DeploymentId, InfraId, Login, ProjectKey, StageId, Timestamp,
};
use project_deployer_store::Revision;

use super::DeployerSession;
use crate::read_model::Visible;

/// The largest number of deployments of a page.
const LONGEST: usize = 1000;

/// Which deployments to list. [`DeploymentFilter::default`] lists all that the caller may see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeploymentFilter {
    /// Only on this infrastructure.
    pub infra: Option<InfraId>,
    /// Only on infrastructures of this stage.
    pub stage: Option<StageId>,
    /// Only of this published project.
    pub project: Option<ProjectKey>,
    /// Only of this bundle.
    pub bundle: Option<BundleId>,
    /// Only those whose id contains this text, in any case.
    pub text: Option<String>,
}

project_deployer_core::setters!(DeploymentFilter {
    with_infra(infra: Option<InfraId>),
    with_stage(stage: Option<StageId>),
    with_project(project: Option<ProjectKey>),
    with_bundle(bundle: Option<BundleId>),
    with_text(text: Option<String>),
});

/// The order of a list of deployments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeploymentOrder {
    /// By id.
    #[default]
    Id,
    /// By the start of the last update, the latest first; those without an update at the end.
    LastUpdate,
}

/// The place of a deployment in a list. A page begins after one; the deployment itself may be gone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeploymentPlace {
    /// Its id.
    pub id: String,
    /// The start of its last update.
    pub updated: Option<Timestamp>,
}

impl DeploymentPlace {
    /// The place of a deployment with this id, whose last update began then.
    #[must_use]
    pub fn new(id: impl Into<String>, updated: Option<Timestamp>) -> Self {
        Self { id: id.into(), updated }
    }
}

/// A deployment in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedDeployment {
    /// Its id.
    pub id: DeploymentId,
    /// Its infrastructure.
    pub infra: InfraId,
    /// The stage of the infrastructure.
    pub stage: StageId,
    /// The published project.
    pub project: ProjectKey,
    /// The bundle.
    pub bundle: BundleId,
    /// The project key on the node.
    pub deployed_as: ProjectKey,
    /// Its tags.
    pub tags: Vec<String>,
    /// Who created it.
    pub created_by: Login,
    /// Who changed it last.
    pub modified_by: Login,
    /// Whether a newer deployment owns the project that it writes.
    pub superseded: bool,
    /// The last update.
    pub last_update: Option<ListedUpdate>,
    /// The revision of its settings.
    pub revision: Revision,
}

/// The last update of a deployment in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedUpdate {
    /// When it began, which identifies it.
    pub start: Timestamp,
    /// When it ended; none while it runs.
    pub end: Option<Timestamp>,
    /// The bundle.
    pub bundle: BundleId,
    /// The requester.
    pub requester: Login,
    /// Its state.
    pub status: UpdateStatus,
    /// The id of its task.
    pub task: String,
}

/// A part of a list of deployments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeploymentPage {
    /// The deployments.
    pub entries: Vec<ListedDeployment>,
    /// Where the next page begins; none at the end. It stays valid while deployments come and go.
    pub next: Option<DeploymentPlace>,
}

impl DeployerSession {
    /// A part of the deployments that the caller may see. It begins after a place, which is the `next` of the page
    /// before. A page has at most 1,000 deployments.
    ///
    /// # Errors
    ///
    /// The caller may not log in, or the store does not answer.
    pub async fn deployment_page(
        &self,
        filter: &DeploymentFilter,
        order: DeploymentOrder,
        after: Option<&DeploymentPlace>,
        limit: usize,
    ) -> Result<DeploymentPage, DeployerError> {
        let limit = limit.clamp(1, LONGEST);
        let view = self.view().await?;
        let visibility = view.visibility();
        let is_next = |found: &Visible<'_>| {
            after.is_none_or(|after| compare(order, place(found), as_place(after)).is_gt())
        };
        let wanted = |found: &Visible<'_>| filter.lists(found) && is_next(found);
        let mut found: Vec<_> = match (&filter.project, &filter.infra) {
            (Some(project), _) => visibility.of_project(project).filter(wanted).collect(),
            (None, Some(infra)) => visibility.on(infra).filter(wanted).collect(),
            (None, None) => visibility.deployments().filter(wanted).collect(),
        };
        found.sort_unstable_by(|one, other| compare(order, place(one), place(other)));
        let has_more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| has_more);
        Ok(DeploymentPage {
            next: next.map(|last| {
                let (id, updated) = place(last);
                DeploymentPlace::new(id, updated)
            }),
            entries: found.iter().filter_map(|found| entry(&view, found)).collect(),
        })
    }

    /// One deployment, as lists show it.
    ///
    /// # Errors
    ///
    /// It does not exist for the caller.
    pub async fn listed_deployment(
        &self,
        id: &DeploymentId,
    ) -> Result<ListedDeployment, DeployerError> {
        use project_deployer_core::rights::Operation;
        let view = self.view().await?;
        view.deployment_for(Operation::ViewDeployment, id)?;
        let found = Visible::allowed(&view.model, id).and_then(|found| entry(&view, &found));
        found.ok_or_else(|| DeployerError::not_found("deployment", id))
    }
}

/// What decides about the place in a list.
type Place<'a> = (&'a str, Option<Timestamp>);

fn place<'a>(found: &Visible<'a>) -> Place<'a> {
    (found.record.settings.id.as_str(), found.latest.map(|update| update.start))
}

fn as_place(place: &DeploymentPlace) -> Place<'_> {
    (&place.id, place.updated)
}

fn compare(order: DeploymentOrder, one: Place<'_>, other: Place<'_>) -> Ordering {
    match order {
        DeploymentOrder::Id => one.0.cmp(other.0),
        DeploymentOrder::LastUpdate => other.1.cmp(&one.1).then_with(|| one.0.cmp(other.0)),
    }
}

impl DeploymentFilter {
    fn lists(&self, found: &Visible<'_>) -> bool {
        let settings = &found.record.settings;
        let has_text =
            |text: &String| settings.id.as_str().to_lowercase().contains(&text.to_lowercase());
        self.infra.as_ref().is_none_or(|infra| *infra == settings.infra_id)
            && self.stage.as_ref().is_none_or(|stage| *stage == found.infra.stage)
            && self.project.as_ref().is_none_or(|key| *key == settings.published_project_key)
            && self.bundle.as_ref().is_none_or(|bundle| *bundle == settings.bundle_id)
            && self.text.as_ref().is_none_or(has_text)
    }
}

fn entry(view: &super::View, found: &Visible<'_>) -> Option<ListedDeployment> {
    let settings = &found.record.settings;
    let revision = view.model.deployment(&settings.id).ok()??.revision;
    Some(ListedDeployment {
        id: settings.id.clone(),
        infra: settings.infra_id.clone(),
        stage: found.infra.stage.clone(),
        project: settings.published_project_key.clone(),
        bundle: settings.bundle_id.clone(),
        deployed_as: settings.deployed_project_key.clone(),
        tags: settings.tags.clone(),
        created_by: found.record.created_by.clone(),
        modified_by: found.record.modified_by.clone(),
        superseded: found.superseded,
        last_update: found.latest.map(|update| ListedUpdate {
            start: update.start,
            end: update.end,
            bundle: update.bundle.clone(),
            requester: update.requester.clone(),
            status: update.status,
            task: update.task.0.clone(),
        }),
        revision,
    })
}
