//! The table of writers in `docs/bundles.md`: what the reader answers to the archive of each writer in
//! each mode.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use project_deployer::bundle_reader::BundleError;
use project_deployer_core::bundle::BundleContents;

use crate::environment::variable;

/// With `1`, the table is written instead of compared.
pub(crate) const UPDATE: &str = "UPDATE_BUNDLES";

const HEAD: &str = "| writer | version | mode | answer |\n|---|---|---|---|\n";

/// The rows by writer and mode: version and answer.
pub(crate) type Rows = BTreeMap<(String, String), (String, String)>;

/// What a reader of the page learns about an archive.
pub(crate) fn answer(result: &Result<BundleContents, BundleError>) -> String {
    match result {
        Ok(contents) if contents.archive_notes.is_empty() => "taken".to_owned(),
        Ok(contents) => {
            let notes: Vec<_> =
                contents.archive_notes.iter().map(|it| it.kind.to_string()).collect();
            format!("taken with a note: {}", notes.join("; "))
        }
        Err(error) => {
            let text = error.to_string().replace('\n', " ");
            // What to do is the same everywhere.
            let reason = text.split_once("; ").map_or(text.as_str(), |(reason, _)| reason);
            format!("refused: {}", reason.replace('|', "\\|"))
        }
    }
}

/// Compares the rows of this run with the page, or writes them into it. Writers that this run lacks keep
/// their rows, and so do rows whose version alone differs.
pub(crate) fn check(found: &Rows) {
    let path = page();
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(HEAD).unwrap();
    let lines = rest.split_inclusive('\n');
    let end = lines.take_while(|line| line.starts_with('|')).map(str::len).sum();
    let (table, after) = rest.split_at(end);
    let known = rows(table);
    let differs = |row: &(&(String, String), &(String, String))| {
        known.get(row.0).is_none_or(|(_, answer)| *answer != row.1.1)
    };
    let differences: Vec<_> = found.iter().filter(differs).collect();
    if variable(UPDATE).as_deref() == Some("1") {
        let mut all = known.clone();
        all.extend(found.clone());
        fs::write(&path, format!("{before}{HEAD}{}{after}", written(&all))).unwrap();
    } else {
        assert!(
            differences.is_empty(),
            "docs/bundles.md says otherwise; {UPDATE}=1 writes it: {differences:#?}"
        );
    }
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/bundles.md")
}

fn rows(table: &str) -> Rows {
    let row = |line: &str| {
        let cells: Vec<_> =
            line.trim_matches('|').split(" | ").map(|it| it.trim().to_owned()).collect();
        let [writer, version, mode, answer] = cells.try_into().unwrap();
        ((writer, mode), (version, answer))
    };
    table.lines().map(row).collect()
}

fn written(rows: &Rows) -> String {
    let mut text = String::new();
    for ((writer, mode), (version, answer)) in rows {
        writeln!(text, "| {writer} | {version} | {mode} | {answer} |").unwrap();
    }
    text
}
