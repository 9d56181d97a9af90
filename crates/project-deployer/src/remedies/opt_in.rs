use std::collections::BTreeSet;

use project_deployer_core::accounts::SourceType;

/// The sources whose users may get accounts. Without one nobody is created (D11).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OptIn {
    sources: BTreeSet<SourceType>,
}

impl OptIn {
    /// No account is created.
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

    /// Whether accounts may be created from a source.
    #[must_use]
    pub fn allows(&self, source: &SourceType) -> bool {
        self.sources.contains(source)
    }
}
