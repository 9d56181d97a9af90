//! Unknown fields of a document: they are kept, and shown by name only.

mod gathered;

use std::fmt;
use std::sync::OnceLock;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

pub(crate) use gathered::{GatheredFields, JsonText};

/// The unknown fields of a document. They survive a read and a write unchanged. `Debug` prints names only,
/// since any of these fields may be a secret.
#[derive(Clone, Default)]
pub struct UnknownFields {
    /// The fields as JSON text. Most accounts of a large list are never inspected, and a map of values takes
    /// ten times as much memory. Documents that were read one after the other share a piece of memory.
    text: Bytes,
    map: OnceLock<Map<String, Value>>,
}

impl UnknownFields {
    /// The names of the fields, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields().keys().map(String::as_str)
    }

    /// One field by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields().get(name)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields().is_empty()
    }

    pub(crate) fn fields(&self) -> &Map<String, Value> {
        self.map.get_or_init(|| {
            // The text was written here, so it can be read. An empty text has no fields.
            serde_json::from_slice(&self.text).unwrap_or_default()
        })
    }
}

impl PartialEq for UnknownFields {
    fn eq(&self, other: &Self) -> bool {
        self.fields() == other.fields()
    }
}

impl Eq for UnknownFields {}

impl Serialize for UnknownFields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.fields().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for UnknownFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self::from)
    }
}

impl From<Map<String, Value>> for UnknownFields {
    fn from(fields: Map<String, Value>) -> Self {
        if fields.is_empty() {
            // A map whose fields were all taken out keeps its memory, half a KiB.
            return Self::default();
        }
        Self { text: Bytes::new(), map: OnceLock::from(fields) }
    }
}

impl fmt::Debug for UnknownFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_names_only() {
        // R13
        let fields: UnknownFields = serde_json::from_str(r#"{"hookToken": "canary"}"#).unwrap();
        assert_eq!(format!("{fields:?}"), r#"{"hookToken"}"#);
    }
}
