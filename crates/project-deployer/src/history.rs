//! The history of updates. An update enters it when it ends, in the same commit, and stays there after its deployment
//! was deleted, until [retention](HistoryRetention) removes it together with its journal.

mod entry;
mod indexed;
mod reading;
mod recovered;
mod retention;
mod trim;

pub use self::entry::{HistoryEntry, HistoryFilter, HistoryPage};
pub(crate) use self::indexed::HistoryIndexed;
#[cfg(feature = "sqlite")]
pub(crate) use self::indexed::INDEXED;
pub(crate) use self::reading::{Reader, Reading};
pub(crate) use self::recovered::Recovered;
pub use self::retention::HistoryRetention;
pub use self::trim::HistoryTrim;
pub use crate::state::{DeploymentUid, HistoryId};
pub use crate::update::{NodeAfter, NodeResult};
