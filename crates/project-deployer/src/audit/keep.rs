//! Keeps the audit in the background: seals records, records counts, and removes what retention does not keep.

use std::sync::Arc;
use std::time::Duration;

use project_deployer_client::DeployerError;
use tokio::time::{Instant, sleep};

use super::AuditState;
use super::write::youngest_closed;
use crate::background::Rounds;
use crate::deployer::Deployer;
use crate::life::{Life, Phase, caught};

/// How long a record waits for others to be sealed with.
const GATHER: Duration = Duration::from_secs(5);

/// How often records of other processes are looked for, which may have died.
const ROUND: Duration = Duration::from_secs(60);

/// How often all days are looked at, and old ones removed.
const WHOLE_ROUND: Duration = Duration::from_secs(6 * 3600);

/// The rounds of keeping the audit.
struct Keeping {
    audit: Arc<AuditState>,
    /// When all days are looked at again.
    whole_at: Instant,
    /// Whether the Deployer was shutting down when the last round began.
    is_last: bool,
}

impl Rounds for Keeping {
    async fn round(&mut self, deployer: &Deployer) {
        let is_whole = Instant::now() >= self.whole_at;
        if is_whole {
            self.whole_at = Instant::now() + WHOLE_ROUND;
        }
        self.is_last = deployer.inner.life.has_reached(Phase::Draining);
        deployer.keep_audit_once(is_whole, self.is_last).await;
    }

    async fn pause(&mut self, life: &Life) -> bool {
        if self.is_last {
            return false;
        }
        tokio::select! {
            biased;
            // One more round seals what was written last.
            () = life.reached(Phase::Draining) => {}
            () = async { self.audit.written.notified().await; sleep(GATHER).await } => {}
            () = sleep(ROUND) => {}
        }
        true
    }
}

impl Deployer {
    /// Seals audit records from now on, in the background, and removes those that
    /// [retention](crate::DeployerBuilder::audit_retention) does not keep, until the last clone of this Deployer is
    /// gone or it is [shut down](Self::shutdown). A failure is logged, and the next round continues.
    pub fn keep_audit_always(&self) {
        let audit = Arc::clone(&self.inner.audit);
        self.in_rounds(Keeping { audit, whole_at: Instant::now(), is_last: false });
    }

    async fn keep_audit_once(&self, is_whole: bool, is_last: bool) {
        let round = async {
            self.record_counts(is_last).await;
            let closed = (!is_whole).then(|| youngest_closed(self.now()));
            self.seal_days_after(closed.as_deref()).await?;
            if is_whole && !is_last {
                let trimmed = self.trim_audit().await?;
                tracing::debug!(?trimmed, "the audit was trimmed");
            }
            Ok::<_, DeployerError>(())
        };
        match caught(round).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the audit could not be sealed or trimmed"),
            Err(panicked) => tracing::error!(%panicked, "the audit could not be sealed or trimmed"),
        }
    }
}
