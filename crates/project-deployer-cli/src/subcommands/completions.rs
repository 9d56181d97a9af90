//! `deployer completions`: shell completions.

use std::io::{self, Write as _};

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::exit::Exit;
use crate::failure::Failure;

/// Print shell completions.
///
/// For bash: deployer completions bash > ~/.local/share/bash-completion/completions/deployer
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Shell to print completions for.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the completions.
///
/// # Errors
///
/// Standard output cannot be written.
pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut command = crate::Arguments::command();
    // The generator panics on write errors, so it writes into memory.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "deployer", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(Exit::Clean)
}
