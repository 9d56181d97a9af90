//! A server under a supervisor, which ends it with this process.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use super::super::ServerError;
use super::{machine, not_ready};

const SUPERVISOR: &str = include_str!("supervisor.sh");

#[derive(Debug)]
pub(super) struct Running {
    supervisor: Child,
    log: Arc<Mutex<String>>,
}

impl Running {
    /// Starts a server, and returns once it has said that it is ready. `last` is the signal that ends it with this
    /// process.
    pub(super) fn start(
        directory: &Path,
        server: &Command,
        ready: &str,
        last: &str,
    ) -> Result<Self, ServerError> {
        let mut supervisor = supervised(directory, server, last).spawn().map_err(machine)?;
        let said = supervisor.stderr.take();
        let log = Arc::default();
        let running = Self { supervisor, log: Arc::clone(&log) };
        if said.is_some_and(|said| becomes_ready(said, ready, log)) {
            return Ok(running);
        }
        let log = running.log();
        running.end(Some(last));
        Err(not_ready("it ended", log))
    }

    /// Ends the server. Its directory stays if there is a signal.
    pub(super) fn end(mut self, signal: Option<&str>) {
        let input = self.supervisor.stdin.take();
        if let (Some(mut input), Some(signal)) = (input, signal) {
            // A supervisor that has ended needs no signal.
            let _ = writeln!(input, "{signal}");
        }
        let _ = self.supervisor.wait();
    }

    /// What it has said.
    pub(super) fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A command under the supervisor, which ends it with this process.
fn supervised(directory: &Path, server: &Command, last: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", SUPERVISOR, "supervisor"]).arg(directory).arg(last);
    command.arg(server.get_program()).args(server.get_args());
    command.env_clear();
    for (name, value) in server.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    command.current_dir(directory);
    // What a terminal sends to the tests is theirs; the server ends with them.
    command.process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Reads what a server says until it is ready; not if it ends before. What it says later is kept as well.
fn becomes_ready(said: ChildStderr, ready: &str, log: Arc<Mutex<String>>) -> bool {
    let mut lines = BufReader::new(said).lines();
    let keep = move |line: &str| {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        log.push_str(line);
        log.push('\n');
    };
    for line in lines.by_ref().map_while(Result::ok) {
        keep(&line);
        if line.contains(ready) {
            std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| keep(&line)));
            return true;
        }
    }
    false
}
