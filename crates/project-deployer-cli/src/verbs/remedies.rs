//! `deployer remedies`: what to do about logins that do not match, and the doing of what can be done.

use std::io;

use clap::ValueEnum;
use project_deployer::core::accounts::SourceType;
use project_deployer::remedies::{Mode, OptIn, remediate};
use project_deployer::{Clock as _, SystemClock};

use super::{BreadthArguments, ShowArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::installation::InstallationArguments;
use crate::output;
use crate::progress::Progress;
use crate::remediated::RemediationView;

/// Show what to do about logins that do not match; with --apply, do what can be done from here.
///
/// Without --apply nothing is sent that changes anything. Accounts are created from no source unless
/// --provision names it, and nothing is done for people whom a directory disabled, expired or locked unless
/// --even-if-disabled says so. After --apply everything is looked at again: what is left is for people.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    installation: InstallationArguments,

    #[command(flatten)]
    breadth: BreadthArguments,

    /// Do it: enable, refresh, and provision what was opted in to.
    #[arg(long)]
    apply: bool,

    /// A source whose users may get accounts where they are missing. May be given more than once.
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
    /// LDAP.
    Ldap,
    /// Azure AD (Entra ID).
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

/// Shows, and mends when asked to.
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
    progress.tell(&format!("asking {}", installation.size()));
    let remediated = remediate(
        &installation.scope,
        &installation.accounts,
        &installation.directories,
        &SystemClock,
        arguments.breadth.breadth(),
        &opt_in,
        mode,
    )
    .await;
    let view = RemediationView::of(&remediated, SystemClock.now());
    output::write(&view, arguments.show.output, io::stdout().lock())?;
    Ok(match (view.has_failures(), view.is_clean()) {
        (true, _) => Exit::Failed,
        (false, true) => Exit::Clean,
        (false, false) => Exit::Findings,
    })
}
