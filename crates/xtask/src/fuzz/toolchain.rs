use std::path::PathBuf;
use std::process::Command;

use crate::process::{command, output, root, run, succeeds};

const CARGO_FUZZ: &str = "0.13.2";

/// A compiler with instrumentation: a nightly one, else the usual one in nightly mode.
pub(super) struct Toolchain {
    nightly: bool,
    host: String,
}

impl Toolchain {
    pub(super) fn find() -> Result<Self, String> {
        let nightly = succeeds(command("rustup", &["run", "nightly", "rustc", "--version"]));
        if !nightly {
            println!(
                "no nightly toolchain (`rustup toolchain install nightly`): using the usual one"
            );
        }
        let version = output(command("rustc", &["-vV"]))?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: "));
        let host = host.ok_or("rustc does not name its host")?.to_owned();
        Ok(Self { nightly, host })
    }

    /// Builds all targets. The directory with their programs.
    pub(super) fn build(&self) -> Result<PathBuf, String> {
        let mut build = command(&installed()?.to_string_lossy(), &["fuzz", "build"]);
        let place = root().join("target/fuzz");
        build.args(["--fuzz-dir", "tests/fuzz"]).env("CARGO_TARGET_DIR", &place);
        self.choose(&mut build);
        run(build)?;
        Ok(place.join(&self.host).join("release"))
    }

    fn choose(&self, build: &mut Command) {
        // Set by the cargo that runs us, for itself.
        for variable in ["CARGO", "CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME"] {
            build.env_remove(variable);
        }
        if self.nightly {
            build.env("RUSTUP_TOOLCHAIN", "nightly");
        } else {
            build.env("RUSTC_BOOTSTRAP", "1");
        }
    }
}

/// cargo-fuzz below `target/tools`, installed if it is missing.
fn installed() -> Result<PathBuf, String> {
    let place = root().join("target/tools");
    let program = place.join("bin/cargo-fuzz");
    let version = output(command(&program.to_string_lossy(), &["--version"])).unwrap_or_default();
    if version.split_whitespace().any(|word| word == CARGO_FUZZ) {
        return Ok(program);
    }
    println!("installing cargo-fuzz {CARGO_FUZZ} under target/tools");
    let place = place.to_string_lossy();
    let arguments =
        ["install", "cargo-fuzz", "--locked", "--version", CARGO_FUZZ, "--root", &place];
    run(crate::process::cargo(&arguments))?;
    Ok(program)
}
