use std::ffi::OsStr;
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::schema;

/// A command that hangs fails after this time, so that it does not block the other tests.
const TIME_LIMIT: Duration = Duration::from_secs(60);

fn deployer<A: AsRef<OsStr>>(arguments: &[A]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deployer"));
    command.args(arguments).env_clear();
    piped(command)
}

fn piped(mut command: Command) -> Command {
    command.kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a command that ends by itself: exit code, standard output, standard error.
pub(crate) async fn run<A: AsRef<OsStr>>(arguments: &[A]) -> (i32, String, String) {
    let Output { status, stdout, stderr } =
        timeout(TIME_LIMIT, deployer(arguments).output()).await.unwrap().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// The same with environment variables and input. A JSON output must match its schema.
pub(crate) async fn run_with(
    arguments: &[&str],
    environment: &[(&str, &str)],
    input: &str,
) -> (i32, String, String) {
    let mut command = deployer(arguments);
    command.env("HOME", "/nonexistent").envs(environment.iter().copied());
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(input.as_bytes()).await.unwrap();
    drop(pipe);
    let Output { status, stdout, stderr } =
        timeout(TIME_LIMIT, child.wait_with_output()).await.unwrap().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let output = text(stdout);
    if arguments.contains(&"json") && !output.is_empty() {
        schema::assert_valid(&output);
    }
    (status.code().unwrap(), output, text(stderr))
}

/// Runs a command, and kills it after so many lines of its standard error. Returns whether it still ran.
pub(crate) async fn run_and_kill(arguments: &[&str], lines: usize) -> bool {
    let mut child = deployer(arguments).spawn().unwrap();
    let mut printed = BufReader::new(child.stderr.take().unwrap()).lines();
    for _ in 0..lines {
        if timeout(TIME_LIMIT, printed.next_line()).await.unwrap().unwrap().is_none() {
            break;
        }
    }
    child.start_kill().unwrap();
    timeout(TIME_LIMIT, child.wait()).await.unwrap().unwrap().code().is_none()
}

/// Runs a command with environment variables, and kills it when something has happened.
pub(crate) async fn run_and_kill_when(
    arguments: &[&str],
    environment: &[(&str, &str)],
    happened: impl Future<Output = ()>,
) {
    let mut command = deployer(arguments);
    command.env("HOME", "/nonexistent").envs(environment.iter().copied());
    let mut child = command.spawn().unwrap();
    timeout(TIME_LIMIT, happened).await.unwrap();
    child.start_kill().unwrap();
    assert!(timeout(TIME_LIMIT, child.wait()).await.unwrap().unwrap().code().is_none());
}

/// A mock node, or another service, that runs as a process.
pub(crate) struct NodeProcess {
    child: Child,
    output: BufReader<ChildStdout>,
    pub(crate) line: String,
    pub(crate) url: String,
    pub(crate) key: String,
}

impl NodeProcess {
    /// Starts `deployer mock-node` and reads its line.
    pub(crate) async fn start<A: AsRef<OsStr>>(arguments: &[A]) -> Self {
        let all: Vec<&OsStr> = [OsStr::new("mock-node")]
            .into_iter()
            .chain(arguments.iter().map(AsRef::as_ref))
            .collect();
        Self::start_command(&all).await
    }

    /// Starts a command that prints a line when it accepts requests.
    pub(crate) async fn start_command<A: AsRef<OsStr>>(arguments: &[A]) -> Self {
        Self::start_command_with(arguments, &[]).await
    }

    /// The same with environment variables.
    pub(crate) async fn start_command_with<A: AsRef<OsStr>>(
        arguments: &[A],
        environment: &[(&str, &str)],
    ) -> Self {
        let mut command = deployer(arguments);
        command.envs(environment.iter().copied());
        Self::started(command).await
    }

    /// The same for another program, which starts the command.
    #[cfg(feature = "serve")]
    pub(crate) async fn start_program(program: std::process::Command) -> Self {
        Self::started(piped(Command::from(program))).await
    }

    async fn started(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        timeout(TIME_LIMIT, output.read_line(&mut line)).await.unwrap().unwrap();
        let started: Value = serde_json::from_str(&line).unwrap_or_default();
        let text = |name: &str| started[name].as_str().unwrap_or_default().to_owned();
        Self { child, output, url: text("url"), key: text("adminApiKey"), line }
    }

    /// Sends a request to the node, and returns status and answer.
    pub(crate) async fn ask(&self, path: &str, key: &str) -> (StatusCode, Value) {
        let client = reqwest::Client::builder().no_proxy().timeout(TIME_LIMIT).build().unwrap();
        let url = format!("{}/public/api{path}", self.url);
        let answer = client.get(url).bearer_auth(key).send().await.unwrap();
        let status = answer.status();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
    }

    /// Sends JSON, and returns status and answer.
    #[cfg(feature = "serve")]
    pub(crate) async fn post(&self, path: &str, key: &str, json: &str) -> (StatusCode, Value) {
        let client = reqwest::Client::builder().no_proxy().timeout(TIME_LIMIT).build().unwrap();
        let url = format!("{}/public/api{path}", self.url);
        let answer = client.post(url).bearer_auth(key).body(json.to_owned()).send().await.unwrap();
        let status = answer.status();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
    }

    /// The answer of the node to a request with its own key.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.ask(path, &self.key).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    /// Sends a signal such as `TERM`.
    #[cfg(unix)]
    pub(crate) async fn send_signal(&self, signal: &str) {
        let id = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status().await.unwrap();
        assert!(sent.success());
    }

    pub(crate) fn close_input(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end. Returns exit status, further standard output, and standard error.
    pub(crate) async fn end(mut self) -> (ExitStatus, String, String) {
        let (mut output, mut errors) = (String::new(), String::new());
        let mut error_pipe = self.child.stderr.take().unwrap();
        let all = async {
            self.output.read_to_string(&mut output).await.unwrap();
            error_pipe.read_to_string(&mut errors).await.unwrap();
            // Not `wait`, which would close standard input first.
            while self.runs() {
                tokio::task::yield_now().await;
            }
            self.child.try_wait().unwrap().unwrap()
        };
        let status = timeout(TIME_LIMIT, all).await.unwrap();
        (status, output, errors)
    }
}
