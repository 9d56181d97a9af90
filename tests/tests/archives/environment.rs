//! The settings of a run from the environment, and the programs that it needs.

use std::path::Path;
use std::process::Command;

/// States that nothing can be downloaded: tests that need Java are skipped without it.
const OFFLINE: &str = "PROJECT_DEPLOYER_OFFLINE";
/// The path of a Java with its compiler. `cargo xtask test` sets it.
const JAVA: &str = "PROJECT_DEPLOYER_JAVA";
/// The path of a Python; the standard library is enough.
const PYTHON: &str = "PROJECT_DEPLOYER_PYTHON";

#[expect(clippy::disallowed_methods, reason = "the one place where tests read the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A number from the environment.
pub(crate) fn number(name: &str, usual: u64) -> u64 {
    variable(name).map_or(usual, |text| text.parse().unwrap())
}

/// A Java command that runs the test program; `None` when this run has no Java.
pub(crate) fn java() -> Option<Command> {
    let java = variable(JAVA).unwrap_or_else(|| "java".to_owned());
    let modules = Command::new(&java).arg("--list-modules").output();
    let compiles =
        modules.is_ok_and(|it| String::from_utf8_lossy(&it.stdout).contains("jdk.compiler"));
    if compiles {
        let mut command = Command::new(&java);
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/archives/Archives.java");
        command.args(["-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8"]).arg(program);
        return Some(command);
    }
    assert!(
        variable(OFFLINE).as_deref() == Some("1"),
        "there is no Java with its compiler ({java}); run `cargo xtask test`, install a JDK, or set \
         {OFFLINE}=1 to leave this out"
    );
    None
}

/// A Python command that runs a script of the tests.
pub(crate) fn python(script: &str) -> Command {
    let mut command = Command::new(variable(PYTHON).unwrap_or_else(|| "python3".to_owned()));
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/archives").join(script));
    command
}
