//! Long tasks of a service, until they have ended.

use std::time::Duration;

use project_deployer::client::{NodeError, RemoteDeployer};
use project_deployer_client::request::frontend::{self, ServiceTask};

/// How often the end of a task is asked for.
const LOOK: Duration = Duration::from_millis(250);

/// How often in a row that may fail.
const MOST_FAILED: u32 = 10;

/// Looks at a task until it has ended. It goes on without this command, too.
///
/// # Errors
///
/// The task cannot be looked at any more.
pub(super) async fn ended(
    remote: &RemoteDeployer,
    mut task: ServiceTask,
) -> Result<ServiceTask, NodeError> {
    let (mut pause, mut failed) = (LOOK, 0);
    while task.state == "running" {
        tokio::time::sleep(pause).await;
        match remote.node().call(&frontend::task(&task.id)).await {
            Ok(looked) => (task, pause, failed) = (looked, LOOK, 0),
            Err(error) => {
                failed += 1;
                let Some(next) = pause_after(&error, failed) else { return Err(error) };
                pause = next;
            }
        }
    }
    Ok(task)
}

/// How long to wait before the next look, after `failed` looks in a row that failed; none to look no more. The Deployer may
/// be unreachable for about two minutes.
pub(super) fn pause_after(error: &NodeError, failed: u32) -> Option<Duration> {
    let backoff = LOOK.saturating_mul(2_u32.saturating_pow(failed));
    error.kind.retry().pause(backoff).filter(|_| failed <= MOST_FAILED)
}

#[cfg(test)]
mod tests {
    use project_deployer::client::NodeErrorKind;

    use super::*;

    #[test]
    fn a_task_is_looked_for_again_while_the_deployer_cannot_be_reached_for_two_minutes() {
        let failing = NodeErrorKind::Failed { status: 503, message: String::new() };
        for kind in [NodeErrorKind::Unreachable, NodeErrorKind::Interrupted, failing] {
            let error = NodeError::new("https://deployer.example", "read task t", kind);
            let pauses: Vec<_> = (1..).map_while(|failed| pause_after(&error, failed)).collect();
            let all: Duration = pauses.iter().sum();
            assert!(pauses.is_sorted() && pauses[0] > LOOK, "{pauses:?}");
            assert!((90..180).contains(&all.as_secs()), "{all:?}");
        }
    }
}
