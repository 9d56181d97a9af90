use std::time::Duration;

use project_deployer_core::setters;
use tokio::time::Instant;

/// The time limits of calls.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpTimeouts {
    /// Until the connection is established. 10 s.
    pub connect: Duration,
    /// An ordinary call, to the last byte of its response, retries included. 60 s.
    pub call: Duration,
    /// A long task (import, preload, activate), its future included. 1 h.
    pub task: Duration,
    /// Additional time per MiB of an uploaded archive. 4 s, that is 256 KiB/s at least.
    pub upload_per_mib: Duration,
    /// The first pause before a future is polled again; each next one is a tenth longer. 200 ms.
    pub first_poll: Duration,
    /// The longest such pause. 15 s.
    pub longest_poll: Duration,
}

setters!(HttpTimeouts {
    with_connect(connect: Duration),
    with_call(call: Duration),
    with_task(task: Duration),
    with_upload_per_mib(upload_per_mib: Duration),
    with_first_poll(first_poll: Duration),
    with_longest_poll(longest_poll: Duration),
});

impl Default for HttpTimeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            call: Duration::from_secs(60),
            task: Duration::from_secs(3600),
            upload_per_mib: Duration::from_secs(4),
            first_poll: Duration::from_millis(200),
            longest_poll: Duration::from_secs(15),
        }
    }
}

/// The time after this duration, at most thirty years from now.
pub(super) fn later(by: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 3600);
    Instant::now() + by.min(FAR)
}
