//! The clock of leases. It runs on while the machine sleeps, and a changed wall clock does not change it.

/// A moment of this boot of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BootTime {
    /// Which boot. Leases of an earlier one have expired: their holders are gone.
    pub(super) boot: String,
    pub(super) millis: i64,
}

impl BootTime {
    #[cfg(target_os = "linux")]
    pub(super) fn now() -> Self {
        use rustix::time::{ClockId, clock_gettime};
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
        let now = clock_gettime(ClockId::Boottime);
        Self {
            boot: boot.unwrap_or_default().trim().to_owned(),
            millis: now.tv_sec.saturating_mul(1000).saturating_add(now.tv_nsec / 1_000_000),
        }
    }

    /// Where no such clock is known: the wall clock.
    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::disallowed_methods, reason = "the clock of a store is its own")]
    pub(super) fn now() -> Self {
        use std::time::{SystemTime, UNIX_EPOCH};
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { boot: String::new(), millis: i64::try_from(since.as_millis()).unwrap_or(i64::MAX) }
    }

    pub(super) fn after(&self, time: std::time::Duration) -> i64 {
        let time = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        self.millis.saturating_add(time)
    }
}
