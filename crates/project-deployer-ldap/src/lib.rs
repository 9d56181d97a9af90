#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod account_state;
mod attribute;
mod caseless;
mod codes;
#[cfg(any(test, feature = "test-support"))]
pub mod conformance;
mod connector;
pub mod directory;
pub mod dn;
pub mod entry;
mod fetched;
pub mod filter;
mod group_names;
pub mod ldif;
mod letters;
mod login_check;
pub mod matching;
mod memory;
#[cfg(feature = "network")]
pub mod network;
mod processors;
mod referral;
pub mod remapping;
mod schema;
pub mod settlement;
pub mod snapshot;
pub mod supplier;
pub mod template;
mod texts;
mod value_range;

pub use account_state::{AccountBlock, AccountState, BlockKind};
pub use attribute::{AttributeName, AttributeNameError, AttributeValue};
pub use connector::{Directories, DirectoryConnector};
pub use directory::{
    Completeness, Directory, DirectoryError, Nature, PartialReason, Scope, SearchResult,
};
pub use dn::{Dn, DnError, Rdn};
pub use entry::Entry;
pub use fetched::{Fetched, Reason};
pub use filter::{Filter, FilterError};
pub use group_names::GroupNames;
pub use ldif::{LdifDirectory, LdifError};
pub use login_check::{LoginAnswer, LoginCheck};
pub use memory::MemoryDirectory;
#[cfg(feature = "network")]
pub use network::{LdapConnector, LdapDirectory};
pub use snapshot::{DirectorySnapshot, ImportableSet};
