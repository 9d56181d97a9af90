//! Keeps the audit in the background: seals records, records counts, and removes what retention does not keep.

use std::sync::Arc;
use std::time::Duration;

use project_deployer_client::DeployerError;
use tokio::time::{Instant, sleep};

use super::write::youngest_closed;
use crate::deployer::Deployer;
use crate::life::{Phase, caught};

/// How long a record waits for others to be sealed with.
const GATHER: Duration = Duration::from_secs(5);

/// How often records of other processes are looked for, which may have died.
const ROUND: Duration = Duration::from_secs(60);

/// How often all days are looked at, and old ones removed.
const WHOLE_ROUND: Duration = Duration::from_secs(6 * 3600);

impl Deployer {
    /// Seals audit records from now on, in the background, and removes those that
    /// [retention](crate::DeployerBuilder::audit_retention) does not keep, until the last clone of this Deployer is
    /// gone or it is [shut down](Self::shutdown). A failure is logged, and the next round continues.
    pub fn keep_audit_always(&self) {
        let life = Arc::clone(&self.inner.life);
        let Ok(member) = life.begin() else { return };
        let weak = Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            let _member = member;
            let mut whole_at = Instant::now();
            while let Some(inner) = weak.upgrade() {
                let audit = Arc::clone(&inner.audit);
                let deployer = Self { inner };
                let is_whole = Instant::now() >= whole_at;
                if is_whole {
                    whole_at = Instant::now() + WHOLE_ROUND;
                }
                let is_last = life.has_reached(Phase::Draining);
                deployer.keep_audit_once(is_whole, is_last).await;
                drop(deployer);
                if is_last {
                    return;
                }
                tokio::select! {
                    biased;
                    () = life.reached(Phase::Draining) => {}
                    () = async { audit.written.notified().await; sleep(GATHER).await } => {}
                    () = sleep(ROUND) => {}
                }
            }
        });
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
