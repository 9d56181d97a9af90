use super::Row;

/// What a board shows of each deployment. A new column is a variant and one arm per function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Column {
    /// The deployment.
    Deployment,
    /// Its infrastructure.
    Infra,
    /// The project key on the node.
    Project,
    /// The bundle.
    Bundle,
    /// The health.
    Health,
    /// When and how the newest update ended.
    LastUpdate,
}

impl Column {
    /// All columns, from left to right.
    pub const ALL: [Self; 6] = [
        Self::Deployment,
        Self::Infra,
        Self::Project,
        Self::Bundle,
        Self::Health,
        Self::LastUpdate,
    ];

    /// The header of the column.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::Infra => "infrastructure",
            Self::Project => "project",
            Self::Bundle => "bundle",
            Self::Health => "health",
            Self::LastUpdate => "last update",
        }
    }

    /// The text of the cell for a row.
    #[must_use]
    pub fn cell(self, row: &Row) -> String {
        match self {
            Self::Deployment => row.deployment.to_string(),
            Self::Infra => row.infra.to_string(),
            Self::Project => row.deployed_as.to_string(),
            Self::Bundle => row.bundle.to_string(),
            Self::Health if row.superseded => format!("{}, superseded", row.health),
            Self::Health => row.health.to_string(),
            Self::LastUpdate => row.last_update.as_ref().map_or_else(
                || "never".to_owned(),
                |update| format!("{} {}", update.status, update.start_timestamp),
            ),
        }
    }
}
