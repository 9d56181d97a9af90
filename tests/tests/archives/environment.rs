//! The settings of a run from the environment, and the programs that it needs.

use std::path::{Path, PathBuf};
use std::process::Command;

/// States that nothing can be downloaded: tests that need programs which may be missing are skipped
/// without them.
const OFFLINE: &str = "PROJECT_DEPLOYER_OFFLINE";
/// The path of a Java with its compiler. `cargo xtask test` sets it.
const JAVA: &str = "PROJECT_DEPLOYER_JAVA";
/// The path of a Python; the standard library is enough.
const PYTHON: &str = "PROJECT_DEPLOYER_PYTHON";
/// A tree of Debian packages with writers of archives.
const ARCHIVERS: &str = "PROJECT_DEPLOYER_ARCHIVERS";
/// The folder `node_modules` with writers of archives.
const NODE_MODULES: &str = "PROJECT_DEPLOYER_NODE_MODULES";

#[expect(clippy::disallowed_methods, reason = "the one place where tests read the environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A number from the environment.
pub(crate) fn number(name: &str, usual: u64) -> u64 {
    variable(name).map_or(usual, |text| text.parse().unwrap())
}

fn is_offline() -> bool {
    variable(OFFLINE).as_deref() == Some("1")
}

/// Whether this run may go without something.
#[track_caller]
#[expect(clippy::print_stdout, reason = "a run says what it leaves out")]
fn left_out(what: &str) {
    assert!(
        is_offline(),
        "there is no {what}; run `cargo xtask test`, which installs it, or set {OFFLINE}=1 to leave \
         this out"
    );
    println!("left out, since {OFFLINE}=1: {what}");
}

fn script(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/archives").join(path)
}

/// A Java with its compiler; `None` when this run has none.
fn compiling_java() -> Option<Command> {
    let java = variable(JAVA).unwrap_or_else(|| "java".to_owned());
    let modules = Command::new(&java).arg("--list-modules").output();
    let compiles =
        modules.is_ok_and(|it| String::from_utf8_lossy(&it.stdout).contains("jdk.compiler"));
    if !compiles {
        left_out(&format!("Java with its compiler ({java})"));
        return None;
    }
    let mut command = Command::new(&java);
    command.args(["-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8"]);
    Some(command)
}

/// A Java command that runs the test program; `None` when this run has no Java.
pub(crate) fn java() -> Option<Command> {
    let mut java = compiling_java()?;
    java.arg(script("Archives.java"));
    Some(java)
}

/// The writers that belong to Java.
pub(crate) fn java_writer(place: &Path) -> Option<Command> {
    let mut java = java()?;
    java.arg("write").arg(place);
    Some(java)
}

/// The writers of commons-compress.
pub(crate) fn commons_compress(place: &Path) -> Option<Command> {
    let library = tree().join("usr/share/java/commons-compress.jar");
    let machine = PathBuf::from("/usr/share/java/commons-compress.jar");
    let Some(library) = [library, machine].into_iter().find(|path| path.is_file()) else {
        left_out("commons-compress");
        return None;
    };
    let mut java = compiling_java()?;
    java.arg("-cp").arg(library).arg(script("writers/CommonsCompress.java")).arg(place);
    Some(java)
}

/// Info-ZIP, bsdtar and 7-Zip.
pub(crate) fn programs(place: &Path) -> Option<Command> {
    let tree = tree();
    if !tree.is_dir() {
        left_out("tree of packages with Info-ZIP, bsdtar and 7-Zip");
        return None;
    }
    let mut shell = Command::new("sh");
    shell.arg(script("writers/programs.sh")).arg(place).arg(tree);
    Some(shell)
}

/// The archivers of npm.
pub(crate) fn npm(place: &Path) -> Option<Command> {
    let modules = folder(NODE_MODULES, "target/npm/node_modules");
    if !modules.is_dir() {
        left_out("folder with the archivers of npm");
        return None;
    }
    let mut node = Command::new("node");
    node.arg(script("writers/npm.mjs")).arg(place).arg(modules);
    Some(node)
}

/// A Python command that runs a script of the tests.
pub(crate) fn python(path: &str, place: &Path) -> Command {
    let mut command = Command::new(variable(PYTHON).unwrap_or_else(|| "python3".to_owned()));
    command.arg(script(path)).arg(place);
    command
}

fn tree() -> PathBuf {
    folder(ARCHIVERS, "target/archivers/tree")
}

/// A folder that `cargo xtask test` makes, below the root of the repository.
fn folder(name: &str, usual: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    variable(name).map_or_else(|| root.join(usual), PathBuf::from)
}
