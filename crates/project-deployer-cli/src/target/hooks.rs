//! Hooks of infrastructures.

use std::path::PathBuf;

use project_deployer::core::InfraId;
use project_deployer::core::infra::HookPhase;
use project_deployer::hooks::{HookPrograms, HookResult};
use project_deployer::{DeployerBuilder, HookTrial};
use project_deployer_client::request::frontend;

use super::{Face, service};
use crate::failure::Failure;

/// What process hooks may run and read.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct HookArguments {
    /// Directory with the programs that hooks of the kind `process` may run. Without it none runs.
    #[arg(long, value_name = "DIRECTORY")]
    hook_programs: Option<PathBuf>,

    /// Variable of the environment that these programs get if their hook names it. Repeat it for more variables.
    #[arg(long, value_name = "NAME", requires = "hook_programs")]
    hook_variable: Vec<String>,
}

impl HookArguments {
    /// A Deployer that runs these programs.
    pub(crate) fn set_up(&self, builder: DeployerBuilder) -> DeployerBuilder {
        let Some(directory) = &self.hook_programs else { return builder };
        let programs = HookPrograms::in_directory(directory.clone());
        let variables = self.hook_variable.iter().cloned();
        builder.hook_programs(variables.fold(programs, HookPrograms::with_variable))
    }
}

/// What came of a hook that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trial {
    /// `SUCCESS`, `WARNING` or `ERROR`.
    pub(crate) status: String,
    pub(crate) message: String,
    pub(crate) took_ms: u64,
}

impl Trial {
    /// Whether an update would go on without a warning.
    pub(crate) fn is_success(&self) -> bool {
        self.status == HookResult::Success.as_str()
    }
}

/// Trials of hooks. Over HTTP a Deployer of this project has them.
///
/// # Errors
///
/// The Deployer refuses the trial, or has no call for it.
impl Face {
    pub(crate) async fn trial(
        &self,
        infra: &InfraId,
        phase: HookPhase,
        name: &str,
    ) -> Result<Trial, Failure> {
        match self {
            Self::Engine(session) => {
                let HookTrial { outcome, took, .. } = session.try_hook(infra, phase, name).await?;
                Ok(Trial {
                    status: outcome.status.as_str().to_owned(),
                    message: outcome.message,
                    took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                })
            }
            Self::Remote(remote) => {
                let what = format!("try hook `{name}`");
                let tried =
                    service::call(remote, &frontend::try_hook(infra, phase, name), &what).await?;
                Ok(Trial { status: tried.status, message: tried.message, took_ms: tried.took })
            }
        }
    }
}
