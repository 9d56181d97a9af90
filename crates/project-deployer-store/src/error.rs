use std::error::Error;

use crate::commit::CommitId;
use crate::document::{DocumentKey, Revision};

/// Why a store refused or failed.
///
/// Nothing was written, except after [`StoreError::Unknown`]: [`Store::committed`](crate::Store::committed)
/// reports what became of that commit.
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
    /// The changes after this revision were compacted.
    #[error("the changes after revision {after} are compacted; list the documents, then read on")]
    Compacted {
        /// The revision that was asked for.
        after: Revision,
    },
    /// A commit that no store accepts.
    #[error("the commit is malformed: {0}")]
    Malformed(String),
    /// The store does not answer, or its answer cannot be read. A commit was not written.
    #[error("the store cannot {action}; check the store, then try again")]
    Unavailable {
        /// The action that failed.
        action: String,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The store did not answer a commit, so it was written or not.
    #[error("the store did not answer commit {commit}; ask it whether the commit was written")]
    Unknown {
        /// The commit.
        commit: CommitId,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl StoreError {
    /// The store could not do this.
    pub fn unavailable(
        action: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::Unavailable { action: action.into(), source: source.into() }
    }

    /// Whether the same call may succeed later: the store did not answer.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Unknown { .. })
    }
}
