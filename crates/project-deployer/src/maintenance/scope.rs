use std::fmt;
use std::str::FromStr;

use project_deployer_core::infra::InfraSettings;
use project_deployer_core::{InfraId, StageId};
use serde::{Deserialize, Serialize};

/// Where a maintenance is, or where windows are. As a text it is `everything`, `stage/ID` or `infrastructure/ID`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum MaintenanceScope {
    /// On all infrastructures.
    Everything,
    /// On all infrastructures of a stage.
    Stage(StageId),
    /// On an infrastructure.
    Infra(InfraId),
}

/// A text names no place for a maintenance or for windows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no stage, no infrastructure and not everything; write `everything`, `stage/ID` or `infrastructure/ID`"
)]
pub struct UnknownScope(String);

impl MaintenanceScope {
    /// The places that an infrastructure is in, from wide to narrow.
    pub(crate) fn all_of(infra: &InfraSettings) -> [Self; 3] {
        [Self::Everything, Self::Stage(infra.stage.clone()), Self::Infra(infra.id.clone())]
    }

    /// The place in a sentence.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Everything => "everything".to_owned(),
            Self::Stage(id) => format!("stage `{id}`"),
            Self::Infra(id) => format!("infrastructure `{id}`"),
        }
    }
}

impl fmt::Display for MaintenanceScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("everything"),
            Self::Stage(id) => write!(f, "stage/{id}"),
            Self::Infra(id) => write!(f, "infrastructure/{id}"),
        }
    }
}

impl FromStr for MaintenanceScope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let unknown = || UnknownScope(text.to_owned());
        match text.split_once('/') {
            None if text == "everything" => Ok(Self::Everything),
            Some(("stage", id)) => id.parse().map(Self::Stage).map_err(|_| unknown()),
            Some(("infrastructure", id)) => id.parse().map(Self::Infra).map_err(|_| unknown()),
            _ => Err(unknown()),
        }
    }
}

impl TryFrom<String> for MaintenanceScope {
    type Error = UnknownScope;

    fn try_from(text: String) -> Result<Self, UnknownScope> {
        text.parse()
    }
}

impl From<MaintenanceScope> for String {
    fn from(scope: MaintenanceScope) -> Self {
        scope.to_string()
    }
}
