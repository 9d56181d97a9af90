use std::io::Cursor;

use super::*;
use crate::bundle_reader::{BundleInventory, BundleLimits, read_bundle_inventory};

fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    crate::bundle_reader::crafted(files)
}

fn inventory(files: &[(&str, &str)]) -> BundleInventory {
    read_bundle_inventory(Cursor::new(archive(files)), &BundleLimits::default()).unwrap()
}

const OLD: &[(&str, &str)] = &[
    (
        "export-manifest.json",
        r#"{"projectKey": "CHURN", "bundleId": "v1",
        "connections": [{"name": "sql", "type": "PostgreSQL"}, {"name": "files"}],
        "codeEnvs": [{"name": "py39", "lang": "PYTHON"}],
        "plugins": [{"id": "geo", "version": "1.0"}]}"#,
    ),
    ("project_config/variables.json", r#"{"standard": {"key": "canary-4711", "same": 1}}"#),
    ("project_config/scenarios/train.json", r#"{"name": "Train", "steps": [1]}"#),
    ("project_config/scenarios/score.json", r#"{"name": "Score", "runAsUser": "dana"}"#),
    ("data/a.csv", "1,2"),
    ("data/b.csv", "1,2"),
];
const NEW: &[(&str, &str)] = &[
    (
        "export-manifest.json",
        r#"{"projectKey": "CHURN", "bundleId": "v2",
        "connections": [{"name": "sql", "type": "Oracle"}, {"name": "s3"}],
        "codeEnvs": [{"name": "py39", "lang": "PYTHON"}, {"name": "py39", "lang": "R"}],
        "plugins": [{"id": "geo", "version": "1.1"}]}"#,
    ),
    (
        "project_config/variables.json",
        r#"{"standard": {"key": "canary-4712", "same": 1}, "local": {"mine": 1}}"#,
    ),
    ("project_config/scenarios/train.json", r#"{"name": "Train", "steps": [2]}"#),
    ("project_config/scenarios/score.json", r#"{"name": "Score all"}"#),
    ("data/a.csv", "1,3"),
    ("data/c.csv", "1,2"),
];

/// E5: everything that a reviewer asks for, and no value of a variable.
#[test]
fn a_difference_names_what_was_added_removed_and_changed() {
    let found = compare(&inventory(OLD), &inventory(NEW));
    let expected = "\
bundle `v2` compared with `v1`:
scenarios: 2 changed
  ~ score (name: Score -> Score all; runAsUser: dana -> (none); definition)
  ~ train (definition)
connections: 1 added, 1 removed, 1 changed
  - files
  + s3
  ~ sql (type: PostgreSQL -> Oracle)
code environments: 1 changed
  ~ py39 (language: PYTHON -> PYTHON, R)
plugins: 1 changed
  ~ geo (version: 1.0 -> 1.1)
variables: 1 added, 1 changed
  ~ key (value)
  + local.mine
files: 1 added, 1 removed, 4 changed
  ~ data/a.csv (digest)
  - data/b.csv
  + data/c.csv
  ~ project_config/scenarios/score.json (size: 38 -> 21; digest)
  ~ project_config/scenarios/train.json (digest)
  ~ project_config/variables.json (size: 47 -> 69; digest)";
    assert_eq!(found.to_string(), expected);
    let shown =
        format!("{found:?} {:?} {}", inventory(OLD), serde_json::to_string(&found).unwrap());
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn a_bundle_that_was_made_again_does_not_differ() {
    let again = |manifest: &'static str| {
        let mut files = OLD.to_vec();
        files[0] = ("export-manifest.json", manifest);
        files.push(("changelog.json", manifest));
        inventory(&files)
    };
    let first = again(r#"{"projectKey": "CHURN", "bundleId": "v1", "exportedBy": "dana"}"#);
    let second = again(r#"{"projectKey": "CHURN", "bundleId": "v2", "exportedBy": "mina"}"#);
    let found = compare(&first, &second);
    assert!(found.is_empty(), "{found}");
    assert_eq!(found.to_string(), "bundles `v1` and `v2` have the same content");
}

#[test]
fn the_other_way_round_added_and_removed_change_places() {
    let (old, new) = (inventory(OLD), inventory(NEW));
    let (there, back) = (compare(&old, &new), compare(&new, &old));
    for (there, back) in there.parts.iter().zip(&back.parts) {
        assert_eq!(
            (there.part, there.added, there.removed, there.changed),
            (back.part, back.removed, back.added, back.changed)
        );
    }
    assert_eq!(there.parts.len(), back.parts.len());
}

#[test]
fn many_differences_are_counted_and_not_all_listed() {
    let mut new = OLD.to_vec();
    let names: Vec<String> = (0..700).map(|number| format!("data/many/{number:03}.csv")).collect();
    new.extend(names.iter().map(|name| (name.as_str(), "1")));
    let found = compare(&inventory(OLD), &inventory(&new));
    let files = &found.parts[0];
    assert_eq!((files.part, files.added, files.count()), (BundlePart::Files, 700, 700));
    assert_eq!((files.items.len(), files.more()), (PartDifference::LISTED, 200));
    assert!(found.to_string().ends_with("\n  … and 200 more"), "{found}");
}

#[test]
fn a_folder_around_a_bundle_is_no_difference() {
    let around: Vec<(String, &str)> =
        OLD.iter().map(|(path, text)| (format!("churn/{path}"), *text)).collect();
    let around: Vec<(&str, &str)> =
        around.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    assert!(compare(&inventory(OLD), &inventory(&around)).is_empty());
}

#[test]
fn variables_that_are_no_object_are_refused_with_the_name_of_their_file() {
    let mut broken = OLD.to_vec();
    broken[1] = ("project_config/variables.json", "[1]");
    let refused =
        read_bundle_inventory(Cursor::new(archive(&broken)), &BundleLimits::default()).unwrap_err();
    assert!(refused.to_string().contains("variables.json"), "{refused}");
}

#[test]
fn a_name_with_a_control_character_does_not_reach_a_terminal() {
    let item = ItemDifference {
        change: ItemChange::Added,
        name: "a\u{1b}[2Jb".to_owned(),
        fields: Vec::new(),
    };
    let part = PartDifference {
        part: BundlePart::Files,
        added: 1,
        removed: 0,
        changed: 0,
        items: vec![item],
    };
    assert_eq!(part.to_string(), "files: 1 added\n  + a\u{fffd}[2Jb");
}
