//! What plans of an estate read of windows (B5).

use std::collections::BTreeMap;

use project_deployer_client::DeployerError;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::rights::{Operation, Scope as RightsScope};
use project_deployer_core::{InfraId, Timestamp};

use super::versioned::revision_of;
use super::{View, may};
use crate::causes::with_causes;
use crate::estate::{EstatePlan, ReadScope, Seen, SeenWindows, Version};
use crate::maintenance::MaintenanceScope;
use crate::windows::WindowSet;

impl View {
    /// The windows that a plan compares, where the caller sees them. Some that cannot be read hide no others.
    pub(super) fn seen_windows(&self, scope: &ReadScope, now: Timestamp) -> SeenWindows {
        let (mut sets, mut unread) = (BTreeMap::new(), BTreeMap::new());
        let readable = self.model.window_sets().into_iter().map(|set| set.scope.clone());
        let others = self.model.unreadable::<WindowSet>().filter_map(|id| id.parse().ok());
        let all = readable.chain(others);
        for place in all.filter(|it| scope.has_windows_of(it) && self.shows_scope(it)) {
            match self.windows_in(&place) {
                Ok(Some(kept)) => {
                    let version = Version::Revision(revision_of(kept));
                    let value = WindowSet::clone(&kept.value);
                    sets.insert(place, Seen { value, version });
                }
                Ok(None) => {}
                Err(error) => {
                    unread.insert(place, with_causes(&error));
                }
            }
        }
        let is_administrator = may(self, Operation::EditStages, RightsScope::deployer());
        let (caller, groups) = (self.login.clone(), self.groups.clone());
        SeenWindows { sets, unread, is_administrator, caller, groups, now }
    }

    /// The windows about an infrastructure as they are when a plan starts its updates.
    pub(super) fn windows_after<'v>(
        &'v self,
        plan: &'v EstatePlan,
        infra: &InfraSettings,
    ) -> Result<Vec<&'v WindowSet>, DeployerError> {
        let mut about = Vec::new();
        for scope in MaintenanceScope::all_of(infra) {
            match plan.windows_after(&scope) {
                Some(changed) => about.push(changed),
                None => about.extend(self.windows_in(&scope)?.map(|kept| &*kept.value)),
            }
        }
        Ok(about)
    }

    /// The settings of an infrastructure as they are then; none if there is no such infrastructure.
    pub(super) fn settings_after<'v>(
        &'v self,
        plan: &'v EstatePlan,
        id: &InfraId,
    ) -> Result<Option<&'v InfraSettings>, DeployerError> {
        let known = self.model.infra(id)?.map(|kept| -> &InfraSettings { &kept.value });
        Ok(plan.infra_after(id).or(known))
    }
}
