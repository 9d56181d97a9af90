//! What plans of an estate read of this engine.

use std::collections::BTreeMap;

use project_deployer_client::DeployerError;
use project_deployer_core::accounts::{Group, User};
use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::messages::Severity;
use project_deployer_core::rights::{Operation, Scope as RightsScope};
use project_deployer_core::{FleetId, InfraId, Timestamp};

use super::versioned::revision_of;
use super::{DeployerSession, View, may};
use crate::causes::with_causes;
use crate::estate::{
    Deployed, EstateKind, EstatePlan, ObservedEstate, PlanNote, ReadScope, Reserved, Seen,
    SeenAccounts, SeenDeployment, SeenFleet, SeenInfra, SeenNames, SeenProject, Version,
};
use crate::fleets::{FleetRecord, ManagedInfra};
use crate::governance::governance_status;
use crate::readiness::{Needs, infra_findings, judge_node, node_facts};
use crate::state::{AsRead, Below, Found};
use crate::upstream::in_order;
use crate::windows::decide;

fn seen<T>(value: T, read: &impl AsRead) -> Seen<T> {
    Seen { value, version: Version::Revision(revision_of(read)) }
}

impl DeployerSession {
    /// The documents of one moment, as the caller sees them. Only keys of nodes are read again.
    pub(crate) async fn observe_estate(
        &self,
        scope: &ReadScope,
    ) -> Result<ObservedEstate, DeployerError> {
        let view = self.view().await?;
        let stages = view.model.stages()?;
        let mut observed = ObservedEstate::with_stages(seen(stages.value.0.clone(), &stages), true);
        if scope.has_accounts() {
            observed.set_accounts(view.seen_accounts()?);
        }
        if scope.has_names() && may(&view, Operation::EditAccounts, RightsScope::deployer()) {
            observed.set_names(view.seen_names());
        }
        if scope.has_fleets() {
            self.observe_fleets(&view, scope, &mut observed).await?;
        }
        for kept in view.model.infras().filter(|kept| scope.has_infra(&kept.value.id)) {
            let rights = || RightsScope::infra(&kept.value);
            if !may(&view, Operation::ViewInfra, rights()) {
                continue;
            }
            let id = kept.value.id.clone();
            let has_keys = scope.needs_keys_of(&id);
            let settings = match may(&view, Operation::ReadInfraSettings, rights()) {
                false => None,
                true if has_keys => {
                    let read =
                        self.infra_with_keys(&view, Operation::ReadInfraSettings, &id).await?;
                    Some(seen(read.value.clone(), &read))
                }
                true => Some(seen(InfraSettings::clone(&kept.value), kept)),
            };
            // One of which it cannot be read hides no other one.
            let (managed, unread_fleet) = match view.model.managed_infra(&id) {
                Ok(kept) => (kept.map(|kept| ManagedInfra::clone(&kept.value)), None),
                Err(error) => (None, Some(with_causes(&error))),
            };
            observed.add_infra(id, SeenInfra { settings, has_keys, managed, unread_fleet });
        }
        if scope.has_windows() {
            observed.set_windows(view.seen_windows(scope, self.deployer.now()));
        }
        view.observe_projects(scope, &mut observed);
        view.observe_deployments(scope, &mut observed)?;
        Ok(observed)
    }

    /// Fleets with their secrets, for those who may change them. One that cannot be read hides no other one.
    async fn observe_fleets(
        &self,
        view: &View,
        scope: &ReadScope,
        observed: &mut ObservedEstate,
    ) -> Result<(), DeployerError> {
        if !may(view, Operation::CreateInfra, RightsScope::deployer()) {
            observed.set_fleets(Reserved::ForAdministrators);
            return Ok(());
        }
        let ids: Vec<FleetId> = match scope.named_fleets() {
            Some(ids) => ids.iter().cloned().collect(),
            None => {
                let Below { readable, unreadable } =
                    self.repository().below::<FleetRecord>("").await?;
                let unreadable = unreadable.into_iter().filter_map(|(id, _)| id.parse().ok());
                readable.into_iter().map(|FleetRecord(it)| it.id).chain(unreadable).collect()
            }
        };
        let mut fleets = BTreeMap::new();
        for id in ids {
            let found = match self.repository().find_readable::<FleetRecord>(&id).await? {
                Found::Readable(found) => found,
                Found::Absent => continue,
                Found::Unreadable { error, .. } => {
                    observed.add_unread_fleet(id, with_causes(&error));
                    continue;
                }
            };
            let managed = view.model.managed().filter(|kept| kept.value.fleet == id);
            let members = managed.map(|kept| kept.value.infra.clone()).collect();
            let settings = seen(found.value.0.clone(), &found);
            fleets.insert(id, SeenFleet { settings, members });
        }
        observed.set_fleets(Reserved::Seen(fleets));
        Ok(())
    }

    /// Adds to a plan what the nodes and the policies of infrastructures have to say about deployments whose bundle
    /// changes. It changes nothing.
    ///
    /// Each deployment is judged by the checks of readiness: the logins that act, missing connections and code
    /// environments after remapping, permissions that are dropped. With the option to deploy an error prevents the
    /// plan; without it the nodes stay as they are, so it is a warning.
    pub(crate) async fn check_estate_plan(
        &self,
        plan: &mut EstatePlan,
    ) -> Result<(), DeployerError> {
        let view = self.view().await?;
        let shared: Vec<_> = plan.affected().iter().map(|it| view.ordered(it)).collect();
        in_order(&shared).cycles.iter().for_each(|cycle| plan.note_cycle(cycle));
        let mut by_infra: BTreeMap<InfraId, Vec<DeploymentSettings>> = BTreeMap::new();
        for settings in plan.affected() {
            by_infra.entry(settings.infra_id.clone()).or_default().push(settings.clone());
        }
        view.heed_stages_left(plan, self.deployer.now());
        for (id, deployments) in by_infra {
            view.heed_refusals(plan, &id, &deployments, self.deployer.now())?;
            match self.infra_of_plan(&view, plan, &id).await? {
                Some(infra) => self.check_on(&view, plan, &infra, &deployments).await?,
                None => plan.note_unseen(&id),
            }
        }
        Ok(())
    }

    /// An infrastructure as it will be, with the keys of its nodes; none if the caller may not check it.
    async fn infra_of_plan(
        &self,
        view: &View,
        plan: &EstatePlan,
        id: &InfraId,
    ) -> Result<Option<InfraSettings>, DeployerError> {
        let after = plan.infra_after(id).cloned();
        if view.model.infra(id)?.is_none() {
            let allowed = may(view, Operation::CreateInfra, RightsScope::deployer());
            return Ok(after.filter(|_| allowed));
        }
        match self.infra_with_keys(view, Operation::CheckInfra, id).await {
            Ok(now) => Ok(Some(match after {
                Some(after) => after.keeping_keys_of(&now.value),
                None => now.value,
            })),
            Err(DeployerError::NotFound(_) | DeployerError::Forbidden(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn check_on(
        &self,
        view: &View,
        plan: &mut EstatePlan,
        infra: &InfraSettings,
        deployments: &[DeploymentSettings],
    ) -> Result<(), DeployerError> {
        let mut whole = Needs::of_infra(infra);
        let mut each = Vec::with_capacity(deployments.len());
        for deployment in deployments {
            let key = &deployment.published_project_key;
            let bundle = view.model.bundle(key, &deployment.bundle_id)?;
            let Some(bundle) = bundle.and_then(|record| record.value.published.as_ref()) else {
                continue;
            };
            plan.heed_policy(infra, deployment, &governance_status(infra, bundle));
            let requesters = [view.login.clone()];
            let with = |needs: Needs| {
                needs.with_deployment(infra, deployment, &bundle.contents, requesters.clone())
            };
            whole = with(whole);
            let mut needs = with(Needs::of_infra(infra));
            needs.updates_here = true;
            each.push((deployment, needs));
        }
        let nodes = node_facts(infra, &whole, &*self.deployer.inner.connector).await;
        for (deployment, needs) in each {
            let findings = infra_findings(infra, &needs);
            let of_nodes = nodes.iter().flat_map(|facts| judge_node(facts, &needs));
            for finding in findings.into_iter().chain(of_nodes) {
                plan.note_finding(deployment, finding);
            }
        }
        Ok(())
    }
}

impl View {
    /// Adds why updates of deployments on an infrastructure would be refused now. Whoever may update them learns that
    /// anyway, so it takes no right to administer the infrastructure.
    fn heed_refusals(
        &self,
        plan: &mut EstatePlan,
        id: &InfraId,
        deployments: &[DeploymentSettings],
        now: Timestamp,
    ) -> Result<(), DeployerError> {
        let known = self.model.infra(id)?.map(|kept| -> &InfraSettings { &kept.value });
        if known.is_some_and(|known| !may(self, Operation::ViewInfra, RightsScope::infra(known))) {
            return Ok(());
        }
        let Some(infra) = self.settings_after(plan, id)?.cloned() else { return Ok(()) };
        // What cannot be read would refuse the updates, and hides nothing of other infrastructures.
        match self.maintenance_of(&infra, now) {
            Ok(None) => {}
            Ok(Some(found)) => deployments.iter().for_each(|it| plan.heed_maintenance(it, found)),
            Err(error) => deployments.iter().for_each(|it| plan.heed_unreadable(it, &error)),
        }
        let refused = self.windows_after(plan, &infra).map(|sets| decide(sets, now).refusal());
        match refused {
            Ok(None) => {}
            Ok(Some(refusal)) => deployments.iter().for_each(|it| plan.heed_windows(it, &refusal)),
            Err(error) => deployments.iter().for_each(|it| plan.heed_unreadable(it, &error)),
        }
        if let Err(refusal) = self.not_in_quarantine(id) {
            deployments.iter().for_each(|it| plan.heed_quarantine(it, &refusal));
        }
        Ok(())
    }

    /// Adds which infrastructures may not leave their stages.
    fn heed_stages_left(&self, plan: &mut EstatePlan, now: Timestamp) {
        let mut notes = Vec::new();
        for new in plan.infras_after() {
            // One that the caller may not see is new to the plan.
            let Ok(current) = self.infra_for(Operation::ViewInfra, &new.id) else { continue };
            let stage = &current.value.stage;
            let what = match self.held_by_stage(&current.value, new, now) {
                Ok(None) => continue,
                Ok(Some(why)) => format!("it may not leave stage `{stage}`, which {why}"),
                Err(error) => format!("it may not leave stage `{stage}`: {}", with_causes(&error)),
            };
            let hint = "let an administrator of the Deployer apply it";
            let kind = EstateKind::Infrastructures;
            notes.push(PlanNote::new(Severity::Error, kind, &new.id, what, hint));
        }
        notes.into_iter().for_each(|note| plan.note(note));
    }

    /// The names of accounts. One that cannot be read is there as well.
    fn seen_names(&self) -> SeenNames {
        let groups = self.model.groups().map(|group| group.name.clone());
        let users = self.model.users().map(|user| user.login.clone());
        let unread_groups = self.model.unreadable::<Group>().filter_map(|id| id.parse().ok());
        let unread_users = self.model.unreadable::<User>().filter_map(|id| id.parse().ok());
        SeenNames {
            groups: groups.chain(unread_groups).collect(),
            users: users.chain(unread_users).collect(),
        }
    }

    /// All accounts, for those who may change them: one that cannot be read is not absent.
    fn seen_accounts(&self) -> Result<Reserved<SeenAccounts>, DeployerError> {
        if !may(self, Operation::EditAccounts, RightsScope::deployer()) {
            return Ok(Reserved::ForAdministrators);
        }
        self.model.all_readable::<User>()?;
        self.model.all_readable::<Group>()?;
        let (mut groups, mut users) = (BTreeMap::new(), BTreeMap::new());
        for group in self.model.groups() {
            if let Some(kept) = self.model.group(&group.name)? {
                groups.insert(group.name.clone(), seen(group.clone(), kept));
            }
        }
        for user in self.model.users() {
            if let Some(kept) = self.model.user(&user.login)? {
                users.insert(user.login.clone(), seen(user.clone(), kept));
            }
        }
        let caller = self.login.clone();
        Ok(Reserved::Seen(SeenAccounts { groups, users, caller }))
    }

    fn observe_projects(&self, scope: &ReadScope, observed: &mut ObservedEstate) {
        for kept in self.model.projects().filter(|kept| scope.has_project(&kept.value.id)) {
            let rights = || RightsScope::project(&kept.value);
            if !may(self, Operation::ViewProject, rights()) {
                continue;
            }
            let readable = may(self, Operation::ReadProjectSettings, rights());
            let settings = readable.then(|| seen((*kept.value).clone(), kept));
            let bundles = self.model.bundles_of(&kept.value.id).into_iter();
            let bundles = bundles.map(|bundle| bundle.id().clone()).collect();
            observed.add_project(kept.value.id.clone(), SeenProject { settings, bundles });
        }
    }

    fn observe_deployments(
        &self,
        scope: &ReadScope,
        observed: &mut ObservedEstate,
    ) -> Result<(), DeployerError> {
        for found in self.visibility().deployments() {
            let id = &found.record.settings.id;
            if !scope.has_deployment(id) {
                continue;
            }
            let Some(kept) = self.model.deployment(id)? else { continue };
            let settings = seen(kept.value.settings.clone(), kept);
            let deployed = match self.model.latest_update_kept(id) {
                Ok(None) => Deployed::Never,
                Ok(Some(latest)) => {
                    let is_newer = revision_of(kept) > revision_of(latest);
                    let update = &latest.value.0;
                    Deployed::after(update.status, &update.bundle, is_newer)
                }
                Err(_) => Deployed::Unknown,
            };
            observed.add_deployment(id.clone(), SeenDeployment { settings, deployed });
        }
        Ok(())
    }
}
