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
    /// Stored data cannot be read: it is damaged, of another program, or sealed with a key that is not
    /// there. It stays so until somebody repairs it.
    #[error(
        "the store cannot {action}: stored data cannot be read; fix the cause, or restore a backup"
    )]
    Damaged {
        /// The action that failed.
        action: String,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The store has no space left. Reads still work.
    #[error("the store cannot {action}: it is full; make space, then try again")]
    Full {
        /// The action that failed.
        action: String,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The store accepts no writes. Reads still work.
    #[error("the store cannot {action}: it is read-only; make it writable, then try again")]
    ReadOnly {
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

    /// What is stored cannot be read.
    pub fn damaged(
        action: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::Damaged { action: action.into(), source: source.into() }
    }

    /// Whether the same call may succeed later without a change of the store's set-up: it did not answer, or
    /// is full. A store that stays full renews no lease either, so work under a lease ends with the lease.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Full { .. } | Self::Unknown { .. })
    }

    /// Whether the store decided the call by what it holds. A failure of the store itself decides nothing: a
    /// commit that was sent before may have been written all the same.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        match self {
            Self::Conflict(_)
            | Self::Held { .. }
            | Self::LeaseLost { .. }
            | Self::Compacted { .. }
            | Self::Malformed(_) => true,
            Self::Unavailable { .. }
            | Self::Damaged { .. }
            | Self::Full { .. }
            | Self::ReadOnly { .. }
            | Self::Unknown { .. } => false,
        }
    }
}
