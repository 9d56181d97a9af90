use std::cmp::Ordering;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// Names of groups that many findings share. A clone refers to the same list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GroupNames(Arc<[String]>);

impl Default for GroupNames {
    fn default() -> Self {
        Self::from_iter([])
    }
}

impl Deref for GroupNames {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl FromIterator<String> for GroupNames {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        Self(names.into_iter().collect())
    }
}

impl PartialOrd for GroupNames {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for GroupNames {
    /// Most compared lists are the same list, since a plan groups the findings of one directory.
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
    }
}

impl Serialize for GroupNames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
