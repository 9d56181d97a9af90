//! The Python example, run as its header says, and scripts with both versions of the client.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::command::NodeProcess;

/// A version of the client. `cargo xtask test` creates a Python for each and names it in a variable.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Version {
    variable: &'static str,
    environment: &'static str,
}

const NEWEST: Version = Version { variable: "PROJECT_DEPLOYER_PYTHON", environment: "python" };

impl Version {
    #[cfg(feature = "serve")]
    pub(crate) const ALL: [Self; 2] =
        [NEWEST, Self { variable: "PROJECT_DEPLOYER_PYTHON_14", environment: "python-14.3.3" }];
}

/// Says that there is no network: tests that need the client are skipped.
const OFFLINE: &str = "PROJECT_DEPLOYER_OFFLINE";

#[expect(clippy::disallowed_methods, reason = "the environment says where Python is")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn in_workspace(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// None if this run skips the client.
fn python(version: Version) -> Option<PathBuf> {
    let usual = || in_workspace("target").join(version.environment).join("bin/python");
    let python = variable(version.variable).map_or_else(usual, PathBuf::from);
    if python.exists() {
        return Some(python);
    }
    assert!(
        variable(OFFLINE).as_deref() == Some("1"),
        "the official Python client is not installed ({} is missing); run `cargo xtask test`, or set \
         {OFFLINE}=1 to skip this",
        python.display()
    );
    None
}

/// The example, with only the environment that it needs.
fn example(python: &Path) -> Command {
    let mut command = Command::new(python);
    command.arg(in_workspace("examples/deploy_with_the_official_client.py"));
    command.env_clear().env("NO_PROXY", "127.0.0.1").kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a script with a version of the client, and returns what it printed; none if this run skips the client.
#[cfg(feature = "serve")]
pub(crate) async fn run_script(
    version: Version,
    script: &str,
    environment: &[(&str, String)],
) -> Option<String> {
    let mut command = Command::new(python(version)?);
    command.arg(in_workspace(script)).env_clear().envs(environment.iter().cloned());
    Some(printed_by(command, version).await)
}

/// Runs the text of a script in a folder.
#[cfg(feature = "serve")]
pub(crate) async fn run_text(version: Version, text: &str, folder: &Path) -> Option<String> {
    let mut command = Command::new(python(version)?);
    command.args(["-c", text]).current_dir(folder).env_clear();
    Some(printed_by(command, version).await)
}

#[cfg(feature = "serve")]
async fn printed_by(mut command: Command, version: Version) -> String {
    command.env("NO_PROXY", "127.0.0.1").kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (success, printed, errors) = output(command, "").await;
    assert!(success, "{version:?}: {printed}{errors}");
    printed
}

async fn output(mut example: Command, input: &str) -> (bool, String, String) {
    let mut child = example.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn the_python_example_deploys_a_bundle_by_the_line_of_the_node() {
    let Some(python) = python(NEWEST) else { return };
    let node = NodeProcess::start::<&str>(&[]).await;
    let (success, printed, errors) = output(example(&python), &node.line).await;
    assert!(success, "{printed}{errors}");
    assert!(printed.ends_with("v1 of CHURN is active\n"), "{printed}");
    assert!(!printed.contains(&node.key) && !errors.contains(&node.key), "R13: {printed}{errors}");
    let bundles = node.get("/projects/CHURN/bundles/imported").await;
    assert_eq!(bundles["bundles"][0]["active"], true, "{bundles}");
}

#[tokio::test]
async fn the_python_example_takes_address_and_key_from_the_environment() {
    let Some(python) = python(NEWEST) else { return };
    let node = NodeProcess::start::<&str>(&[]).await;
    let mut example = example(&python);
    example.env("DKU_DSS_URL", &node.url).env("DKU_API_KEY", &node.key);
    let (success, told, errors) = output(example, "").await;
    assert!(success && told.ends_with("v1 of CHURN is active\n"), "{told}{errors}");
}
