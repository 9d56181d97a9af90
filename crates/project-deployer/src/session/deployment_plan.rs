use futures::future::join_all;
use project_deployer_client::{DeployerError, Identity, NodeError, ResourceRef, Warnings};
use project_deployer_core::infra::{InfraSettings, NodeEntry};
use project_deployer_core::messages::Severity;
use project_deployer_core::node::FutureState;
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_core::sync::ObservedState;
use project_deployer_core::{BundleId, DeploymentId};

use super::update_start::{hooks_of, plan};
use super::{DeployerSession, Deployment, View, may};
use crate::audit::Action;
use crate::deployment_plan::{DeploymentPlan, PlannedHooks, plan_node};
use crate::readiness::{Check, Finding, Needs, infra_findings, node_facts};
use crate::runner::{node_settings, observe};
use crate::state::{DeploymentRecord, Record as _};
use crate::update::UpdatePlan;

impl DeployerSession {
    /// Plans an update of a deployment to its bundle, or to another one: what would change on each node, and what
    /// would make it fail (F7). It changes nothing, on the Deployer and on the nodes.
    ///
    /// # Errors
    ///
    /// The update could not start: the deployment or the bundle does not exist for the caller, the caller may not
    /// update it, or a policy prevents it. A node that does not answer, and windows that refuse the update, are part of the
    /// plan.
    pub async fn plan_deployment(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
    ) -> Result<DeploymentPlan, DeployerError> {
        let view = self.view().await?;
        let found = view.deployment_for(Operation::UpdateDeployment, id)?;
        let plan = self.plan_found(&view, &found, bundle).await?;
        // After its digest was made: what windows say depends on the time. Nodes may have taken minutes to answer, and what
        // windows there are is decided by what is true now.
        let view = self.view().await?;
        let now = view.deployment_for(Operation::UpdateDeployment, id)?;
        let outside_window = view.outside_window(&now.infra.value, self.deployer.now());
        Ok(DeploymentPlan { outside_window, ..plan })
    }

    /// Starts an update of a deployment to its bundle, or to another one, if it would do exactly what a plan said: the
    /// one of which [`DeploymentPlan::digest`] is named (F8).
    ///
    /// It is planned again, and the digests are compared. The settings, the infrastructure and the bundle are those of
    /// the second plan, or the start is refused; a node may still change between that plan and the first write to it.
    ///
    /// # Errors
    ///
    /// One of [`Self::update_to`]; the update would do something else now; or its plan has blockers or a node whose
    /// project is unknown.
    pub async fn update_as_planned(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
        digest: &str,
        warnings: Warnings,
    ) -> Result<FutureState, DeployerError> {
        let named = ResourceRef::new(DeploymentRecord::NOUN, id);
        let work = async {
            let view = self.view().await?;
            let found = view.deployment_for(Operation::UpdateDeployment, id)?;
            self.as_expected(&found.record)?;
            let plan = self.plan_found(&view, &found, bundle).await?;
            permits(&plan, digest)?;
            // Nodes may have taken minutes to answer. What the caller may do is decided by what is true now.
            let view = self.view().await?;
            let now = view.deployment_for(Operation::UpdateDeployment, id)?;
            let (infra, planned): (&InfraSettings, &InfraSettings) =
                (&now.infra.value, &found.infra.value);
            if infra != planned || now.record.value.settings != found.record.value.settings {
                return Err(DeployerError::ChangedMeanwhile(ResourceRef::new(
                    "plan of deployment",
                    id,
                )));
            }
            self.launch_to(&view, now, &plan.bundle, warnings).await
        };
        // What reads nodes does not move between threads.
        let done = work.await;
        self.attempt(Action::Update, named, async { done }).await
    }

    async fn plan_found(
        &self,
        view: &View,
        found: &Deployment,
        bundle: Option<&BundleId>,
    ) -> Result<DeploymentPlan, DeployerError> {
        let mut settings = found.record.value.settings.clone();
        let from_bundle = settings.bundle_id.clone();
        if let Some(other) = bundle.filter(|other| **other != from_bundle) {
            view.deployment_for(Operation::EditDeployment, &settings.id)?;
            settings.bundle_id = other.clone();
        }
        if let Some(superseded) = view.superseded(&settings)? {
            return Err(superseded.refusal(&settings.id));
        }
        view.not_in_maintenance(&found.infra.value, self.deployer.now())?;
        view.not_in_quarantine(&found.infra.value.id)?;
        let bundle = view.bundle_of(&settings.published_project_key, &settings.bundle_id)?;
        let mut update = plan(&settings, &found.infra.value, &bundle, view.login.clone())?;
        if update.desired.webapps_run_as.is_some() {
            let (previous, _) = self.previous(&settings.id).await?;
            update.left_down = self.left_down(previous.as_ref(), &update).await?;
        }
        let infra = self.with_keys(view, Operation::UpdateDeployment, found).await?;
        let contents = &bundle.published.contents;
        let mut needs = Needs::of_infra(&infra);
        needs = needs.with_deployment(&infra, &settings, contents, [view.login.clone()]);
        needs.updates_here = true;
        let connector = &*self.deployer.inner.connector;
        let observed = self.observe_all(&infra, &update);
        let (facts, observed) =
            futures::future::join(node_facts(&infra, &needs, connector), observed).await;
        let nodes = facts.iter().zip(&observed).enumerate();
        let nodes = nodes
            .map(|(number, (facts, seen))| {
                plan_node(&update, number, &needs, facts, seen.as_ref().map_err(Clone::clone))
            })
            .collect();
        let findings = self.plan_hooks(view, &infra, &needs, &mut update);
        let sees_hooks = may(view, Operation::ReadInfraSettings, Scope::infra(&infra));
        let planned = DeploymentPlan {
            digest: String::new(),
            deployment: settings.id,
            infra: infra.id.clone(),
            project_key: update.project_key.clone(),
            from_bundle,
            bundle: settings.bundle_id,
            acting: update.acting.clone(),
            hooks: sees_hooks.then(|| names_of_hooks(&infra)),
            outside_window: None,
            messages: update.findings.clone(),
            findings,
            nodes,
        };
        planned.sealed_with(&update)
    }

    /// Adds the hooks to the update, and returns what no node has to be asked for.
    fn plan_hooks(
        &self,
        view: &View,
        infra: &InfraSettings,
        needs: &Needs,
        update: &mut UpdatePlan,
    ) -> Vec<Finding> {
        let mut findings = infra_findings(infra, needs);
        // As the start of the update says it: which names it shows depends on the caller.
        findings.retain(|finding| finding.check != Check::Hooks);
        match hooks_of(&self.deployer.inner.hooks, infra, view) {
            Ok(hooks) => update.hooks = hooks,
            Err(error) => findings.push(Finding {
                check: Check::Hooks,
                node: None,
                severity: Severity::Error,
                what: error.to_string(),
                remedy: "have the hooks changed in the settings of the infrastructure".to_owned(),
            }),
        }
        findings
    }

    /// Plans a promotion: the bundle of a deployment, on every deployment of its project in the next stage that the
    /// caller may see (F7).
    ///
    /// # Errors
    ///
    /// There is no next stage or no deployment of the project in it, or one of [`Self::plan_deployment`].
    pub async fn plan_promotion(
        &self,
        from: &DeploymentId,
    ) -> Result<Vec<DeploymentPlan>, DeployerError> {
        let view = self.view().await?;
        let source = view.deployment_for(Operation::ViewDeployment, from)?;
        let settings = &source.record.value.settings;
        let stages = view.model.stages()?.value.0;
        let stage = &source.infra.value.stage;
        let mut later = stages.iter().skip_while(|known| known.id != *stage);
        let next = later.nth(1).map(|stage| stage.id.clone());
        let Some(next) = next else {
            let what = format!("no stage follows stage `{stage}` of deployment `{from}`");
            return Err(DeployerError::not_possible(what, "plan the update of one deployment"));
        };
        let mut plans = Vec::new();
        for other in view.model.deployments_of(&settings.published_project_key)? {
            let id = &other.value.settings.id;
            let visible = view.deployment_for(Operation::ViewDeployment, id);
            let is_next = visible.is_ok_and(|other| other.infra.value.stage == next);
            // A superseded one is not updated any more: its project belongs to another deployment.
            if is_next && view.superseded(&other.value.settings)?.is_none() {
                plans.push(self.plan_deployment(id, Some(&settings.bundle_id)).await?);
            }
        }
        if plans.is_empty() {
            let project = &settings.published_project_key;
            let what = format!("project `{project}` has no deployment in stage `{next}`");
            return Err(DeployerError::not_possible(what, "create one there"));
        }
        Ok(plans)
    }

    /// Reads the project on all nodes at the same time.
    async fn observe_all(
        &self,
        infra: &InfraSettings,
        update: &UpdatePlan,
    ) -> Vec<Result<ObservedState, String>> {
        let (key, desired) = (&update.project_key, &update.desired);
        let read = |entry: &'_ NodeEntry| {
            let settings = node_settings(infra, entry).map_err(|error| error.to_string());
            async move {
                let message = |error: NodeError| error.kind.to_string();
                let connector = &*self.deployer.inner.connector;
                let node = connector.connect(&settings?, Identity::ApiKey).map_err(message)?;
                observe(&*node, key, desired).await.map_err(message)
            }
        };
        join_all(infra.target.entries().iter().map(read)).await
    }
}

fn names_of_hooks(infra: &InfraSettings) -> PlannedHooks {
    let names = |hooks: &[project_deployer_core::infra::Hook]| {
        hooks.iter().map(|hook| hook.name.clone()).collect()
    };
    PlannedHooks {
        pre: names(&infra.hooks.pre),
        post: names(&infra.hooks.post),
        on_failure: names(&infra.hooks.on_failure),
    }
}

/// Whether the update of a plan may start in the name of one that somebody has read.
fn permits(plan: &DeploymentPlan, digest: &str) -> Result<(), DeployerError> {
    if plan.digest != digest {
        return Err(DeployerError::not_possible(
            format!(
                "the update of deployment `{}` would not do what the plan says",
                plan.deployment
            ),
            "plan it again, and read what is different",
        ));
    }
    if let Some(node) = plan.nodes.iter().find(|node| node.unknown.is_some()) {
        let what = format!("what would change on node `{}` is unknown", node.node);
        return Err(DeployerError::not_possible(what, "plan again when it answers"));
    }
    match plan.blockers().count() {
        0 => Ok(()),
        blockers => Err(DeployerError::not_possible(
            format!("the plan of deployment `{}` has {blockers} blockers", plan.deployment),
            "remove them, or update without a plan",
        )),
    }
}
