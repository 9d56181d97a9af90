use std::fmt;

use serde::{Deserialize, Serialize};

/// One step of an update on one node, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Step {
    /// Check whether a node has what the bundle needs, on all nodes before the first write.
    CheckNeeds,
    /// Inspect the project on the node. Repeated whenever the outcome of another step is unknown.
    Inspect,
    /// Create the project from the bundle.
    CreateFromBundle,
    /// Create an empty project, where its key differs from the bundle's.
    CreateEmpty,
    /// Apply the design project's permissions to a new project, and report the users and groups
    /// that were dropped.
    ApplyPermissions,
    /// Import the bundle into the project.
    Import,
    /// Write the remappings and the settings for code environments.
    WriteContainerSettings,
    /// Build code environments.
    Preload,
    /// Note which webapps run, before the activation replaces them.
    InspectWebapps,
    /// Activate the bundle.
    Activate,
    /// Write local variables.
    WriteVariables,
    /// Set the triggers and run-as users of scenarios.
    SetUpScenarios,
    /// Set the run-as user of webapps.
    SetUpWebapps,
    /// Restart the backends that ran before: until then they run as another user, with the code of another bundle.
    RestartWebapps,
    /// Add the authorized objects of the bundle to those of the project.
    MergeAuthorizedObjects,
    /// Read the state back and compare it.
    Verify,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 16] = [
        Self::CheckNeeds,
        Self::Inspect,
        Self::CreateFromBundle,
        Self::CreateEmpty,
        Self::ApplyPermissions,
        Self::Import,
        Self::WriteContainerSettings,
        Self::Preload,
        Self::InspectWebapps,
        Self::Activate,
        Self::WriteVariables,
        Self::SetUpScenarios,
        Self::SetUpWebapps,
        Self::RestartWebapps,
        Self::MergeAuthorizedObjects,
        Self::Verify,
    ];

    /// Whether the step only reads: a lost reply then has no unknown effect.
    #[must_use]
    pub fn only_reads(self) -> bool {
        matches!(self, Self::CheckNeeds | Self::Inspect | Self::InspectWebapps | Self::Verify)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::CheckNeeds => "check what the bundle needs",
            Self::Inspect => "inspect the project",
            Self::CreateFromBundle => "create the project from the bundle",
            Self::CreateEmpty => "create an empty project",
            Self::Import => "import the bundle",
            Self::WriteContainerSettings => "write remappings",
            Self::Preload => "preload the bundle",
            Self::InspectWebapps => "note which webapps run",
            Self::Activate => "activate the bundle",
            Self::WriteVariables => "write local variables",
            Self::SetUpScenarios => "set up scenarios",
            Self::SetUpWebapps => "set the user of webapps",
            Self::RestartWebapps => "restart webapps",
            Self::MergeAuthorizedObjects => "merge authorized objects",
            Self::ApplyPermissions => "apply permissions",
            Self::Verify => "read back and compare",
        })
    }
}
