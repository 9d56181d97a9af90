use crate::document::DocumentKey;

/// Why a store refused or failed. A refused commit has no effect. After [`StoreError::Unavailable`] the
/// effect is unknown until the documents are read again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The present state is not the one that the commit expects.
    #[error("{0} was changed by another writer; read it again and repeat the change")]
    Conflict(DocumentKey),
    /// Another holder has the lease.
    #[error("lease {name} is held by {holder}; wait until it is released or expires")]
    Held {
        /// The lease.
        name: String,
        /// The holder.
        holder: String,
    },
    /// The lease was released or has a new holder. The former holder has to stop.
    #[error("lease {name} is lost; stop, and check what its new holder does")]
    LeaseLost {
        /// The lease.
        name: String,
    },
    /// The store does not answer, or its answer cannot be read.
    #[error("the store cannot {action}; check the store, then try again")]
    Unavailable {
        /// The action that failed.
        action: String,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
