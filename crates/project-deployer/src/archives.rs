//! The archives of bundles: which bundles refer to them, who may write or remove them, and what is removed.
//!
//! Whoever writes or removes bytes holds the lease of their digest, and a bundle and its reference to the bytes
//! are one commit that this lease fences. So bytes that a bundle refers to are not removed.

mod collection;
mod keeping;
mod owner;
mod references;

pub use self::collection::ArchiveCollection;
pub(crate) use self::keeping::{Bytes, archive_failed};
pub(crate) use self::references::{ReferencesIndexed, reference};
