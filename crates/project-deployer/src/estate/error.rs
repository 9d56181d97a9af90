//! Why an estate is not applied.

use project_deployer_client::DeployerError;
use project_deployer_core::error_codes;

use super::problem::EstateProblems;

/// Why an estate is not planned or applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EstateError {
    /// The file has mistakes, or names secrets that are not at their places. Nothing was read or written.
    #[error("the estate is not accepted: {0}")]
    Document(EstateProblems),
    /// The plan has blockers. Nothing was written.
    #[error(
        "the plan has {blockers} blockers; correct the file or the installation, and plan again"
    )]
    Blocked {
        /// How many.
        blockers: usize,
    },
    /// What the plan relies on has changed since. Nothing was written.
    #[error("the plan is outdated, these have changed since: {moved}; plan again")]
    Outdated {
        /// What has changed.
        moved: String,
    },
    /// A change was refused.
    #[error(
        "{object} was not changed, after {} that {} made; correct the cause, then plan and apply again",
        counted(*done),
        if *done == 1 { "was" } else { "were" }
    )]
    Stopped {
        /// The object.
        object: String,
        /// How many changes were made before.
        done: usize,
        /// Why.
        #[source]
        source: Box<DeployerError>,
    },
    /// The Deployer cannot be read.
    #[error(transparent)]
    Deployer(#[from] DeployerError),
    /// The saved plan was made with another key, or was changed.
    #[cfg(feature = "sqlite")]
    #[error(
        "the saved plan cannot be opened with this key, or it was changed; name the key it was sealed with, or plan again"
    )]
    Sealed(project_deployer_store::SealError),
    /// The saved plan is no longer valid.
    #[cfg(feature = "sqlite")]
    #[error("the saved plan has expired at {at}; plan again")]
    Expired {
        /// When.
        at: project_deployer_core::Timestamp,
    },
    /// The saved plan would do something else today.
    #[cfg(feature = "sqlite")]
    #[error("the saved plan is not applied: {why}; plan again")]
    Different {
        /// What differs.
        why: &'static str,
    },
}

error_codes!(EstateError {
    Document => "estate-document",
    Blocked => "estate-blocked",
    Outdated => "estate-plan-outdated",
    Stopped => "estate-stopped",
    Deployer => "estate-deployer",
    #[cfg(feature = "sqlite")]
    Sealed => "estate-plan-sealed",
    #[cfg(feature = "sqlite")]
    Expired => "estate-plan-expired",
    #[cfg(feature = "sqlite")]
    Different => "estate-plan-different",
});

impl From<EstateProblems> for EstateError {
    fn from(problems: EstateProblems) -> Self {
        Self::Document(problems)
    }
}

fn counted(changes: usize) -> String {
    if changes == 1 { "1 change".to_owned() } else { format!("{changes} changes") }
}
