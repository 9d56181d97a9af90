use crate::document::DocumentKey;

/// Why a store did not do what it was asked. Nothing of a refused commit has happened, except after
/// [`StoreError::Unavailable`], where nobody knows until it is read again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Something else stands there than the commit expects.
    #[error("{0} was written by somebody else meanwhile; read it again and repeat the change")]
    Conflict(DocumentKey),
    /// Somebody else holds the lease.
    #[error("lease {name} is held by {holder}; wait until it is given back or runs out")]
    Held {
        /// The lease.
        name: String,
        /// Who holds it.
        holder: String,
    },
    /// The lease was given back or went to somebody else: whoever held it has to stop.
    #[error("lease {name} is not ours any more; stop, and look at what its new holder does")]
    LeaseLost {
        /// The lease.
        name: String,
    },
    /// The store does not answer, or answers what cannot be read.
    #[error("the store cannot {action}; look at the store, then try again")]
    Unavailable {
        /// What it was asked.
        action: String,
        /// The deeper cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
