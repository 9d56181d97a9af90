use std::fmt;

/// The right to work on something alone for a time, as its holder knows it.
///
/// The token grows each time the lease changes hands. A store refuses writes that are fenced by a
/// token which is not the newest, whether or not anybody holds the lease at that moment (R5).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// On what, such as `deployment/churn-prod`.
    pub name: String,
    /// Who holds it.
    pub holder: String,
    token: u64,
}

impl Lease {
    /// A lease as a store hands it out. Only stores call this: a token that no store has counted fences
    /// nothing, and the next commit with it is refused or writes over a successor.
    #[must_use]
    pub fn issue(name: impl Into<String>, holder: impl Into<String>, token: u64) -> Self {
        Self { name: name.into(), holder: holder.into(), token }
    }

    /// The fencing token.
    #[must_use]
    pub fn token(&self) -> u64 {
        self.token
    }
}

impl fmt::Display for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lease {} of {} (token {})", self.name, self.holder, self.token)
    }
}
