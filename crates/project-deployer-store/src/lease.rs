use std::fmt;

/// The exclusive right to work on one object for a limited time, as its holder sees it.
///
/// The token grows with each holder. A store refuses writes that are fenced by an older token, whether or
/// not the lease has a holder at that time (R5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The name of the lease, such as `deployment/churn-prod`.
    pub name: String,
    /// The holder.
    pub holder: String,
    /// The fencing token.
    pub token: u64,
}

impl fmt::Display for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lease {} of {} (token {})", self.name, self.holder, self.token)
    }
}
