//! How the command ends.

use std::process::ExitCode;

/// How the command ends, for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All is well.
    Clean,
    /// It did what it was asked to, and something was found.
    Findings,
    /// The command line or a file of the caller is wrong; asking again does not help.
    Usage,
    /// The Deployer, a call that mends, or this machine refused or failed.
    Failed,
    /// The same, in a way that may be gone in a moment: no connection, no answer in time.
    Transient,
}

impl Exit {
    /// For `--help`.
    pub(crate) const HELP: &'static str = "Exit codes:
  0  all is well
  1  something was found, or a node unknown
  2  the command line or an input file is wrong
  3  the Deployer, a call that mends, or this machine refused or failed
  4  the same, in a way that may be gone in a moment";
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Failed => 3,
            Exit::Transient => 4,
        })
    }
}
