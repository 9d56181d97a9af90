use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// What a group may do with an infrastructure or a published project (R-P1, R-P6). Admin brings the
/// others along; deploy and write bring read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct MockGrant {
    /// The group.
    pub group: String,
    /// The flags that are set.
    pub flags: BTreeSet<&'static str>,
}

impl MockGrant {
    /// A group that may do nothing yet.
    pub fn to(group: impl Into<String>) -> Self {
        Self { group: group.into(), flags: BTreeSet::new() }
    }

    /// It may see the object and its deployments.
    pub fn read(self) -> Self {
        self.with("read")
    }

    /// It may upload bundles; only on published projects.
    pub fn write(self) -> Self {
        self.with("write")
    }

    /// It may deploy.
    pub fn deploy(self) -> Self {
        self.with("deploy")
    }

    /// It may administer the object.
    pub fn admin(self) -> Self {
        self.with("admin")
    }

    fn with(mut self, flag: &'static str) -> Self {
        self.flags.insert(flag);
        self
    }

    /// The entry, with every flag that the object has.
    pub(super) fn to_json(&self, flags: &[&str]) -> Value {
        let of_flag = |flag: &&str| ((*flag).to_owned(), json!(self.flags.contains(flag)));
        let mut entry: Map<String, Value> = flags.iter().map(of_flag).collect();
        entry.insert("group".to_owned(), json!(self.group));
        Value::Object(entry)
    }
}
