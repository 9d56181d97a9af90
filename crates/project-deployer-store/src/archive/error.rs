use std::error::Error;
use std::fmt;
use std::io;

use project_deployer_core::BundleDigest;

/// Why bytes could not be stored or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The archive does not answer, or refuses.
    #[error("the bundle archive cannot {action}; check its disk or service, then try again")]
    Unavailable {
        /// The action that failed.
        action: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// There is no connection to the archive.
    #[error(
        "the bundle archive cannot be reached, so it cannot {action}; check its address and the network"
    )]
    Unreachable {
        /// The action that failed.
        action: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The bucket or the directory does not exist.
    #[error(
        "the bundle archive cannot {action}: there is no {place}; create it, or correct the URL"
    )]
    NoBucket {
        /// The action that failed.
        action: String,
        /// The bucket or the directory.
        place: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The account of the Deployer lacks a right on the archive.
    #[error(
        "the bundle archive does not allow to {action}; give the account of the Deployer the right to do it"
    )]
    Denied {
        /// The action that failed.
        action: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The access key, its secret or its token is missing, wrong or expired.
    #[error(
        "the bundle archive does not accept the access key, so it cannot {action}; correct the key, its secret and the region"
    )]
    WrongKeys {
        /// The action that failed.
        action: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// There is no space left.
    #[error("the bundle archive is full: it cannot {action}; make space, then try again")]
    Full {
        /// The action that failed.
        action: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The stream of new bytes failed before its end. Nothing was stored.
    #[error("the bytes of bundle archive {digest} did not arrive; send them again")]
    Interrupted {
        /// The digest that was announced.
        digest: BundleDigest,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The new bytes are not those that were announced. Nothing was stored.
    #[error("the bytes that arrived as bundle archive {digest} are others; send them again")]
    Mismatch {
        /// The digest that was announced.
        digest: BundleDigest,
    },
    /// The stored bytes are not those that were stored.
    #[error("bundle archive {digest} is damaged: {damage}; publish the same bundle again")]
    Damaged {
        /// Its digest.
        digest: BundleDigest,
        /// What is wrong with the bytes.
        damage: Damage,
    },
}

/// How bytes differ from those that belong to a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// There are fewer or more bytes.
    Length {
        /// How many there should be.
        expected: u64,
        /// How many were seen.
        found: u64,
    },
    /// There are other bytes.
    Digest {
        /// The digest of the bytes.
        found: BundleDigest,
    },
}

impl ArchiveError {
    /// The archive could not do this.
    #[must_use]
    pub fn of(action: impl Into<String>, source: io::Error) -> Self {
        let action = action.into();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Full { action, source }
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Denied { action, source }
            }
            _ => Self::Unavailable { action, source },
        }
    }

    /// What is wrong with the stored bytes, if this is why.
    #[must_use]
    pub fn damage(&self) -> Option<&Damage> {
        match self {
            Self::Damaged { damage, .. } => Some(damage),
            _ => None,
        }
    }

    /// The damage that a stream of [`StoredArchive::checked`](crate::StoredArchive::checked) reports with this
    /// error; none if the stream failed for another reason.
    #[must_use]
    pub fn damage_in(error: &io::Error) -> Option<&Damage> {
        let inner: &(dyn Error + 'static) = error.get_ref()?;
        inner.downcast_ref::<Self>()?.damage()
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { expected, found } => {
                write!(f, "it has {found} bytes instead of {expected}")
            }
            Self::Digest { found } => write!(f, "its digest is {found}"),
        }
    }
}

/// The error of a stream.
impl From<ArchiveError> for io::Error {
    fn from(error: ArchiveError) -> Self {
        let kind = match &error {
            ArchiveError::Damaged { .. } | ArchiveError::Mismatch { .. } => {
                io::ErrorKind::InvalidData
            }
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
