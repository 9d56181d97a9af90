use std::time::Duration;

/// How long things may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpTimeouts {
    /// Until the connection stands. 10 s.
    pub connect: Duration,
    /// An ordinary call, to the last byte of its answer, repetitions included. 60 s.
    pub call: Duration,
    /// What a node works on before it answers (import, preload, activate), its future included. 1 h.
    pub task: Duration,
    /// What an upload may add per MiB of the archive. 4 s, that is 256 KiB/s at least.
    pub upload_per_mib: Duration,
    /// The first pause before a future is asked again; each next one is a tenth longer. 200 ms.
    pub first_poll: Duration,
    /// The longest such pause. 15 s.
    pub longest_poll: Duration,
}

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
