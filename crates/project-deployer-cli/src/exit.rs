//! Exit codes.

use std::process::ExitCode;

/// The exit code of the command, for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Success, and no findings.
    Clean,
    /// Success, with findings or an unknown location.
    Findings,
    /// The command line or an input file is wrong. Another run fails the same way.
    Usage,
    /// The Deployer, an action, or this machine refused or failed.
    Failed,
    /// A temporary failure: no connection, or no answer in time.
    Transient,
}

impl Exit {
    /// For `--help`.
    pub(crate) const HELP: &'static str = "Exit codes:
  0  success, no findings
  1  success, with findings or an unknown location
  2  the command line or an input file is wrong
  3  the Deployer, an action of --apply, or this machine refused or failed
  4  a temporary failure, such as no connection or no answer in time; try again";
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
