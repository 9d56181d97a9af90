//! `deployer doctor`: what is configured, and who answers.

use super::ShowArguments;
use crate::doctor::examine;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::installation::InstallationArguments;
use crate::output::{Formats, Output};
use crate::progress::Progress;

/// The formats of the checks.
const FORMATS: Formats = Formats {
    table: "Each check with its state, then the number of problems and warnings",
    csv: "CSV with one line for each check",
};

/// Check the configuration: what is set, and whether the Deployer, nodes and directories answer.
///
/// Shows the version of this command, environment variables, the inventory, ~/.dataiku/config.json, and the
/// versions of the Deployer and of each node. Changes nothing. No secret is shown; for an environment
/// variable, only whether it is set.
///
/// Exit code 0: no problem. Exit code 1: something does not work, or an input file cannot be read.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
pub(crate) struct Arguments {
    #[command(flatten)]
    installation: InstallationArguments,

    #[command(flatten)]
    show: ShowArguments,
}

/// Checks the configuration and shows the result.
///
/// # Errors
///
/// Standard input or the environment cannot be read, or the result cannot be written.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let progress = Progress::new(arguments.show.quiet);
    let report = examine(&arguments.installation, &progress).await?;
    arguments.show.write(&report)?;
    Ok(if report.has_problems() { Exit::Findings } else { Exit::Clean })
}
