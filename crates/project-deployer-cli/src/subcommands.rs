//! The subcommands of the command.

pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod estate;
pub(crate) mod history;
pub(crate) mod man;
pub(crate) mod parity;
pub(crate) mod remedies;
pub(crate) mod state;

use std::io;

use project_deployer::core::Timestamp;
use project_deployer::ldap::matching::Breadth;

use crate::output::{self, Output, Shown};

/// The options of subcommands that write a result. Each subcommand describes its formats with
/// [`Output::described`].
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct ShowArguments {
    /// Format of the result on standard output.
    #[arg(long, short, value_enum, default_value_t = Output::Table)]
    output: Output,

    /// Write only errors to standard error.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

impl ShowArguments {
    /// Writes a result to standard output.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(crate) fn write(&self, result: &impl Shown) -> io::Result<()> {
        output::write(result, self.output, io::stdout().lock())
    }
}

/// Which logins to compare.
#[derive(Debug, clap::Args)]
pub(crate) struct BreadthArguments {
    /// Include all logins of all locations and directories, not only those that deployments use.
    #[arg(long)]
    all: bool,
}

impl BreadthArguments {
    pub(crate) fn breadth(&self) -> Breadth {
        if self.all { Breadth::Everything } else { Breadth::Needed }
    }
}

/// A day, which begins at midnight in UTC, or a time.
pub(crate) fn moment(text: &str) -> Result<Timestamp, String> {
    let parsed = Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}T00:00:00Z")));
    parsed.ok_or_else(|| {
        "write a day such as 2026-11-01, or a time such as 2026-11-01T10:00:00Z".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_and_a_time_are_moments() {
        assert_eq!(moment("2026-01-01").unwrap(), Timestamp::from_millis(1_767_225_600_000));
        assert_eq!(moment("2026-01-01T00:00:01Z").unwrap().as_millis(), 1_767_225_601_000);
        assert!(moment("yesterday").is_err() && moment("").is_err());
    }
}
