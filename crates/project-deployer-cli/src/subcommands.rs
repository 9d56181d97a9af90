//! The subcommands of the command.

pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod estate;
pub(crate) mod man;
pub(crate) mod parity;
pub(crate) mod remedies;
pub(crate) mod state;

use project_deployer::ldap::matching::Breadth;

use crate::output::Output;

/// The options of subcommands that write a result. Each subcommand describes its formats with
/// [`Output::described`].
#[derive(Debug, clap::Args)]
pub(crate) struct ShowArguments {
    /// Format of the result on standard output.
    #[arg(long, short, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,

    /// Write only errors to standard error.
    #[arg(long, short)]
    pub(crate) quiet: bool,
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
