//! `deployer man`: the manual page.

use std::io::{self, Write as _};

use clap::CommandFactory as _;

use crate::exit::Exit;
use crate::failure::Failure;

/// Print the manual page of the command or of one subcommand.
///
/// To read it: deployer man | man -l -
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Subcommand; without it, the page of the command itself.
    subcommand: Option<String>,
}

/// Prints the page.
///
/// # Errors
///
/// The subcommand does not exist, or standard output cannot be written.
pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut command = crate::Arguments::command();
    command.build();
    let shown = match &arguments.subcommand {
        None => command,
        Some(name) => command.find_subcommand(name).cloned().ok_or_else(|| {
            Failure::usage(format!("there is no subcommand `{name}`; see `deployer help`"))
        })?,
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(shown).render(&mut page)?;
    io::stdout().lock().write_all(&page)?;
    Ok(Exit::Clean)
}
