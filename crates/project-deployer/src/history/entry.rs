use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{
    BundleId, DeploymentId, InfraId, Login, ProjectKey, Timestamp, setters,
};
use serde::Serialize;

use crate::state::{DeploymentUid, HistoryId, HistoryListing, HistoryRecord};
use crate::update::NodeResult;

/// An update that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HistoryEntry {
    /// Its id. [`history_log`](crate::DeployerSession::history_log) reads its log by this id.
    pub id: HistoryId,
    /// The id of its deployment.
    pub deployment: DeploymentId,
    /// Which of the deployments that had this id one after the other; none for one that an earlier version created.
    pub uid: Option<DeploymentUid>,
    /// Whether this very deployment still exists. One that was created again under its id is another one.
    pub deployment_exists: bool,
    /// When it began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Timestamp,
    /// The requester. None, like all that follows, where it is unknown: records of earlier versions say less, and a
    /// record that cannot be read says nothing.
    pub requester: Option<Login>,
    /// The login that changed the nodes: the deploy-as user, else the requester.
    pub acting: Option<Login>,
    /// The bundle.
    pub bundle: Option<BundleId>,
    /// The bundle of the last update before it that succeeded. What the nodes had is in [`nodes`](Self::nodes).
    pub previous_bundle: Option<BundleId>,
    /// The infrastructure.
    pub infra: Option<InfraId>,
    /// The published project.
    pub project: Option<ProjectKey>,
    /// How it ended.
    pub status: UpdateStatus,
    /// What is known of the nodes. Empty where nothing is.
    pub nodes: Vec<NodeResult>,
    /// The id of its task.
    pub task: String,
}

/// Which updates to list. [`HistoryFilter::default`] lists all that the caller may see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryFilter {
    /// Only of deployments of this id, those that exist and those that were deleted.
    pub deployment: Option<DeploymentId>,
    /// Only of this one of the deployments that had one id.
    pub uid: Option<DeploymentUid>,
    /// Only of this published project.
    pub project: Option<ProjectKey>,
    /// Only on this infrastructure.
    pub infra: Option<InfraId>,
    /// Only with this outcome.
    pub status: Option<UpdateStatus>,
    /// Only those that began at this time or later.
    pub from: Option<Timestamp>,
    /// Only those that began before this time.
    pub until: Option<Timestamp>,
}

setters!(HistoryFilter {
    with_deployment(deployment: Option<DeploymentId>),
    with_uid(uid: Option<DeploymentUid>),
    with_project(project: Option<ProjectKey>),
    with_infra(infra: Option<InfraId>),
    with_status(status: Option<UpdateStatus>),
    with_from(from: Option<Timestamp>),
    with_until(until: Option<Timestamp>),
});

/// A part of the history, the latest start first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HistoryPage {
    /// The updates. There may be fewer than asked for, even none, before the end.
    pub entries: Vec<HistoryEntry>,
    /// Where the next page begins; none at the end. It stays valid while updates end or are removed.
    pub next: Option<HistoryId>,
}

impl HistoryFilter {
    /// Whether an update may be listed, as far as its listing shows.
    pub(crate) fn may_list(&self, listing: &HistoryListing) -> bool {
        is(self.deployment.as_ref(), Some(&listing.deployment))
            && is(self.uid.as_ref(), listing.uid.as_ref())
            && is(self.status.as_ref(), Some(&listing.status))
            && self.from.is_none_or(|from| listing.start >= from)
            && self.until.is_none_or(|until| listing.start < until)
    }

    /// Whether an update is listed.
    pub(crate) fn lists(&self, record: &HistoryRecord) -> bool {
        self.may_list(&record.listing())
            && is(self.project.as_ref(), record.origin.project.as_ref())
            && is(self.infra.as_ref(), record.origin.infra.as_ref())
    }
}

fn is<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
    wanted.is_none() || wanted == found
}

impl HistoryEntry {
    pub(crate) fn of(record: HistoryRecord, deployment_exists: bool) -> Self {
        let id = record.history_id();
        let origin = record.origin;
        Self {
            id,
            deployment: record.deployment,
            uid: origin.uid,
            deployment_exists,
            start: record.start,
            end: record.end,
            requester: record.requester,
            acting: origin.acting,
            bundle: record.bundle,
            previous_bundle: origin.previous,
            infra: origin.infra,
            project: origin.project,
            status: record.status,
            nodes: record.nodes,
            task: record.task.0,
        }
    }
}
