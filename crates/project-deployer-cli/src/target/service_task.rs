//! Long tasks of a service, until they have ended.

use std::time::Duration;

use project_deployer::client::{NodeError, NodeErrorKind, RemoteDeployer};
use project_deployer_client::request::Call;
use project_deployer_client::request::frontend::{self, ServiceTask};

/// How often the end of a task is asked for.
const LOOK: Duration = Duration::from_millis(250);

/// How often in a row that may fail.
const MOST_FAILED: u32 = 10;

/// How often in a row it may be unknown: a task is known to one process, and a balancer may ask others. Of four processes
/// in a random order, that happens to one task in a hundred thousand.
const MOST_UNKNOWN: u32 = 40;

/// How long the start of a task is asked for again while too many run, and the pause before each time.
const MOST_BUSY: Duration = Duration::from_secs(300);
const BUSY: Duration = Duration::from_secs(5);

/// Starts a task. While too many tasks of the caller run, it waits: nothing was started then.
///
/// # Errors
///
/// The service refuses it or does not answer, or too many run for a long time.
pub(super) async fn started(
    remote: &RemoteDeployer,
    call: &Call<ServiceTask>,
) -> Result<ServiceTask, NodeError> {
    let mut waited = Duration::ZERO;
    loop {
        match remote.node().call(call).await {
            Ok(task) => return Ok(task),
            Err(error) => {
                let Some(pause) = pause_while_busy(&error, waited) else { return Err(error) };
                tokio::time::sleep(pause).await;
                waited += pause;
            }
        }
    }
}

/// How long to wait before a task is started after all; none if it is not for that, or was waited for too long.
fn pause_while_busy(error: &NodeError, waited: Duration) -> Option<Duration> {
    let is_busy = matches!(error.kind, NodeErrorKind::Busy(_));
    let pause = error.kind.retry().pause(BUSY).map(|pause| pause.clamp(BUSY, BUSY * 4));
    pause.filter(|pause| is_busy && waited + *pause <= MOST_BUSY)
}

/// Looks at a task until it has ended. It goes on without this command, too.
///
/// # Errors
///
/// The task cannot be looked at any more, or no process that was asked knows it.
pub(super) async fn ended(
    remote: &RemoteDeployer,
    mut task: ServiceTask,
) -> Result<ServiceTask, NodeError> {
    let (mut pause, mut failed, mut unknown) = (LOOK, 0, 0);
    while task.state == "running" {
        tokio::time::sleep(pause).await;
        match remote.node().call(&frontend::task(&task.id)).await {
            Ok(looked) => (task, pause, failed, unknown) = (looked, LOOK, 0, 0),
            Err(error) if is_unknown(&error) && unknown < MOST_UNKNOWN => {
                unknown += 1;
                pause = LOOK;
            }
            Err(error) => {
                failed += 1;
                let Some(next) = pause_after(&error, failed) else { return Err(error) };
                pause = next;
            }
        }
    }
    Ok(task)
}

/// Whether the process that was asked does not know the task: another one may.
fn is_unknown(error: &NodeError) -> bool {
    matches!(error.kind, NodeErrorKind::NotFound(_))
}

/// Why a task cannot be looked at any more, and what to do where no process knows it.
pub(super) fn lost(error: &NodeError) -> String {
    let why = error.kind.about("the Deployer");
    match is_unknown(error) {
        true => format!(
            "{why}; its process has ended, or a balancer asks other ones: let it keep a client at one process"
        ),
        false => why,
    }
}

/// How long to wait before the next look, after `failed` looks in a row that failed; none to look no more. The Deployer may
/// be unreachable for about two minutes.
pub(super) fn pause_after(error: &NodeError, failed: u32) -> Option<Duration> {
    let backoff = LOOK.saturating_mul(2_u32.saturating_pow(failed));
    error.kind.retry().pause(backoff).filter(|_| failed <= MOST_FAILED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: NodeErrorKind) -> NodeError {
        NodeError::new("https://deployer.example", "read task t", kind)
    }

    #[test]
    fn a_task_is_started_again_while_too_many_run_for_five_minutes_and_after_no_other_refusal() {
        for asked in [None, Some(1), Some(20), Some(3600)] {
            let busy = error(NodeErrorKind::Busy(asked.map(Duration::from_secs)));
            let mut waited = Duration::ZERO;
            while let Some(pause) = pause_while_busy(&busy, waited) {
                waited += pause;
            }
            assert_eq!(waited, MOST_BUSY, "{asked:?}");
        }
        let failed = NodeErrorKind::Failed { status: 503, message: String::new() };
        for kind in [failed, NodeErrorKind::Interrupted, NodeErrorKind::Unreachable] {
            assert_eq!(pause_while_busy(&error(kind.clone()), Duration::ZERO), None, "{kind:?}");
        }
    }

    #[test]
    fn a_task_that_no_process_knows_is_lost_and_the_reason_names_the_balancer() {
        let unknown = error(NodeErrorKind::NotFound("there is no task `t`".to_owned()));
        assert!(is_unknown(&unknown) && lost(&unknown).contains("balancer"));
        let interrupted = error(NodeErrorKind::Interrupted);
        assert!(!is_unknown(&interrupted) && !lost(&interrupted).contains("balancer"));
    }

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
