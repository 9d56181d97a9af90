//! Which days are removed. A pure decision.

use std::time::Duration;

use project_deployer_core::{Timestamp, setters};

use super::days::day_of;

/// The days that are never removed, since a process whose clock is late may still write to them.
const YOUNGEST: Duration = Duration::from_secs(7 * 86_400);

/// How long audit records are kept. Whole days are removed, the oldest ones first, as soon as either limit allows it,
/// and never one of the last seven days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct AuditRetention {
    /// How long a record is kept. `None`, the default, is for ever.
    pub age: Option<Duration>,
    /// How many records are kept, the newest ones. `None`, the default, keeps all of them.
    pub records: Option<u64>,
}

setters!(AuditRetention {
    with_age(age: Option<Duration>),
    with_records(records: Option<u64>),
});

/// How many of the days go, the oldest ones first. Each has its number of records.
pub(super) fn removed(days: &[(String, u64)], retention: AuditRetention, now: Timestamp) -> usize {
    let before = |age: Duration| {
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        day_of(Timestamp::from_millis(now.as_millis().saturating_sub(age)))
    };
    let youngest = before(YOUNGEST);
    let oldest = retention.age.map(before);
    let mut left: u64 = days.iter().map(|(_, records)| records).sum();
    days.iter()
        .take_while(|(day, records)| {
            let is_old = oldest.as_ref().is_some_and(|oldest| day < oldest);
            left = left.saturating_sub(*records);
            let is_too_many = retention.records.is_some_and(|most| left >= most);
            *day < youngest && (is_old || is_too_many)
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn days() -> Vec<(String, u64)> {
        (1..=28).map(|day| (format!("2026-01-{day:02}"), 10)).collect()
    }

    fn removed_by(retention: AuditRetention) -> usize {
        // 2026-01-28
        removed(&days(), retention, Timestamp::from_millis(1_769_601_600_000))
    }

    #[test]
    fn everything_stays_by_default() {
        assert_eq!(removed_by(AuditRetention::default()), 0);
    }

    #[test]
    fn a_day_goes_when_all_its_records_are_too_old() {
        let of_age = |days| removed_by(AuditRetention::default().with_age(Some(DAY * days)));
        assert_eq!((of_age(20), of_age(10)), (7, 17));
    }

    #[test]
    fn days_go_while_enough_records_are_left() {
        let of = |records| removed_by(AuditRetention::default().with_records(Some(records)));
        assert_eq!((of(280), of(279), of(270), of(201), of(200)), (0, 0, 1, 7, 8));
    }

    #[test]
    fn the_last_seven_days_stay() {
        let all = AuditRetention::default().with_age(Some(Duration::ZERO)).with_records(Some(0));
        assert_eq!(removed_by(all), 20);
    }
}
