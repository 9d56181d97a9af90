//! Fleets: a Fleet Manager, a Launchpad or a list of nodes, whose nodes register themselves as infrastructures (I1).
//!
//! [`FleetSettings`] says where the nodes come from, and what their infrastructures begin with. A synchronization reads the
//! nodes, decides in a pure function what follows ([`FleetPlan`]), and carries it out in one commit for each
//! infrastructure. What the fleet manages of an infrastructure is refused everywhere else (I2). A node that vanished puts
//! its infrastructure into quarantine, and removes nothing (I3). An answer that lacks many nodes does nothing until
//! somebody confirmed exactly this answer (I4).

mod adopt;
mod alone;
mod gathered;
mod managed;
mod nodes;
mod plan;
mod record;
mod report;
mod round;
mod settings;
mod sync;
mod template;

pub(crate) use self::adopt::adopted;
pub(crate) use self::alone::{leaves_addresses, takes_addresses, takes_as_seen, who_has_one};
pub use self::managed::{ManagedField, ManagedInfra, Quarantine};
pub(crate) use self::managed::{loses_its_key, refused_change, wanted_entry};
pub use self::plan::{FleetAction, FleetActionKind, FleetNote, FleetNoteKind, FleetPlan, Shrunken};
pub(crate) use self::plan::{Known, Member, Wanted, plan_sync};
pub(crate) use self::record::{FleetRecord, FleetStateRecord};
pub use self::report::{FleetChangeDone, FleetOverview, FleetState, FleetSync, PendingAnswer};
pub use self::settings::{FleetOrigin, FleetSettings, ListedNode};
pub(crate) use self::sync::{Wanting, guard};

#[cfg(test)]
mod tests;
