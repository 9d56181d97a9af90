use serde::{Deserialize, Deserializer};

/// Reads null as if the field were absent: every field of an answer may be either
/// (wire-facts 0.2).
pub(super) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
