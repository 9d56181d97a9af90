//! Hooks of infrastructures.

use std::fmt;
use std::path::PathBuf;

use async_trait::async_trait;
use project_deployer::client::RemoteDeployer;
use project_deployer::core::InfraId;
use project_deployer::core::infra::HookPhase;
use project_deployer::hooks::HookPrograms;
use project_deployer::{DeployerBuilder, DeployerSession, HookTrial};

use super::no_call;
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

/// Trials of hooks. The public API has no such call.
///
/// # Errors
///
/// The Deployer refuses the trial, or has no call for it.
#[async_trait]
pub(crate) trait HookTrials: fmt::Debug + Send + Sync {
    async fn trial(
        &self,
        infra: &InfraId,
        phase: HookPhase,
        name: &str,
    ) -> Result<HookTrial, Failure>;
}

#[async_trait]
impl HookTrials for DeployerSession {
    async fn trial(
        &self,
        infra: &InfraId,
        phase: HookPhase,
        name: &str,
    ) -> Result<HookTrial, Failure> {
        Ok(self.try_hook(infra, phase, name).await?)
    }
}

#[async_trait]
impl HookTrials for RemoteDeployer {
    async fn trial(&self, _: &InfraId, _: HookPhase, name: &str) -> Result<HookTrial, Failure> {
        let instead = "call /api/v1/infrastructures/ID/hook-trials of a service, or use --data on its machine";
        Err(no_call(&format!("try hook `{name}`"), instead))
    }
}
