//! What the command does, a verb each.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod man;
pub(crate) mod parity;
pub(crate) mod remedies;

use project_deployer::ldap::matching::Breadth;

use crate::output::Output;

/// What verbs that show something have in common.
#[derive(Debug, clap::Args)]
pub(crate) struct ShowArguments {
    /// How the result is written to standard output.
    #[arg(long, short, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,

    /// Say nothing on standard error but errors.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Which logins.
#[derive(Debug, clap::Args)]
pub(crate) struct BreadthArguments {
    /// All logins of all locations and directories instead of those that deployments use.
    #[arg(long)]
    all: bool,
}

impl BreadthArguments {
    pub(crate) fn breadth(&self) -> Breadth {
        if self.all { Breadth::Everything } else { Breadth::Needed }
    }
}
