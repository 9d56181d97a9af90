use std::collections::BTreeSet;

use project_deployer_core::accounts::SourceType;

/// What is done only on request: new accounts from these sources (D11), and any change for people
/// whom a directory blocks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OptIn {
    sources: BTreeSet<SourceType>,
    even_if_disabled: bool,
}

impl OptIn {
    /// No account is created, and no account of a person whom a directory blocks is changed.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Also allows new accounts from this source.
    #[must_use]
    pub fn with(mut self, source: SourceType) -> Self {
        self.sources.insert(source);
        self
    }

    /// Also allows accounts to be enabled, created and refreshed for people whom a directory
    /// disabled, expired or locked.
    #[must_use]
    pub fn even_if_disabled(self) -> Self {
        Self { even_if_disabled: true, ..self }
    }

    /// Whether changes for people whom a directory blocks are allowed.
    #[must_use]
    pub fn allows_disabled(&self) -> bool {
        self.even_if_disabled
    }

    /// Whether new accounts from a source are allowed.
    #[must_use]
    pub fn allows(&self, source: &SourceType) -> bool {
        self.sources.contains(source)
    }
}
