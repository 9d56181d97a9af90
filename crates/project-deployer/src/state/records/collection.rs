use project_deployer_core::{BundleDigest, Timestamp};
use serde::{Deserialize, Serialize};

/// How far the collection of archives has come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CollectionRecord {
    /// The archives up to this one were looked at, by a collection that has not ended.
    pub(crate) after: Option<BundleDigest>,
    /// When the last collection ended.
    pub(crate) finished: Option<Timestamp>,
}

impl CollectionRecord {
    /// There is one record.
    pub(crate) const ID: &str = "progress";
}
