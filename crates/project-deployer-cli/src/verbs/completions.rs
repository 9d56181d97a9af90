//! `deployer completions`: what a shell needs to complete the command line.

use std::io;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::exit::Exit;

/// Print completions for a shell.
///
/// For bash: deployer completions bash > ~/.local/share/bash-completion/completions/deployer
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints them.
pub(crate) fn run(arguments: &Arguments) -> Exit {
    let mut command = crate::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "deployer", &mut io::stdout());
    Exit::Clean
}
