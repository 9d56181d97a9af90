//! What goes on meanwhile, for whoever watches.

use std::io::{self, IsTerminal as _};

/// Tells people what goes on, on standard error, where somebody watches.
#[derive(Debug)]
pub(crate) struct Progress {
    watched: bool,
}

impl Progress {
    /// Silent when asked to be, and where standard error is no terminal.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { watched: !quiet && io::stderr().is_terminal() }
    }

    /// Tells one thing.
    pub(crate) fn tell(&self, what: &str) {
        if self.watched {
            crate::tell("deployer", what);
        }
    }
}
