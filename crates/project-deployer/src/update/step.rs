use std::fmt;

use serde::{Deserialize, Serialize};

/// One step of an update on one node, in the order in which they are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Step {
    /// See what is there. Taken again whenever the outcome of another step is not known.
    Inspect,
    /// Create the project from the bundle.
    CreateFromBundle,
    /// Create an empty project, where it gets another key than the bundle's.
    CreateEmpty,
    /// Grant the design project's permissions on a project that is new, and tell who was dropped.
    ApplyPermissions,
    /// Import the bundle into the project.
    Import,
    /// Write how the bundle is fitted to the node: remappings, code environments.
    WriteContainerSettings,
    /// Prepare code environments.
    Preload,
    /// Make the bundle the active one.
    Activate,
    /// Write local variables.
    WriteVariables,
    /// Set triggers and run-as users of scenarios.
    SetUpScenarios,
    /// Read back and compare.
    Verify,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 11] = [
        Self::Inspect,
        Self::CreateFromBundle,
        Self::CreateEmpty,
        Self::ApplyPermissions,
        Self::Import,
        Self::WriteContainerSettings,
        Self::Preload,
        Self::Activate,
        Self::WriteVariables,
        Self::SetUpScenarios,
        Self::Verify,
    ];

    /// Whether the step only reads: a lost reply then leaves nothing open.
    #[must_use]
    pub fn only_reads(self) -> bool {
        matches!(self, Self::Inspect | Self::Verify)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Inspect => "see what is there",
            Self::CreateFromBundle => "create the project from the bundle",
            Self::CreateEmpty => "create an empty project",
            Self::Import => "import the bundle",
            Self::WriteContainerSettings => "write remappings",
            Self::Preload => "preload the bundle",
            Self::Activate => "activate the bundle",
            Self::WriteVariables => "write local variables",
            Self::SetUpScenarios => "set up scenarios",
            Self::ApplyPermissions => "apply permissions",
            Self::Verify => "read back and compare",
        })
    }
}
