use std::fmt;

/// The right to work on something alone for a time, as its holder knows it.
///
/// The token grows each time the lease changes hands. A store refuses writes that are fenced by a
/// token which is not the newest, whether or not anybody holds the lease at that moment (R5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// On what, such as `deployment/churn-prod`.
    pub name: String,
    /// Who holds it.
    pub holder: String,
    /// The fencing token.
    pub token: u64,
}

impl fmt::Display for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lease {} of {} (token {})", self.name, self.holder, self.token)
    }
}
