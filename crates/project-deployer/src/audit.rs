//! The audit: who changed what, and who was refused.
//!
//! Each change of a session is one commit, and the same commit appends one record to the journal of the day. Records
//! are chained later (`seal.rs`), so that no commit waits for another one because of the audit. `docs/audit.md` explains
//! the format.

mod action;
#[cfg(feature = "sqlite")]
mod administered;
mod asked;
mod chain;
mod change;
mod days;
mod export;
mod keep;
mod list;
mod record;
mod redact;
mod refusals;
mod retention;
mod seal;
mod trim;
mod verify;
mod write;

pub(crate) use self::action::Action;
#[cfg(feature = "sqlite")]
pub(crate) use self::administered::administered;
pub(crate) use self::asked::{Asked, Refused};
pub(crate) use self::chain::{AnchorRecord, BlockRecord, HeadRecord, SealedDay};
pub(crate) use self::change::Change;
#[cfg(feature = "sqlite")]
pub(crate) use self::days::{DAYS, journal_of};
pub use self::export::AuditExport;
pub(crate) use self::list::list_records;
pub use self::list::{AuditFilter, AuditPage};
pub use self::record::{AuditEntry, AuditHead, AuditId, AuditOutcome, AuditRecord};
pub use self::retention::AuditRetention;
pub use self::seal::AuditSealing;
pub use self::trim::AuditTrim;
pub(crate) use self::verify::verify_chain;
pub use self::verify::{AuditFault, AuditVerification};
pub(crate) use self::write::AuditState;
