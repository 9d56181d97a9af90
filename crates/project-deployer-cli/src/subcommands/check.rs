//! `deployer check`: whether the nodes of infrastructures are ready for deployments.

use project_deployer::SystemClock;
use project_deployer::core::infra::InfraSettings;
use project_deployer::core::messages::Severity;
use project_deployer::parity::assess_parity;
use project_deployer::readiness::{Needs, check_infra};

use super::ShowArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::findings::{FindingView, FindingsView};
use crate::installation::{Installation, InstallationArguments};
use crate::output::{Formats, Output};
use crate::progress::Progress;

/// The formats of the findings.
const FORMATS: Formats = Formats {
    table: "Each finding with its fix, then whether the nodes are ready",
    csv: "CSV with one line for each finding",
};

/// Check whether the nodes of infrastructures are ready for deployments.
///
/// Checks address, TLS, admin key, node type and version, impersonation, the rights of acting users, and
/// login parity. Changes nothing. Exit code 1 means that a deployment would fail; warnings are shown and
/// do not change the exit code.
#[derive(Debug, clap::Args)]
#[command(mut_arg("output", |output| output.value_parser(Output::described(FORMATS))))]
pub(crate) struct Arguments {
    #[command(flatten)]
    installation: InstallationArguments,

    #[command(flatten)]
    show: ShowArguments,
}

/// Runs the checks and writes the findings.
///
/// # Errors
///
/// The installation cannot be read, or the result cannot be written.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let progress = Progress::new(arguments.show.quiet);
    let installation = arguments.installation.open(&progress).await?;
    let view = FindingsView::new(findings(&installation).await);
    arguments.show.write(&view)?;
    Ok(if view.worst() >= Some(Severity::Error) { Exit::Findings } else { Exit::Clean })
}

async fn findings(installation: &Installation) -> Vec<FindingView> {
    let parity = assess_parity(
        &installation.scope,
        None,
        &installation.accounts,
        &installation.directories,
        &SystemClock,
    )
    .await
    .report;
    let mut findings = Vec::new();
    for (id, settings) in &installation.scope.infras {
        match settings {
            Ok(settings) => {
                let needs = needs(installation, settings);
                let readiness = check_infra(settings, &needs, &installation.nodes).await;
                let readiness = readiness.with_login_parity(&parity);
                let views = readiness.findings.into_iter();
                findings.extend(views.map(|finding| FindingView::of(id, finding)));
            }
            Err(reason) => findings.push(FindingView::unknown(id, reason)),
        }
    }
    findings
}

/// What an infrastructure needs, and the users who act on its nodes.
fn needs(installation: &Installation, settings: &InfraSettings) -> Needs {
    let mut needs = Needs::of_infra(settings);
    let shared = installation.scope.shared_keys.get(&settings.id);
    needs.shared_keys = shared.cloned().unwrap_or_default();
    if settings.deploy_as_user.is_none() {
        needs.acting.extend(installation.requesters_of(&settings.id));
    }
    needs
}
