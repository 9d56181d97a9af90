//! What differs between two bundles (E5): a pure function of what was read of both.
//!
//! [`compare`] has no IO. [`compare_archives`] reads two archives and calls it; a session does so for two published
//! bundles. Values of variables and digests never appear in a difference.

mod archives;
mod compare;
mod part;
mod text;

use project_deployer_core::BundleId;
use serde::{Deserialize, Serialize};

pub use self::archives::compare_archives;
pub(crate) use self::archives::{differing, read_inventory};
pub use self::compare::compare;
pub use self::part::BundlePart;

/// What differs between two bundles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BundleDifference {
    /// The bundle that is compared with.
    pub from: BundleId,
    /// The other bundle.
    pub to: BundleId,
    /// Every part that differs, in the order of [`BundlePart`].
    pub parts: Vec<PartDifference>,
}

/// What differs in one part of two bundles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PartDifference {
    /// The part.
    pub part: BundlePart,
    /// How many items only the other bundle has.
    pub added: usize,
    /// How many items only the first bundle has.
    pub removed: usize,
    /// How many items both have, with another content.
    pub changed: usize,
    /// The items by name, at most [`Self::LISTED`].
    pub items: Vec<ItemDifference>,
}

impl PartDifference {
    /// The largest number of items that are listed.
    pub const LISTED: usize = 500;

    /// How many items differ.
    #[must_use]
    pub fn count(&self) -> usize {
        self.added + self.removed + self.changed
    }

    /// How many of them are not listed.
    #[must_use]
    pub fn more(&self) -> usize {
        self.count() - self.items.len()
    }
}

/// An item that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ItemDifference {
    /// How it differs.
    pub change: ItemChange,
    /// Its name, id or path.
    pub name: String,
    /// The fields of a changed item.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldDifference>,
}

/// How an item differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ItemChange {
    /// Only the other bundle has it.
    Added,
    /// Only the first bundle has it.
    Removed,
    /// Both have it, with another content.
    Changed,
}

impl ItemChange {
    /// Its name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// A field that differs. A field whose values may be secret or are long has neither.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FieldDifference {
    /// Its name.
    pub field: String,
    /// Its value in the first bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Its value in the other bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

impl BundleDifference {
    /// Whether both bundles have the same content.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

#[cfg(test)]
mod tests;
