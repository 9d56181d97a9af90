//! `deployer completions`: what a shell needs to complete the command line.

use std::io::{self, Write as _};

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::exit::Exit;
use crate::failure::Failure;

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
///
/// # Errors
///
/// Standard output takes no more.
pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut command = crate::Arguments::command();
    // It panics where it cannot write, so it writes into memory.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "deployer", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(Exit::Clean)
}
