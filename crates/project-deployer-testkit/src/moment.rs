//! Times as a design node writes them in texts (wire-facts 9.1, 9.2).

use chrono::DateTime;

const FORMAT: &str = "%Y-%m-%dT%H:%M:%S%.f%z";

/// A time in milliseconds since 1970, as a text such as `2026-01-01T00:00:00.000+0000`.
pub(crate) fn text(milliseconds: i64) -> String {
    let time = DateTime::from_timestamp_millis(milliseconds).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%S%.3f%z").to_string()
}

/// The milliseconds of a text; `None` for other formats.
pub(crate) fn parse(text: &str) -> Option<i64> {
    DateTime::parse_from_str(text, FORMAT).ok().map(|time| time.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_it_is_written() {
        assert_eq!(text(1_767_225_600_000), "2026-01-01T00:00:00.000+0000");
        assert_eq!(parse(&text(1_767_225_600_001)), Some(1_767_225_600_001));
        assert_eq!(parse("2020-04-29T22:51:35.217+0200"), Some(1_588_193_495_217));
        assert_eq!(parse("yesterday"), None);
    }
}
