//! What the command sees: its configuration, its environment, and who answers.

mod configuration;
mod directories;
mod environment;
mod network;
mod report;

use std::error::Error;

use project_deployer::{Clock as _, SystemClock};

pub(crate) use self::report::DoctorReport;
use self::report::{Area, Check};
use crate::failure::Failure;
use crate::installation::InstallationArguments;
use crate::progress::Progress;

/// Looks at everything and changes nothing. Each node and directory is asked once: an answer that is late
/// is no reason to wait for the next attempt.
///
/// # Errors
///
/// Standard input or the environment cannot be read.
pub(crate) async fn examine(
    arguments: &InstallationArguments,
    progress: &Progress,
) -> Result<DoctorReport, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    let mut checks = vec![Check::info(Area::Version, "deployer", version).of_version(version)];
    checks.extend(environment::checks(arguments));
    let configuration = configuration::read(arguments)?;
    checks.extend(configuration.checks);
    if let Some(installation) = configuration.installation {
        progress.report("asking the Deployer, the nodes and the directories");
        checks.extend(network::checks(&installation).await);
    }
    Ok(DoctorReport::new(SystemClock.now().to_string(), checks))
}

/// An error and what led to it, for a table.
fn in_one_line(error: &(dyn Error + 'static)) -> String {
    crate::with_reasons(error).replace("\n  reason: ", "; reason: ")
}
