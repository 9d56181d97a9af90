//! Documentation as docs.rs builds it, and as data for other programs.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use crate::process::{cargo, root, run};

/// Unstable features are for rustdoc alone. Cargo would build all dependencies anew if it saw the variable itself.
const SCRIPT: &str = "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\"\n";

/// Builds the documentation of all crates with all features, and shows at each item which feature it needs.
pub(crate) fn documentation() -> Result<(), String> {
    let mut doc = unstable(&["doc", "--workspace", "--no-deps", "--all-features"])?;
    doc.env("RUSTDOCFLAGS", "--cfg docsrs --deny warnings");
    run(doc)
}

/// Cargo, with a rustdoc that knows unstable features although the toolchain is stable.
pub(crate) fn unstable(arguments: &[&str]) -> Result<Command, String> {
    let mut command = cargo(arguments);
    command.env("RUSTDOC", script()?);
    Ok(command)
}

fn script() -> Result<PathBuf, String> {
    let folder = root().join("target/tools");
    let path = folder.join("rustdoc-unstable");
    let wrong = |error| format!("{}: {error}", path.display());
    fs::create_dir_all(&folder).map_err(wrong)?;
    if !fs::read_to_string(&path).is_ok_and(|text| text == SCRIPT) {
        fs::write(&path, SCRIPT).map_err(wrong)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).map_err(wrong)?;
    }
    Ok(path)
}
