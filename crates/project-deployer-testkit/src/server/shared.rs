use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::connection::Connections;
use super::reception::Reception;
use crate::state::NodeState;
use crate::traffic::Traffic;

/// What the routes of a server and its handle in the test have in common. Each lock is held for the
/// time of one synchronous function.
pub(crate) struct Shared<S = NodeState> {
    state: Mutex<S>,
    pub(crate) traffic: Traffic,
    pub(super) connections: Connections,
    pub(super) reception: Box<dyn Reception<S>>,
}

impl<S> Shared<S> {
    pub(crate) fn new(state: S, reception: impl Reception<S>) -> Self {
        Self {
            state: Mutex::new(state),
            traffic: Traffic::default(),
            connections: Connections::default(),
            reception: Box::new(reception),
        }
    }

    /// The server's state, for one function.
    pub(crate) fn state(&self) -> MutexGuard<'_, S> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> fmt::Debug for Shared<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}
