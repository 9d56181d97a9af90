//! That the code map of docs/architecture.md has every module, and no other.

use std::collections::BTreeSet;

use crate::files;

/// Files that are in every crate.
const USUAL: [&str; 3] = ["lib.rs", "main.rs", "codes.rs"];

/// The crates of the map, each with the names in the first column of its table, and in all of it.
fn mapped() -> Vec<(String, BTreeSet<String>, BTreeSet<String>)> {
    let page = files::read("docs/architecture.md");
    let sections = page.split("\n### `crates/").skip(1);
    let of_section = |section: &str| {
        let (krate, rest) = section.split_once('`').unwrap();
        let section = rest.split("\n#").next().unwrap_or_default();
        let rows: Vec<_> = section.lines().filter_map(|line| line.strip_prefix("| ")).collect();
        let first = rows.iter().filter_map(|row| row.split(" | ").next());
        let names = first.flat_map(quoted).collect();
        (krate.to_owned(), names, rows.iter().copied().flat_map(quoted).collect())
    };
    sections.map(of_section).collect()
}

/// The texts in backticks.
fn quoted(text: &str) -> impl Iterator<Item = String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned)
}

/// The sources of a crate below its `src/`, tests left out.
fn modules(krate: &str) -> Vec<String> {
    let top = format!("crates/{krate}/src/");
    let sources = files::all().into_iter().filter_map(|file| {
        let path = file.path.strip_prefix(&top).filter(|path| path.ends_with(".rs"))?;
        Some(path.to_owned())
    });
    let is_test = |path: &String| path.contains("tests/") || path.ends_with("tests.rs");
    sources.filter(|path| !is_test(path) && !USUAL.contains(&path.as_str())).collect()
}

/// Whether the map has the file, or a folder that it is in.
fn is_mapped(path: &str, names: &BTreeSet<String>) -> bool {
    let folders = path.match_indices('/').map(|(end, _)| &path[..=end]);
    names.contains(path) || folders.into_iter().any(|folder| names.contains(folder))
}

#[test]
fn every_module_is_in_the_code_map() {
    let mut wrong = Vec::new();
    for (krate, _, names) in mapped() {
        let missing = modules(&krate).into_iter().filter(|path| !is_mapped(path, &names));
        wrong.extend(missing.map(|path| format!("crates/{krate}/src/{path}")));
    }
    crate::assert_none(&wrong, "Add a row to the code map of docs/architecture.md.");
}

#[test]
fn the_code_map_names_only_what_is_there() {
    let mapped = mapped();
    assert!(mapped.len() >= 8, "{} crates", mapped.len());
    let mut wrong = Vec::new();
    for (krate, names, _) in mapped {
        let folder = files::top().join("crates").join(&krate);
        let is_absent =
            |name: &&String| !folder.join("src").join(name).exists() && !folder.join(name).exists();
        let paths = names.iter().filter(|name| name.ends_with(".rs") || name.ends_with('/'));
        wrong.extend(paths.filter(is_absent).map(|name| format!("{krate}: {name}")));
    }
    crate::assert_none(&wrong, "Correct the first column of the code map of docs/architecture.md.");
}
