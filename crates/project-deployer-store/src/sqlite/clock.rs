//! The clock of leases. It runs on while the machine sleeps, and a changed wall clock does not change it.

use std::io;

/// A moment of this boot of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BootTime {
    /// Which boot. Leases of an earlier one have expired: their holders are gone.
    pub(super) boot: String,
    pub(super) millis: i64,
}

impl BootTime {
    /// # Errors
    ///
    /// It cannot be read which boot this is. Leases of an earlier boot would look like those of living holders.
    #[cfg(target_os = "linux")]
    pub(super) fn now() -> io::Result<Self> {
        use rustix::time::{ClockId, clock_gettime};
        let boot = boot_in(std::path::Path::new("/proc/sys/kernel/random/boot_id"))?;
        let now = clock_gettime(ClockId::Boottime);
        let millis = now.tv_sec.saturating_mul(1000).saturating_add(now.tv_nsec / 1_000_000);
        Ok(Self { boot, millis })
    }

    /// Where no such clock is known: the wall clock.
    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::disallowed_methods, reason = "the clock of a store is its own")]
    pub(super) fn now() -> io::Result<Self> {
        use std::time::{SystemTime, UNIX_EPOCH};
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let millis = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        Ok(Self { boot: String::new(), millis })
    }

    pub(super) fn after(&self, time: std::time::Duration) -> i64 {
        let time = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        self.millis.saturating_add(time)
    }
}

/// The id of a boot in its file.
#[cfg(target_os = "linux")]
fn boot_in(file: &std::path::Path) -> io::Result<String> {
    let unreadable = |error: io::Error| {
        let fix = format!("leases need the id of the boot, so make {} readable", file.display());
        io::Error::new(error.kind(), format!("{fix}: {error}"))
    };
    let text = std::fs::read_to_string(file).map_err(unreadable)?;
    match text.trim() {
        "" => Err(unreadable(io::Error::new(io::ErrorKind::InvalidData, "it is empty"))),
        boot => Ok(boot.to_owned()),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn an_unknown_boot_is_not_a_boot() {
        // R5
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("boot_id");
        let refused = || {
            let error = boot_in(&file).unwrap_err();
            assert!(error.to_string().contains(&format!("make {} readable", file.display())));
            error.kind()
        };
        assert_eq!(refused(), io::ErrorKind::NotFound);
        std::fs::write(&file, "\n").unwrap();
        assert_eq!(refused(), io::ErrorKind::InvalidData);
        std::fs::write(&file, "c94cdb24-68b9\n").unwrap();
        assert_eq!(boot_in(&file).unwrap(), "c94cdb24-68b9");
    }
}
