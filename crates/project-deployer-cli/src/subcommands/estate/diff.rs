use std::path::PathBuf;

use super::access::{AccessArguments, Opened};
use super::source::Source;
use super::{FORMATS, OptionArguments};
use crate::estate_view::EstateView;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::subcommands::ShowArguments;
use crate::target::Work;

/// Compare a file of the estate with what is there. On a state it calls no node.
///
/// Writes nothing. Exit code 0: there is no difference. Exit code 1: there are differences or blockers. Run it on a
/// schedule to find changes that were made by hand. It needs the secrets that the file names.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
#[command(
    after_help = "Example:\n  deployer diff estate.yaml --deployer-url https://deployer.example:11300"
)]
pub(crate) struct Arguments {
    /// File of the estate: .yaml, .yml, .json or .toml.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    access: AccessArguments,

    #[command(flatten)]
    options: OptionArguments,

    #[command(flatten)]
    show: ShowArguments,
}

/// Compares.
///
/// # Errors
///
/// The file cannot be used, or the Deployer does not answer.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let source = Source::read(&arguments.file)?;
    let opened = arguments.access.open(Work::Calls).await?;
    let view = compared(&arguments, &source, &opened).await;
    opened.close().await;
    let view = view?;
    arguments.show.write(&view)?;
    Ok(if view.is_clean() { Exit::Clean } else { Exit::Findings })
}

async fn compared(
    arguments: &Arguments,
    source: &Source,
    opened: &Opened,
) -> Result<EstateView, Failure> {
    let options = arguments.options.options();
    if let Some(answer) = source.planned_there(opened, &options).await? {
        return Ok(EstateView::answered("diff", answer));
    }
    let plan = source.plan(opened, &options).await?;
    Ok(EstateView::planned("diff", &plan))
}
