use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::connection::Connections;
use super::reception::Reception;
use crate::fault::FaultPlan;
use crate::journal::Journal;
use crate::state::NodeState;

/// What the routes of a server and its handle in the test have in common. Each lock is held for the
/// time of one synchronous function.
pub(crate) struct Shared<S = NodeState> {
    state: Mutex<S>,
    journal: Mutex<Journal>,
    faults: Mutex<FaultPlan>,
    pub(super) connections: Connections,
    pub(super) reception: Box<dyn Reception<S>>,
}

impl<S> Shared<S> {
    pub(crate) fn new(state: S, reception: impl Reception<S>) -> Self {
        Self {
            state: Mutex::new(state),
            journal: Mutex::default(),
            faults: Mutex::default(),
            connections: Connections::default(),
            reception: Box::new(reception),
        }
    }

    /// The server's state, for one function.
    pub(crate) fn state(&self) -> MutexGuard<'_, S> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, FaultPlan> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> fmt::Debug for Shared<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}
