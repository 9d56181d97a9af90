use project_deployer_core::Timestamp;
use project_deployer_core::infra::InfraSettings;

use super::{Maintenance, MaintenanceScope};

/// The maintenance that an infrastructure is in. Of several it is the widest one, since whoever ends a narrower one would
/// still be refused.
#[must_use]
pub fn maintenance_of<'a>(
    known: impl IntoIterator<Item = &'a Maintenance>,
    infra: &InfraSettings,
    now: Timestamp,
) -> Option<&'a Maintenance> {
    let is_about = |maintenance: &&Maintenance| match &maintenance.scope {
        MaintenanceScope::Everything => true,
        MaintenanceScope::Stage(stage) => *stage == infra.stage,
        MaintenanceScope::Infra(id) => *id == infra.id,
    };
    let active = known.into_iter().filter(|maintenance| maintenance.is_active(now));
    // The scopes are in the order from wide to narrow.
    active.filter(is_about).min_by(|one, other| one.scope.cmp(&other.scope))
}
