//! Shared values in documents: each is written as a whole, and read into a value of its own.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::lenient::null_as_default;

pub(crate) fn serialize<S, T>(value: &Arc<T>, serializer: S) -> Result<S::Ok, S::Error>
where
    S: Serializer,
    T: Serialize + ?Sized,
{
    value.as_ref().serialize(serializer)
}

pub(crate) fn deserialize<'de, D, T>(deserializer: D) -> Result<Arc<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Arc::new)
}

/// Reads a list; null is an empty one.
pub(crate) fn list<'de, D, T>(deserializer: D) -> Result<Arc<[T]>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    null_as_default(deserializer).map(|list: Vec<T>| list.into())
}
