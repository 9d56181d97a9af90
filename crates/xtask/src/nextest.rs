//! The runner of the tests: `cargo nextest`, installed under `target/` where the machine has none.

use std::process::Command;

use crate::process::{cargo, command, root, run, succeeds};
use crate::python::{OFFLINE, offline};

/// The version that is installed. A newer one of the machine is taken as it is.
const VERSION: &str = "0.9.143";

/// How the runner is started on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nextest {
    /// As a command of cargo.
    Machine,
    /// From `target/tools`.
    Tools,
}

impl Nextest {
    /// Finds the runner; installs it where it is missing.
    ///
    /// # Errors
    ///
    /// It is missing and nothing may be fetched, or cargo cannot install it.
    pub(crate) fn find() -> Result<Self, String> {
        for found in [Self::Machine, Self::Tools] {
            let mut asked = found.command();
            asked.arg("--version");
            if succeeds(asked) {
                return Ok(found);
            }
        }
        if offline() {
            return Err(format!(
                "cargo-nextest is missing, and {OFFLINE}=1 forbids to fetch it; unset it, or run \
                 `cargo install --locked cargo-nextest`"
            ));
        }
        println!("installing cargo-nextest {VERSION} under target/tools");
        // Without optimization: it is built sooner, and waits for tests most of its time.
        let mut install = cargo(&["install", "--locked", "--quiet", "--debug", "--root"]);
        install.arg(tools()).args(["cargo-nextest", "--version", VERSION]);
        run(install)?;
        Ok(Self::Tools)
    }

    /// `cargo nextest`, to which arguments are added.
    pub(crate) fn command(self) -> Command {
        match self {
            Self::Machine => cargo(&["nextest"]),
            Self::Tools => {
                let mut runner = command(&format!("{}/bin/cargo-nextest", tools()), &["nextest"]);
                runner.env("CARGO", cargo(&[]).get_program());
                runner
            }
        }
    }
}

fn tools() -> String {
    root().join("target").join("tools").to_string_lossy().into_owned()
}
