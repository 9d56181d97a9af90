//! `deployer remedies`: shows remedies for logins that do not match, and applies actions.

use clap::ValueEnum;
use project_deployer::SystemClock;
use project_deployer::core::accounts::SourceType;
use project_deployer::remedies::{Mode, OptIn, remediate};

use super::{BreadthArguments, ShowArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::installation::InstallationArguments;
use crate::output::{Formats, Output};
use crate::progress::Progress;
use crate::remediated::RemediationView;

/// The help of `--all`, which here may change accounts.
const ALL: &str = "Include all logins of all locations and directories, not only those that \
                   deployments use. With --apply, actions on them are carried out too";

/// The formats of the remedies.
const FORMATS: Formats = Formats {
    table: "Each call with its outcome, then what is left: unknown facts, skipped actions, manual steps",
    csv: "CSV with one line for each call, unknown fact, skipped action and manual step",
};

/// Show remedies for logins that do not match; with --apply, carry out the actions.
///
/// Without --apply, nothing is changed. Accounts are created only from sources that --provision names.
/// Accounts of people whom a directory disabled, expired or locked stay as they are unless you add
/// --even-if-disabled.
/// After --apply all locations are read again, and the report shows what is left, such as manual steps.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
#[command(mut_arg("all", |all| all.help(ALL)))]
pub(crate) struct Arguments {
    #[command(flatten)]
    installation: InstallationArguments,

    #[command(flatten)]
    breadth: BreadthArguments,

    /// Carry out the actions: enable and refresh accounts, and create those that --provision allows.
    #[arg(long)]
    apply: bool,

    /// Source from which missing accounts may be created. Repeat the option for several sources.
    #[arg(long, value_enum, value_name = "SOURCE")]
    provision: Vec<Source>,

    /// Enable, create and refresh accounts also for people whom a directory disabled, expired or locked.
    #[arg(long)]
    even_if_disabled: bool,

    #[command(flatten)]
    show: ShowArguments,
}

/// A source that can create accounts on demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Source {
    /// LDAP
    Ldap,
    /// Azure AD (Entra ID)
    AzureAd,
}

impl Source {
    fn source_type(self) -> SourceType {
        match self {
            Self::Ldap => SourceType::Ldap,
            Self::AzureAd => SourceType::AzureAd,
        }
    }
}

/// Shows the remedies, and applies actions with --apply.
///
/// # Errors
///
/// The installation cannot be read, or the result cannot be written.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let progress = Progress::new(arguments.show.quiet);
    let installation = arguments.installation.open(&progress).await?;
    let mode = if arguments.apply { Mode::Apply } else { Mode::DryRun };
    let opt_in = arguments
        .provision
        .iter()
        .fold(OptIn::none(), |opt_in, source| opt_in.with(source.source_type()));
    let opt_in = if arguments.even_if_disabled { opt_in.even_if_disabled() } else { opt_in };
    let report = remediate(
        &installation.scope,
        &installation.accounts,
        &installation.directories,
        &SystemClock,
        arguments.breadth.breadth(),
        &opt_in,
        mode,
    )
    .await;
    let view = RemediationView::of(&report);
    arguments.show.write(&view)?;
    Ok(match (view.has_failures(), view.is_clean()) {
        (true, _) => Exit::Failed,
        (false, true) => Exit::Clean,
        (false, false) => Exit::Findings,
    })
}
