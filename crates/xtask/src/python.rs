//! The official Python client, each version in an environment of its own under `target/`.

use std::path::PathBuf;
use std::{env, fs};

use crate::debian;
use crate::process::{command, root, run, succeeds};

/// A version of the client, and the variable with its place.
pub(crate) struct Client {
    /// The variable that names its Python for the tests.
    pub(crate) variable: &'static str,
    environment: &'static str,
    /// The client does not declare `six`, which it needs.
    packages: [&'static str; 2],
}

/// The newest version, and the newest one of the major release before.
pub(crate) const CLIENTS: [Client; 2] = [
    Client {
        variable: "PROJECT_DEPLOYER_PYTHON",
        environment: "python",
        packages: ["dataiku-api-client==15.2.0", "six==1.17.0"],
    },
    Client {
        variable: "PROJECT_DEPLOYER_PYTHON_14",
        environment: "python-14.3.3",
        packages: ["dataiku-api-client==14.3.3", "six==1.17.0"],
    },
];

/// The variable that names the Python of the S3 server for the tests.
pub(crate) const S3_SERVER: &str = "PROJECT_DEPLOYER_MOTO";

/// The Python with the S3 server, which is installed if it is missing.
pub(crate) fn s3_server() -> Result<PathBuf, String> {
    let package = "moto[server,s3]==5.2.5";
    environment("python-moto", package, &[package])
}

/// The variable that names the Python of schemathesis for the tests.
pub(crate) const SCHEMATHESIS: &str = "PROJECT_DEPLOYER_SCHEMATHESIS";

/// The Python with schemathesis, which is installed if it is missing.
pub(crate) fn schemathesis() -> Result<PathBuf, String> {
    let package = "schemathesis==4.32.5";
    environment("python-schemathesis", package, &[package])
}

/// The Debian packages that an environment needs.
const DEBIAN_PACKAGES: [&str; 2] = ["python3", "python3-venv"];

/// The variable that forbids downloads.
pub(crate) const OFFLINE: &str = "PROJECT_DEPLOYER_OFFLINE";

/// Whether tests that need downloads are skipped.
#[expect(clippy::disallowed_methods, reason = "a command line")]
pub(crate) fn offline() -> bool {
    env::var(OFFLINE).is_ok_and(|value| value == "1")
}

impl Client {
    /// The Python of the environment, which is created if it is missing.
    pub(crate) fn python(&self) -> Result<PathBuf, String> {
        environment(self.environment, &self.packages.join("\n"), &self.packages)
    }
}

/// The Python of an environment under `target/`, which `pip install` creates if it is missing. `stamp` names
/// the installed packages: with another one, the environment is created again.
pub(crate) fn environment(folder: &str, stamp: &str, pip: &[&str]) -> Result<PathBuf, String> {
    let environment = root().join("target").join(folder);
    let python = environment.join("bin").join("python");
    let stamp_file = environment.join("packages.txt");
    if fs::read_to_string(&stamp_file).is_ok_and(|installed| installed == stamp) {
        return Ok(python);
    }
    if !can_make_environments() {
        debian::install(&DEBIAN_PACKAGES, &format!("set {OFFLINE}=1"))?;
    }
    println!("installing under target/{folder}: {}", pip.join(" "));
    let place = environment.to_string_lossy();
    run(command("python3", &["-m", "venv", "--clear", &place]))?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    run(command(&python.to_string_lossy(), &[&install[..], pip].concat()))?;
    fs::write(&stamp_file, stamp).map_err(|error| format!("{}: {error}", stamp_file.display()))?;
    Ok(python)
}

fn can_make_environments() -> bool {
    succeeds(command("python3", &["-c", "import ensurepip, venv"]))
}
