//! A hook that is a program: in a process group of its own, without a shell, with the variables that it names.

mod output;

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

use self::output::Output;
use super::outcome::HookOutcome;

/// How long a program has between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(4);

/// How long the rest of the output is read after the end of the group. A process that left the group may hold the pipe
/// for ever.
const DRAIN: Duration = Duration::from_millis(500);

/// What is started.
#[derive(Debug)]
pub(super) struct Start<'a> {
    pub(super) program: PathBuf,
    pub(super) directory: &'a Path,
    pub(super) arguments: &'a [String],
    /// The names of variables of our environment.
    pub(super) variables: &'a [String],
    pub(super) input: Vec<u8>,
}

/// The process group of a hook. It is killed when this is dropped, with everything that the hook started in it.
#[derive(Debug)]
struct Group(Pid);

impl Group {
    fn signal(&self, signal: Signal) {
        // An error means that nobody is in the group any more.
        let _ = kill_process_group(self.0, signal);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// Runs a program. `ends` returns when it has to end, and with which outcome. Dropping the future kills the group.
pub(super) async fn run(start: Start<'_>, ends: impl Future<Output = HookOutcome>) -> HookOutcome {
    let mut child = match spawn(&start) {
        Ok(child) => child,
        Err(error) => return HookOutcome::error(format!("the program cannot be started: {error}")),
    };
    let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw).map(Group);
    let Some(group) = group else {
        return HookOutcome::error("the program ended before it could be observed");
    };
    let output = Output::read(child.stdout.take(), child.stderr.take());
    let input = child.stdin.take();
    let ended = tokio::select! {
        biased;
        ended = with_input(&mut child, input, &start.input) => Ok(ended),
        outcome = ends => Err(outcome),
    };
    let outcome = match ended {
        Ok(Ok(status)) => {
            // What the program left behind ends with it.
            drop(group);
            verdict(status, &output.end(DRAIN).await.without(start.variables))
        }
        Ok(Err(error)) => HookOutcome::error(format!("the end of the program is unknown: {error}")),
        Err(outcome) => {
            group.signal(Signal::TERM);
            // Whether it obeys or not, the group is killed afterwards.
            let _ = timeout(GRACE, child.wait()).await;
            drop(group);
            let _ = timeout(GRACE, child.wait()).await;
            outcome
        }
    };
    tracing::debug!(status = outcome.status.as_str(), "a hook program has ended");
    outcome
}

fn spawn(start: &Start<'_>) -> std::io::Result<Child> {
    let mut command = Command::new(&start.program);
    command
        .args(start.arguments)
        .current_dir(start.directory)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    for name in start.variables {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.spawn()
}

/// Writes the payload while the program runs. A program that does not read it is none the worse.
async fn with_input(
    child: &mut Child,
    input: Option<ChildStdin>,
    payload: &[u8],
) -> std::io::Result<ExitStatus> {
    let write = async {
        if let Some(mut input) = input {
            let _ = input.write_all(payload).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        biased;
        status = child.wait() => status,
        () = write => std::future::pending().await,
    }
}

/// What the end of a program means. Its output is a result if it is an object; any other text is a message.
fn verdict(status: ExitStatus, printed: &output::Printed) -> HookOutcome {
    if !status.success() {
        let said = printed.message();
        let said = if said.is_empty() { String::new() } else { format!(": {said}") };
        return HookOutcome::error(format!("it ended with {status}{said}"));
    }
    if printed.out.trim_ascii().first() != Some(&b'{') {
        return HookOutcome::success(printed.message());
    }
    let is_whole = !printed.is_cut;
    HookOutcome::read(&printed.out).filter(|_| is_whole).unwrap_or_else(|| {
        HookOutcome::error(
            "its output begins as a result and is none: write an object with `status` and `message`",
        )
    })
}
