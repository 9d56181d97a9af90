//! The published crates, and the metadata that each of them must have.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::process::{cargo, output};

/// The only packages that are not published: tests, examples and tools.
pub(crate) const OURS_ALONE: [&str; 3] =
    ["project-deployer-examples", "project-deployer-tests", "xtask"];

const FILES: [&str; 3] = ["README.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// The metadata of cargo on the packages of the workspace.
fn packages() -> Result<Vec<Value>, String> {
    let metadata = output(cargo(&["metadata", "--no-deps", "--format-version", "1"]))?;
    let mut metadata: Value = serde_json::from_str(&metadata).map_err(|error| error.to_string())?;
    match metadata["packages"].take() {
        Value::Array(packages) => Ok(packages),
        _ => Err("cargo metadata lists no packages".to_owned()),
    }
}

/// The names of the crates that are published.
pub(crate) fn crates() -> Result<Vec<String>, String> {
    Ok(packages()?.iter().filter(|package| is_published(package)).map(name).collect())
}

/// The names of the published crates that others can depend on.
pub(crate) fn libraries() -> Result<Vec<String>, String> {
    let has_library = |package: &&Value| {
        list(package, "targets").iter().any(|target| strings(target, "kind").contains(&"lib"))
    };
    Ok(packages()?.iter().filter(|p| is_published(p)).filter(has_library).map(name).collect())
}

/// The missing metadata, by crate.
pub(crate) fn faults() -> Result<Vec<String>, String> {
    let mut faults = Vec::new();
    for package in packages()? {
        let name = name(&package);
        let (published, may) = (is_published(&package), !OURS_ALONE.contains(&name.as_str()));
        if published != may {
            let is = if published { "is published" } else { "has `publish = false`" };
            faults.push(format!("{name} {is}, but `published.rs` of xtask says otherwise"));
        }
        if published && may {
            let path = package["manifest_path"].as_str().unwrap_or_default();
            let manifest = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
            let folder = Path::new(path).parent().unwrap_or(Path::new("."));
            let readme = fs::read_to_string(folder.join("README.md")).unwrap_or_default();
            let mut missing = missing(&package, &manifest, &readme);
            let files = FILES.iter().filter(|file| !folder.join(file).is_file());
            missing.extend(files.map(|file| format!("the file `{file}`")));
            faults.extend(missing.into_iter().map(|what| format!("{name} lacks {what}")));
        }
    }
    Ok(faults)
}

/// The missing metadata of a crate.
fn missing(package: &Value, manifest: &str, readme: &str) -> Vec<String> {
    let mut missing = Vec::new();
    for field in ["description", "license"] {
        if package[field].as_str().unwrap_or_default().is_empty() {
            missing.push(format!("`{field}`"));
        }
    }
    for field in ["keywords", "categories"] {
        if !(1..=5).contains(&list(package, field).len()) {
            missing.push(format!("one to five `{field}`"));
        }
    }
    if package["metadata"]["docs"]["rs"]["all-features"] != true {
        missing.push("`all-features = true` under `[package.metadata.docs.rs]`".to_owned());
    }
    for feature in features(package) {
        if !has_comment(manifest, feature) {
            missing.push(format!("a comment `##` above the feature `{feature}`"));
        }
        if !readme.contains(&format!("`{feature}`")) {
            missing.push(format!("the feature `{feature}` in its README"));
        }
    }
    missing
}

fn features(package: &Value) -> impl Iterator<Item = &str> {
    let names = package["features"].as_object().into_iter().flat_map(|features| features.keys());
    names.map(String::as_str).filter(|name| *name != "default")
}

/// Whether the line of a feature comes right after one that describes it.
fn has_comment(manifest: &str, feature: &str) -> bool {
    let lines: Vec<&str> = manifest.lines().collect();
    let defines = |line: &str| line.split_once('=').is_some_and(|(name, _)| name.trim() == feature);
    lines.windows(2).any(|pair| pair[0].starts_with("## ") && defines(pair[1]))
}

/// `publish = false` is an empty list of registries.
fn is_published(package: &Value) -> bool {
    package["publish"].as_array().is_none_or(|registries| !registries.is_empty())
}

fn name(package: &Value) -> String {
    package["name"].as_str().unwrap_or_default().to_owned()
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn strings<'a>(value: &'a Value, field: &str) -> Vec<&'a str> {
    list(value, field).iter().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_crate_that_says_everything_lacks_nothing() {
        let package = json!({
            "description": "It does.", "license": "MIT", "keywords": ["a"], "categories": ["b"],
            "metadata": {"docs": {"rs": {"all-features": true}}},
            "features": {"default": ["http"], "http": []},
        });
        let manifest = "[features]\ndefault = [\"http\"]\n## Over HTTP.\nhttp = []\n";
        assert!(missing(&package, manifest, "The feature `http`.").is_empty());
    }

    #[test]
    fn each_thing_that_a_crate_does_not_say_is_named() {
        let package = json!({
            "description": null, "license": "MIT", "keywords": ["a", "b", "c", "d", "e", "f"],
            "categories": [], "metadata": null, "features": {"http": []},
        });
        let expected = [
            "`description`",
            "one to five `keywords`",
            "one to five `categories`",
            "`all-features = true` under `[package.metadata.docs.rs]`",
            "a comment `##` above the feature `http`",
            "the feature `http` in its README",
        ];
        assert_eq!(missing(&package, "# Over HTTP.\nhttp = []\n", ""), expected);
    }

    #[test]
    fn publish_false_is_a_list_of_no_registries() {
        assert!(is_published(&json!({"publish": null})));
        assert!(!is_published(&json!({"publish": []})));
    }
}
