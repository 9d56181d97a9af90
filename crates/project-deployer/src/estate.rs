//! The whole estate as one file: groups, users, stages, fleets, infrastructures, windows, published projects and
//! deployments that are wanted, compared with what is there, and applied.
//!
//! [`Estate::parse`] reads a file and reports every mistake at once. [`ObservedEstate::read`] reads what is there,
//! [`EstatePlan::of`] compares the two without a call, [`EstatePlan::check`] asks the nodes, and [`EstatePlan::apply`]
//! makes the changes. `DeployerSession::schedule_estate` has them made at a given time. [`ObservedEstate::export`] writes the file of an installation.

mod apply;
mod document;
mod error;
mod export;
mod fingerprint;
mod observe;
mod observed;
mod plan;
mod preflight;
mod problem;
mod read;
mod rules;
#[cfg(feature = "sqlite")]
mod saved;
mod scheduled;
mod secrets;
mod shape;
mod text;
mod write;

pub use self::apply::AppliedEstate;
pub use self::document::{
    CodeEnvsEntry, DeploymentEntry, Estate, FleetEntry, FleetSourceEntry, GroupEntry, GroupRight,
    HooksEntry, InfraEntry, ListedNodeEntry, NodeDescription, OrNone, ProjectEntry, ProjectWord,
    RemappingEntry, SecretRef, StageEntry, UserEntry, WindowEntry,
};
pub use self::error::EstateError;
pub use self::export::{ExportOptions, ExportedEstate};
pub use self::observe::EstateAccess;
pub(crate) use self::observe::Scope as ReadScope;
pub use self::observed::ObservedEstate;
pub(crate) use self::observed::{
    Deployed, Reserved, Seen, SeenAccounts, SeenDeployment, SeenFleet, SeenInfra, SeenNames,
    SeenProject, SeenWindows, Version,
};
pub use self::plan::{
    EstateKind, EstatePlan, PlanBasis, PlanNote, PlanOptions, PlannedAction, PlannedChange,
    PlannedField,
};
pub use self::problem::{EstateProblem, EstateProblems};
#[cfg(feature = "sqlite")]
pub use self::saved::SavedPlan;
pub use self::scheduled::{EstateScheduleOutcome, ScheduledEstate};
pub(crate) use self::scheduled::{EstateScheduleRecord, TEXTS, WantedEstate, last_number};
pub use self::secrets::EstateSecrets;
pub(crate) use self::shape::is_similar;
pub use self::text::EstateFormat;
pub use self::write::EstateNotWritten;

#[cfg(test)]
mod tests;
