//! The processes that run in a directory.

use std::path::Path;

/// The ids of the processes that work in a directory, of whatever parent they are. A program that has ended and waits for its
/// parent works in none.
pub(crate) fn working_in(directory: &Path) -> Vec<i32> {
    let directory = directory.canonicalize().unwrap();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // One that ended meanwhile, or that belongs to somebody else, cannot be read.
        if std::fs::read_link(entry.path().join("cwd")).is_ok_and(|place| place == directory) {
            found.push(pid);
        }
    }
    found
}

/// The ids of children of this process that have ended, and that it does not wait for.
pub(crate) fn zombies() -> Vec<i32> {
    let parent = format!("PPid:\t{}", std::process::id());
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let status = std::fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        let has = |line: &str| status.lines().any(|it| it.starts_with(line));
        if has("State:\tZ") && status.lines().any(|line| line == parent) {
            found.push(pid);
        }
    }
    found
}
