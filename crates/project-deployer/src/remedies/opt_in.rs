use std::collections::BTreeSet;

use project_deployer_core::accounts::SourceType;

/// What is done on request only: accounts from these sources (D11), and anything for people whom a
/// directory blocks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OptIn {
    sources: BTreeSet<SourceType>,
    even_if_disabled: bool,
}

impl OptIn {
    /// No account is created, and nobody whom a directory blocks is touched.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Accounts may be created from this source, too.
    #[must_use]
    pub fn with(mut self, source: SourceType) -> Self {
        self.sources.insert(source);
        self
    }

    /// Accounts of people whom a directory disabled, expired or locked are enabled, created and refreshed,
    /// too.
    #[must_use]
    pub fn even_if_disabled(self) -> Self {
        Self { even_if_disabled: true, ..self }
    }

    /// Whether people whom a directory blocks are no exception.
    #[must_use]
    pub fn allows_disabled(&self) -> bool {
        self.even_if_disabled
    }

    /// Whether accounts may be created from a source.
    #[must_use]
    pub fn allows(&self, source: &SourceType) -> bool {
        self.sources.contains(source)
    }
}
