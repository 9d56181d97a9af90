//! `deployer parity`: which login is what on the Deployer and on every node.

use std::io;

use project_deployer::parity::assess_parity;
use project_deployer::{Clock as _, SystemClock};

use super::{BreadthArguments, ShowArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::installation::InstallationArguments;
use crate::output;
use crate::progress::Progress;
use crate::view::{NoteView, ParityView, groups_of};

/// Compare logins: who is, could be, or cannot be on the Deployer and on every node, and what to do.
///
/// Nothing is changed anywhere. Infrastructures come from an inventory file or from a Deployer.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    installation: InstallationArguments,

    #[command(flatten)]
    breadth: BreadthArguments,

    #[command(flatten)]
    show: ShowArguments,
}

/// Compares and shows.
///
/// # Errors
///
/// The installation cannot be read, or the result cannot be written.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let progress = Progress::new(arguments.show.quiet);
    let installation = arguments.installation.open(&progress).await?;
    progress.tell(&format!("asking {}", installation.size()));
    let assess_parity = assess_parity(
        &installation.scope,
        None,
        &installation.accounts,
        &installation.directories,
        &SystemClock,
    )
    .await;
    let groups = groups_of(&assess_parity.input);
    let read_at = SystemClock.now();
    let mut view =
        ParityView::of(&assess_parity.report, arguments.breadth.breadth(), &groups, read_at);
    view.notes.extend(installation.directories.not_named().into_iter().map(NoteView::of_unused));
    output::write(&view, arguments.show.output, io::stdout().lock())?;
    Ok(if view.has_findings() { Exit::Findings } else { Exit::Clean })
}
