use project_deployer::core::{BundleId, DeploymentId};

use super::deployment::WarningArguments;
use super::{Common, FORMATS, follow};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::target::Work;

/// Bring an earlier bundle back: set it in the settings of a deployment and start an update.
///
/// If the update is refused, the settings are put back. Exit codes are those of `deployer update start`.
#[derive(Debug, clap::Args)]
#[command(
    mut_arg("output", |output| output.value_parser(Output::described(FORMATS))),
    after_help = "Example:\n  deployer rollback churn-prod --to v1 --wait"
)]
pub(crate) struct Arguments {
    deployment: DeploymentId,

    /// The bundle to bring back.
    #[arg(long, value_name = "BUNDLE")]
    to: BundleId,

    /// Follow the update to its end. With --data the command always does.
    #[arg(long)]
    wait: bool,

    /// Start it outside windows as well, for this reason, which the audit keeps: for administrators of the infrastructure.
    /// A Deployer of the product has no such call.
    #[arg(long, value_name = "REASON")]
    break_glass: Option<String>,

    #[command(flatten)]
    warnings: WarningArguments,

    #[command(flatten)]
    common: Common,
}

/// Starts a rollback.
///
/// # Errors
///
/// The Deployer does not answer or refuses it.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let Arguments { deployment, to, wait, break_glass, warnings, common } = arguments;
    let warnings = warnings.warnings();
    let roll_back = async |connection: &_| {
        let reason = break_glass.as_deref();
        let started = follow::begin_with(connection, &deployment, &to, warnings, reason).await?;
        follow::report(connection, &deployment, started, wait).await
    };
    common.with(Work::Updates, roll_back).await
}
