//! What an update of one deployment would do on each node, before anything is done (F7).
//!
//! [`plan_node`] is pure. It asks the functions that an update uses itself: [`compare`] for the fields,
//! [`next`](crate::update::next) for the steps, [`propagate`] for permissions, and [`judge_node`] for logins,
//! connections and code environments. A session reads the facts and sends no write.

mod steps;
mod text;
mod windows;

use std::collections::BTreeSet;

use project_deployer_client::DeployerError;
use project_deployer_core::messages::{InfoMessages, Severity};
use project_deployer_core::node::{Dropped, Webapp, WebappBackend, propagate};
use project_deployer_core::sync::{FieldDifference, ObservedState, SyncState, compare};
use project_deployer_core::{BundleId, DeploymentId, InfraId, Login, ProjectKey};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

pub use self::steps::planned_steps;
pub use self::windows::OutsideWindow;
use crate::readiness::{Check, Finding, Needs, NodeFacts, judge_node};
use crate::update::{NodeView, Step, UpdatePlan};

/// What an update of one deployment would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeploymentPlan {
    /// What identifies it: plans of a caller with the same digest do the same. It covers what the update relies on, the
    /// contents of hooks and settings too, of which the plan shows the names alone. Windows are no part of it, since a plan
    /// may be made before they allow its update.
    pub digest: String,
    /// The deployment.
    pub deployment: DeploymentId,
    /// Its infrastructure.
    pub infra: InfraId,
    /// The project key on the nodes.
    pub project_key: ProjectKey,
    /// The bundle in the settings now.
    pub from_bundle: BundleId,
    /// The bundle of the update.
    pub bundle: BundleId,
    /// The login that would change the nodes.
    pub acting: Login,
    /// The hooks that are configured. None if the caller does not administer the infrastructure (R-P5).
    pub hooks: Option<PlannedHooks>,
    /// Why windows would refuse the update now (B5); none if they allow it.
    pub outside_window: Option<OutsideWindow>,
    /// What the start of the update would warn of.
    pub messages: InfoMessages,
    /// What no node has to be asked for.
    pub findings: Vec<Finding>,
    /// The nodes, in the order in which they would be changed.
    pub nodes: Vec<NodePlan>,
}

/// The names of the hooks that are configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PlannedHooks {
    /// Before an update.
    pub pre: Vec<String>,
    /// After an update.
    pub post: Vec<String>,
    /// After an update that failed.
    pub on_failure: Vec<String>,
}

/// What an update would do on one node.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NodePlan {
    /// The node.
    pub node: String,
    /// The fields that would change: what each should be and what it is.
    pub fields: Vec<FieldDifference>,
    /// Why the fields are not known. They are never read as equal then.
    pub unknown: Option<String>,
    /// The steps that an update would take; none if the project on the node is unknown.
    pub steps: Vec<Step>,
    /// The webapps whose backends would be restarted, since they run, or the update before left them down.
    pub restarts: Vec<String>,
    /// Users and groups of the design project that a new project would not get.
    pub dropped: Dropped,
    /// Which logins, connections and code environments are missing, and why a step would fail.
    pub findings: Vec<Finding>,
}

impl DeploymentPlan {
    /// Whether an update would change a node, or nobody knows whether it would (F9).
    #[must_use]
    pub fn differs(&self) -> bool {
        self.nodes.iter().any(|node| !node.fields.is_empty() || node.unknown.is_some())
    }

    /// The plan with its digest, over itself and all that the update has.
    pub(crate) fn sealed_with(self, update: &UpdatePlan) -> Result<Self, DeployerError> {
        let digest = digest_of(&(&self, update))?;
        Ok(Self { digest, ..self })
    }

    /// What would make the update fail.
    pub fn blockers(&self) -> impl Iterator<Item = &Finding> {
        let all = self.findings.iter().chain(self.nodes.iter().flat_map(|node| &node.findings));
        all.filter(|finding| finding.severity == Severity::Error)
    }
}

/// The digest of a plan. Plans with equal digests do the same.
pub(crate) fn digest_of(plan: &impl Serialize) -> Result<String, DeployerError> {
    let text = serde_json::to_vec(plan);
    let text = text.map_err(|error| DeployerError::state("a plan", error))?;
    Ok(Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Plans one node, the one of this number in the plan, from what was read of it.
#[must_use]
pub fn plan_node(
    plan: &UpdatePlan,
    number: usize,
    needs: &Needs,
    facts: &NodeFacts,
    observed: Result<&ObservedState, String>,
) -> NodePlan {
    let node = facts.entry.label();
    let mut findings = judge_node(facts, needs);
    let observed = match observed {
        Ok(observed) => observed,
        Err(reason) => {
            let (fields, steps, restarts) = (Vec::new(), Vec::new(), Vec::new());
            let (unknown, dropped) = (Some(reason), Dropped::default());
            return NodePlan { node, fields, unknown, steps, restarts, dropped, findings };
        }
    };
    let (fields, unknown) = match compare(&plan.desired, observed) {
        SyncState::InSync => (Vec::new(), None),
        SyncState::OutOfSync(fields) => (fields, None),
        SyncState::Unknown(reason) => (Vec::new(), Some(reason)),
    };
    let view = NodeView::of(observed.project.as_ref(), &plan.bundle.id);
    let stays = |id: &String| plan.bundle.webapps.as_ref().is_none_or(|kept| kept.contains(id));
    let running = observed.webapps.iter().filter(|webapp| webapp.is_running());
    let running = running.map(|webapp| &webapp.id).chain(plan.left_down(number));
    let restarts: BTreeSet<_> = running.filter(|id| stays(id)).cloned().collect();
    let restarts: Vec<_> = restarts.into_iter().collect();
    findings.extend(unknown_backends(observed, &node, &restarts));
    let steps = planned_steps(plan, &view, &restarts);
    let dropped = if steps.contains(&Step::ApplyPermissions) {
        dropped(plan, facts)
    } else {
        Dropped::default()
    };
    NodePlan { node, fields, unknown, steps, restarts, dropped, findings }
}

/// Webapps that an update would not restart, since nobody knows whether they run.
fn unknown_backends(observed: &ObservedState, node: &str, restarts: &[String]) -> Vec<Finding> {
    let unknown = observed.webapps.iter().filter(|webapp| !restarts.contains(&webapp.id));
    let finding = |webapp: &Webapp| {
        let WebappBackend::Unknown(reason) = &webapp.backend else { return None };
        Some(Finding {
            check: Check::Webapps,
            node: Some(node.to_owned()),
            severity: Severity::Warning,
            what: format!("whether webapp `{}` runs is unknown: {reason}", webapp.id),
            remedy: "restart it on the node after the update, if it is to run".to_owned(),
        })
    };
    unknown.filter_map(finding).collect()
}

/// Whom a new project would not have. Where users or groups are unknown, the findings say so.
fn dropped(plan: &UpdatePlan, facts: &NodeFacts) -> Dropped {
    let (Ok(users), Ok(groups)) = (&facts.users, &facts.groups) else { return Dropped::default() };
    let users = users.iter().map(|user| user.login.clone()).collect();
    let groups = groups.iter().map(|group| group.name.clone()).collect();
    propagate(plan.permissions_propagation, &plan.bundle.permissions, &users, &groups).1
}
