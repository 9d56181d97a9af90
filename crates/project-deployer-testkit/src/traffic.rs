//! What becomes of the calls to a server, and what was asked of it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::fault::FaultPlan;
use crate::journal::Journal;

/// The faults and the journal of a server.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    journal: Mutex<Journal>,
    faults: Mutex<FaultPlan>,
}

impl Traffic {
    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, FaultPlan> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the handle of a server, which has a method `traffic`, its methods for faults and the journal.
/// They are methods of the handle itself, so that tests call them without an import.
macro_rules! faults_and_journal {
    ($handle:ty) => {
        /// Faults and the journal.
        impl $handle {
            /// From now on this goes wrong. Of several faults that concern a call, the oldest happens.
            pub fn fault(&self, fault: $crate::fault::Fault) {
                self.traffic().faults().add(fault);
            }

            /// From now on the calls of an endpoint go as a script says.
            pub fn follow(&self, script: $crate::fault::FaultScript) {
                self.traffic().faults().follow(script);
            }

            /// From now on chance decides what goes wrong. A seed takes the place of the one before.
            pub fn draw_faults_from(&self, seed: $crate::fault::FaultSeed) {
                self.traffic().faults().draw_from(seed);
            }

            /// From now on nothing goes wrong.
            pub fn clear_faults(&self) {
                self.traffic().faults().clear();
            }

            /// Every call in the order of arrival.
            #[must_use]
            pub fn journal(&self) -> Vec<$crate::journal::Call> {
                self.traffic().journal().calls()
            }

            /// The calls of a method to paths that fit a pattern, as [`Fault::on`] reads them.
            ///
            /// [`Fault::on`]: crate::Fault::on
            #[must_use]
            pub fn calls_to(&self, method: &str, path: &str) -> Vec<$crate::journal::Call> {
                self.traffic().journal().calls_to(method, path)
            }
        }
    };
}
pub(crate) use faults_and_journal;
