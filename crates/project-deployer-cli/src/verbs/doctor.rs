//! `deployer doctor`: what the command sees, and who answers.

use std::io;

use super::ShowArguments;
use crate::doctor::examine;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::installation::InstallationArguments;
use crate::output;
use crate::progress::Progress;

/// Show what this command sees: version, environment variables, inventory, ~/.dataiku/config.json, and
/// whether the Deployer, each node and each directory answer, with their versions.
///
/// Nothing is changed anywhere, and no secret is shown: of a variable only whether it is set. Exit code 0
/// means that there is no problem, 1 that something does not work, an input file that cannot be read
/// included.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    installation: InstallationArguments,

    #[command(flatten)]
    show: ShowArguments,
}

/// Looks and shows.
///
/// # Errors
///
/// Standard input or the environment cannot be read, or the result cannot be written.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let progress = Progress::new(arguments.show.quiet);
    let report = examine(&arguments.installation, &progress).await?;
    output::write(&report, arguments.show.output, io::stdout().lock())?;
    Ok(if report.has_problems() { Exit::Findings } else { Exit::Clean })
}
