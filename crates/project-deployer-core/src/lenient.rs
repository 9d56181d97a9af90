//! Lenient reading of responses of nodes and Deployers: every field may be absent or null (wire-facts
//! 0.2), and an empty text as an id means that there is none.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Reads null as an absent field. Use it with `#[serde(default)]`.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads null and an empty text as an absent field. Use it with `#[serde(default)]`.
pub(crate) fn empty_as_none<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<String>,
    T::Error: std::fmt::Display,
{
    let text: Option<String> = Option::deserialize(deserializer)?;
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| T::try_from(text).map_err(D::Error::custom)).transpose()
}
