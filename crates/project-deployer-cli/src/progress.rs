//! Progress messages.

use std::io::{self, IsTerminal as _};

/// Writes progress to standard error, if it is a terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    watched: bool,
}

impl Progress {
    /// Silent if `quiet` is set, or if standard error is not a terminal.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { watched: !quiet && io::stderr().is_terminal() }
    }

    /// Silent only if `quiet` is set: for work that may take long and is often started by other programs.
    pub(crate) fn always(quiet: bool) -> Self {
        Self { watched: !quiet }
    }

    /// Writes one message.
    pub(crate) fn report(&self, what: &str) {
        if self.watched {
            crate::report("deployer", what);
        }
    }
}
