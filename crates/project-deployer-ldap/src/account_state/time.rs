//! The three time formats of directories.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use project_deployer_core::Timestamp;

/// 100-nanosecond steps from 1601 to 1970, in which Active Directory counts.
const FILE_TIME_OF_1970: i64 = 116_444_736_000_000_000;

/// Active Directory's count of 100-nanosecond steps since 1601.
pub(super) fn file_time(steps: i64) -> Timestamp {
    Timestamp::from_millis(steps.saturating_sub(FILE_TIME_OF_1970) / 10_000)
}

/// The start of a day, counted in days since 1970 (`chage(1)`: on that day the account is no longer accessible).
pub(super) fn start_of_day(days: i64) -> Timestamp {
    Timestamp::from_millis(days.saturating_mul(86_400_000))
}

/// GeneralizedTime (RFC 4517, 3.3.13): `YYYYMMDDHH[MM[SS]][.fraction]` and `Z` or an offset.
pub(super) fn generalized(text: &str) -> Option<Timestamp> {
    let (digits, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let (fraction, zone) = match rest.strip_prefix(['.', ',']) {
        Some(rest) => rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?),
        None => ("0", rest),
    };
    if fraction.is_empty() {
        return None;
    }
    let local = date_time(digits)?;
    let utc = local.checked_sub_signed(offset(zone)?)?;
    Some(Timestamp::from_millis(utc.and_utc().timestamp_millis()))
}

fn date_time(digits: &str) -> Option<NaiveDateTime> {
    let part = |from: usize, to: usize| digits.get(from..to)?.parse::<u32>().ok();
    let later = |from: usize| if digits.len() >= from + 2 { part(from, from + 2) } else { Some(0) };
    if ![10, 12, 14].contains(&digits.len()) {
        return None;
    }
    let year = i32::try_from(part(0, 4)?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, part(4, 6)?, part(6, 8)?)?;
    // A leap second counts as the one before it.
    day.and_hms_opt(part(8, 10)?, later(10)?, later(12)?.min(59))
}

fn offset(zone: &str) -> Option<TimeDelta> {
    if zone == "Z" {
        return Some(TimeDelta::zero());
    }
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let hours: i64 = digits.get(..2)?.parse().ok()?;
    let minutes: i64 = digits
        .get(2..)
        .filter(|rest| !rest.is_empty())
        .map_or(Some(0), |rest| rest.parse().ok())?;
    (hours < 24 && minutes < 60).then(|| TimeDelta::minutes(sign * (hours * 60 + minutes)))
}
