//! Times as the product writes them: milliseconds since 1970 in UTC.

use std::fmt;

use chrono::{DateTime, SecondsFormat};
use serde::{Deserialize, Serialize};

/// A point in time, in milliseconds since 1970-01-01 in UTC. Shown as RFC 3339 with seconds.
///
/// The unit is an assumption that no source confirms (wire-facts 8.2, item 8). Core reads no clock: the
/// caller passes the time.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time this many milliseconds after 1970.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Reads a time as texts of the product write it, such as `2020-04-29T22:51:35.217+0200`, or as
    /// RFC 3339. `None` for other texts.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        const PRODUCT: &str = "%Y-%m-%dT%H:%M:%S%.f%z";
        let time = DateTime::parse_from_rfc3339(text)
            .or_else(|_| DateTime::parse_from_str(text, PRODUCT))
            .ok()?;
        Some(Self(time.timestamp_millis()))
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The time as RFC 3339 with milliseconds, such as `2026-01-01T00:00:00.000Z`. [`parse`](Self::parse) reads it.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        match DateTime::from_timestamp_millis(self.0) {
            Some(time) => time.to_rfc3339_opts(SecondsFormat::Millis, true),
            None => self.to_string(),
        }
    }

    /// Milliseconds from `earlier` to here; 0 when `earlier` is later.
    #[must_use]
    pub fn millis_since(self, earlier: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::from_timestamp_millis(self.0) {
            Some(time) => f.write_str(&time.to_rfc3339_opts(SecondsFormat::Secs, true)),
            None => write!(f, "{} ms", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_the_product_and_as_rfc_3339_write_it() {
        let expected = Some(Timestamp::from_millis(1_588_193_495_217));
        for text in [
            "2020-04-29T22:51:35.217+0200",
            "2020-04-29T22:51:35.217+02:00",
            "2020-04-29T20:51:35.217Z",
        ] {
            assert_eq!(Timestamp::parse(text), expected, "{text}");
        }
        for text in ["", "2020-04-29", "2020-04-29T22:51:35", "yesterday", "1588193495217"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_with_milliseconds_is_read_as_it_was_written() {
        let time = Timestamp::from_millis(1_767_225_600_042);
        assert_eq!(time.to_rfc3339(), "2026-01-01T00:00:00.042Z");
        assert_eq!(Timestamp::parse(&time.to_rfc3339()), Some(time));
    }

    #[test]
    fn a_timestamp_shows_as_rfc_3339_and_never_panics() {
        assert_eq!(Timestamp::from_millis(1_767_225_600_000).to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(Timestamp::from_millis(i64::MAX).to_string(), format!("{} ms", i64::MAX));
    }
}
