use std::fmt;

/// The exclusive right to work on one object for a limited time, as its holder sees it.
///
/// The token grows with each holder. A store refuses writes that are fenced by an older token, whether or
/// not the lease has a holder at that time (R5).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// The name of the lease, such as `deployment/churn-prod`.
    pub name: String,
    /// The holder.
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
