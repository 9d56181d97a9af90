//! Exit codes.

use std::process::ExitCode;

/// The exit code of the command, for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It worked, and nothing needs attention.
    Clean,
    /// It worked, and something needs attention: findings, not ready, or facts that are unknown where they
    /// are needed.
    Findings,
    /// The command line or an input file is wrong. Another run fails the same way.
    Usage,
    /// The Deployer or an action refused or failed, or a local error.
    Failed,
    /// A temporary failure: no connection, or no answer in time.
    Transient,
}

impl Exit {
    /// For `--help`.
    pub(crate) const HELP: &'static str = "Exit codes:
  0  it worked, and nothing needs attention (`check` may show warnings)
  1  it worked, and something needs attention: findings, faults of a state, not ready, facts
     that are unknown where they are needed, not healthy, differences from a file, warnings of
     an update, or `no` of can-i
  2  the command line or an input file is wrong
  3  the Deployer, a state, an update or an action of `remedies --apply` refused or failed, or
     a local error
  4  a temporary failure, such as no connection, no answer in time, or an update that runs
     already; try again";
}

impl Exit {
    /// The number.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Failed => 3,
            Self::Transient => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
