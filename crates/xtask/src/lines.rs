//! Counts lines by crate, split into production, test and generated.
//!
//! All lines of a file count, blank ones and comments too. *Generated* files are lock files and
//! snapshots. *Test* files are those that no published crate needs: everything below `tests/` and `examples/`, folders named `tests`
//! or `benches`, files named `tests.rs`, and items behind `#[cfg(test)]`. All other Rust is *production*; so are the
//! conformance suites, which others use as a feature.

mod test_items;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;

use self::test_items::TestItems;
use crate::git::checkout;
use crate::process::{command, output, root};
use crate::published::OURS_ALONE;

/// The files of the working tree, including untracked ones.
const HERE: [&str; 4] = ["ls-files", "--cached", "--others", "--exclude-standard"];

/// Prints the table for the working tree, or for a revision.
pub(crate) fn lines(arguments: &[String]) -> Result<(), String> {
    let (place, list) = match arguments {
        [] => (root(), output(command("git", &HERE))?),
        [revision] => {
            let list = command("git", &["ls-tree", "-r", "--name-only", revision]);
            (checkout(revision)?, output(list)?)
        }
        _ => return Err("`cargo xtask lines` takes one revision".to_owned()),
    };
    let mut files = Vec::new();
    for path in list.lines() {
        // Seeds of fuzz targets are binary, and a file may be removed and not yet committed.
        if let Ok(text) = fs::read_to_string(place.join(path)) {
            files.push(File { path: path.to_owned(), text });
        }
    }
    println!("{}", Table::of(&files));
    Ok(())
}

/// A text file of the repository, by its path from the root.
struct File {
    path: String,
    text: String,
}

impl File {
    fn lines(&self) -> usize {
        self.text.lines().count()
    }
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Count {
    production: usize,
    test: usize,
    generated: usize,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.production += other.production;
        self.test += other.test;
        self.generated += other.generated;
    }
}

/// Lines by crate.
#[derive(Debug, Default)]
struct Table {
    crates: BTreeMap<String, Count>,
    published: BTreeSet<String>,
}

impl Table {
    fn of(files: &[File]) -> Self {
        let mut table = Self::default();
        let manifests = files.iter().filter(|file| file.path.ends_with("/Cargo.toml"));
        for manifest in manifests {
            let folder = manifest.path.trim_end_matches("/Cargo.toml").to_owned();
            if is_published(&manifest.text) {
                table.published.insert(folder.clone());
            }
            table.crates.insert(folder, Count::default());
        }
        let items: Vec<TestItems> = files
            .iter()
            .filter(|file| is_rust(&file.path))
            .map(|file| TestItems::of(&file.path, &file.text))
            .collect();
        let declared: BTreeSet<&str> =
            items.iter().flat_map(|items| &items.modules).map(String::as_str).collect();
        for file in files {
            let count = count(file, &items, &declared);
            table.crates.entry(table.folder(&file.path)).or_default().add(count);
        }
        table.crates.retain(|_, count| *count != Count::default());
        table
    }

    /// The innermost crate that a file is in.
    fn folder(&self, path: &str) -> String {
        let inside = |folder: &&String| {
            path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        let folder = self.crates.keys().filter(inside).max_by_key(|folder| folder.len());
        folder.cloned().unwrap_or_else(|| "workspace".to_owned())
    }

    fn total(&self, counts: impl Fn(&str) -> bool) -> Count {
        let mut total = Count::default();
        for (_, count) in self.crates.iter().filter(|(folder, _)| counts(folder)) {
            total.add(*count);
        }
        total
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<34} {:>10} {:>8} {:>10}", "crate", "production", "test", "generated")?;
        let mut row = |name: &str, count: Count| {
            let Count { production, test, generated } = count;
            writeln!(f, "{name:<34} {production:>10} {test:>8} {generated:>10}")
        };
        for (folder, count) in &self.crates {
            row(folder, *count)?;
        }
        row("all published crates", self.total(|folder| self.published.contains(folder)))?;
        row("total", self.total(|_| true))
    }
}

/// Also by name, since a manifest may inherit `publish` from the workspace.
fn is_published(manifest: &str) -> bool {
    let alone = |line: &str| OURS_ALONE.iter().any(|name| line == format!("name = \"{name}\""));
    !manifest.lines().any(|line| line == "publish = false" || alone(line))
}

fn is_rust(path: &str) -> bool {
    path.ends_with(".rs")
}

fn count(file: &File, items: &[TestItems], declared: &BTreeSet<&str>) -> Count {
    let lines = file.lines();
    if file.path.ends_with(".snap") || file.path.ends_with("Cargo.lock") {
        return Count { generated: lines, ..Count::default() };
    }
    if !is_rust(&file.path) {
        return Count::default();
    }
    if is_test(&file.path, declared) {
        return Count { test: lines, ..Count::default() };
    }
    let test = items.iter().find(|items| items.path == file.path).map_or(0, |items| items.lines);
    Count { production: lines - test, test, generated: 0 }
}

fn is_test(path: &str, declared: &BTreeSet<&str>) -> bool {
    let module = path.trim_end_matches(".rs");
    let below = |test: &str| module.strip_prefix(test).is_some_and(|rest| rest.starts_with('/'));
    path.starts_with("examples/")
        || path.split('/').any(|part| matches!(part, "tests" | "benches" | "tests.rs"))
        || declared.contains(module)
        || declared.iter().any(|test| below(test))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, lines: &[&str]) -> File {
        File { path: path.to_owned(), text: lines.join("\n") }
    }

    #[test]
    fn lines_are_counted_by_crate_and_kind() {
        let files = [
            file("Cargo.lock", &["version = 4"]),
            file("crates/a/Cargo.toml", &["[package]"]),
            file(
                "crates/a/src/lib.rs",
                &["mod b;", "#[cfg(test)]", "mod helpers;", "", "fn f() {}"],
            ),
            file("crates/a/src/b.rs", &["fn g() {}", "#[cfg(test)]", "mod tests {", "}"]),
            file("crates/a/src/b/tests.rs", &["fn h() {}"]),
            file("crates/a/src/helpers.rs", &["fn i() {}"]),
            file("crates/a/src/helpers/more.rs", &["fn j() {}"]),
            file("crates/a/src/snapshots/k.snap", &["x", "y"]),
            file("crates/xtask/Cargo.toml", &["publish = false"]),
            file("crates/xtask/src/main.rs", &["fn main() {}"]),
            file(
                "tests/Cargo.toml",
                &["name = \"project-deployer-tests\"", "publish.workspace = true"],
            ),
            file("tests/src/lib.rs", &["fn l() {}"]),
            file("docs/page.md", &["words"]),
        ];
        let expected = "\
crate                              production     test  generated
crates/a                                    4        8          2
crates/xtask                                1        0          0
tests                                       0        1          0
workspace                                   0        0          1
all published crates                        4        8          2
total                                       5        9          3
";
        assert_eq!(Table::of(&files).to_string(), expected);
    }
}
