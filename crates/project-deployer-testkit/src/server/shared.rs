use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::connection::Connections;
use crate::fault::FaultPlan;
use crate::journal::Journal;
use crate::state::NodeState;

/// What the routes and the handle in the test have in common. Each lock is held for the time of one
/// synchronous function.
pub(crate) struct Shared {
    state: Mutex<NodeState>,
    journal: Mutex<Journal>,
    faults: Mutex<FaultPlan>,
    pub(super) connections: Connections,
}

impl Shared {
    pub(crate) fn new(state: NodeState) -> Self {
        Self {
            state: Mutex::new(state),
            journal: Mutex::default(),
            faults: Mutex::default(),
            connections: Connections::default(),
        }
    }

    /// The node's state, for one function.
    pub(crate) fn state(&self) -> MutexGuard<'_, NodeState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, FaultPlan> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}
