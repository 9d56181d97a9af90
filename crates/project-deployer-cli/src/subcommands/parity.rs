//! `deployer parity`: the status of each login on the Deployer and on every node.

use std::num::NonZeroUsize;

use project_deployer::ldap::settlement::Settling;
use project_deployer::parity::assess_parity_settling;
use project_deployer::{Clock as _, SystemClock};

use super::{BreadthArguments, ShowArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::installation::InstallationArguments;
use crate::output::{Formats, Output};
use crate::progress::Progress;
use crate::view::{NoteView, ParityView, groups_of};

/// The formats of a report.
const FORMATS: Formats = Formats {
    table: "A table of logins and locations, then each finding, and what to do",
    csv: "CSV with one line for each login and location, and for each group and location",
};

/// Compare logins on the Deployer, on every node and in the directories, and show what to do.
///
/// Each login has one status at each location; docs/statuses.md in the source repository explains them.
/// Changes nothing. Infrastructures come from an inventory file or from a Deployer.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
pub(crate) struct Arguments {
    #[command(flatten)]
    installation: InstallationArguments,

    #[command(flatten)]
    breadth: BreadthArguments,

    /// How many logins are asked about in directories, beside those that deployments use.
    ///
    /// A listing does not prove every status. With `--all`, the rest is asked of the directories.
    #[arg(long, value_name = "LOGINS", default_value_t = 20_000)]
    budget: usize,

    /// Compare N statuses with the directories, drawn at random; each contradiction is a finding.
    ///
    /// It is a finding as well if nothing could be compared.
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "100")]
    verify: Option<NonZeroUsize>,

    /// Draw the statuses of an earlier `--verify` again.
    #[arg(long, requires = "verify")]
    seed: Option<u64>,

    #[command(flatten)]
    show: ShowArguments,
}

/// Compares the logins and writes the report.
///
/// # Errors
///
/// The installation cannot be read, or the result cannot be written.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let progress = Progress::new(arguments.show.quiet);
    let installation = arguments.installation.open(&progress).await?;
    let breadth = arguments.breadth.breadth();
    let assessment = assess_parity_settling(
        &installation.scope,
        None,
        &installation.accounts,
        &installation.directories,
        &SystemClock,
        Settling::of(breadth).within(arguments.budget),
    )
    .await;
    let groups = groups_of(&assessment.input);
    let read_at = SystemClock.now();
    let mut view = ParityView::of(&assessment.report, breadth, &groups, read_at);
    view.notes.extend(installation.directories.not_named().into_iter().map(NoteView::of_unused));
    if let Some(count) = arguments.verify {
        let seed = arguments.seed.unwrap_or_else(|| read_at.as_millis().unsigned_abs());
        let verification = assessment.verify(breadth, count.get(), seed, &SystemClock).await;
        view.add_verification(&verification, seed);
    }
    arguments.show.write(&view)?;
    Ok(if view.has_findings() { Exit::Findings } else { Exit::Clean })
}
