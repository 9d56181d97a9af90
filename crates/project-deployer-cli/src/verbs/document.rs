//! Changes of a document: a JSON merge patch (RFC 7396) from a file or from standard input.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use project_deployer::core::document::{Document, parse_json};
use serde_json::Value;

use crate::failure::Failure;
use crate::target::Seen;

/// Where the changes of an object come from.
#[derive(Debug, clap::Args)]
pub(crate) struct PatchArguments {
    /// JSON file with the fields to change, or `-` for standard input. Fields that it does not name stay; `null` removes
    /// a field (JSON merge patch, RFC 7396).
    #[arg(long, value_name = "FILE")]
    patch: PathBuf,

    /// Only if the object still has this revision, as `settings` or `show` printed it.
    #[arg(long, value_name = "REVISION")]
    expect: Option<String>,
}

impl PatchArguments {
    /// The changed document; none if the patch changes nothing.
    ///
    /// # Errors
    ///
    /// The object has another revision, the changes cannot be read, or the changed document has problems.
    pub(super) fn apply<T, S>(
        &self,
        seen: &Seen<S>,
        mut document: Value,
    ) -> Result<Option<T>, Failure>
    where
        T: Document + PartialEq,
    {
        if let Some(expected) = self.expect.as_ref().filter(|expected| **expected != seen.revision)
        {
            return Err(Failure::failed(format!(
                "the revision is {}, not {expected}; somebody changed the object, so read it again and repeat the change",
                seen.revision
            )));
        }
        let text = text_of(&self.patch)?;
        let patch = parse_json(text.as_bytes()).map_err(Failure::usage)?;
        if !patch.is_object() {
            return Err(Failure::usage("a change is one JSON object with the fields to change"));
        }
        let before = document.clone();
        merge(&mut document, patch);
        for name in ["id", "login", "name"].into_iter().filter(|name| is_id(&before, name)) {
            if before.get(name) != document.get(name) {
                return Err(Failure::usage(format!("`{name}` never changes; leave it out")));
            }
        }
        let changed = T::from_document(document).map_err(Failure::usage)?;
        // Read in the same way: a field that is absent and one with its usual value are the same.
        if T::from_document(before).is_ok_and(|before| before == changed) {
            return Ok(None);
        }
        Ok(Some(changed))
    }
}

/// Whether a field identifies the object. The name of a published project does not: it has an id.
fn is_id(document: &Value, name: &str) -> bool {
    match name {
        "name" => document.get("id").is_none() && document.get("login").is_none(),
        other => document.get(other).is_some(),
    }
}

/// The text of a file, or of standard input for `-`.
///
/// # Errors
///
/// It cannot be read, or is not UTF-8.
pub(crate) fn text_of(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = match path.to_str() {
        Some("-") => std::io::stdin().lock().read_to_string(&mut text).map(|_| ()),
        _ => std::fs::read_to_string(path).map(|read| text = read),
    };
    let unusable = |error| Failure::usage(format!("`{}` cannot be read: {error}", path.display()));
    read.map(|()| text).map_err(unusable)
}

/// A secret from a file or from standard input, without the end of its line.
///
/// # Errors
///
/// It cannot be read, or is empty.
pub(crate) fn secret_of(path: &Path) -> Result<String, Failure> {
    let text = text_of(path)?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => {
            Err(Failure::usage(format!("`{}` is empty; write the secret into it", path.display())))
        }
        secret => Ok(secret.to_owned()),
    }
}

/// Changes a document by a patch.
fn merge(document: &mut Value, patch: Value) {
    let Value::Object(changes) = patch else {
        *document = patch;
        return;
    };
    if !document.is_object() {
        *document = Value::Object(serde_json::Map::new());
    }
    let Some(fields) = document.as_object_mut() else { return };
    for (name, change) in changes {
        if change.is_null() {
            fields.remove(&name);
        } else {
            merge(fields.entry(name).or_insert(Value::Null), change);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_changes_adds_and_removes_fields_and_keeps_the_others() {
        let mut document = json!({"a": 1, "b": {"c": 2, "d": 3}, "e": [1], "f": "x"});
        merge(
            &mut document,
            json!({"a": 5, "b": {"c": null, "g": {"h": null}}, "e": [2], "f": {"i": 1}}),
        );
        assert_eq!(document, json!({"a": 5, "b": {"d": 3, "g": {}}, "e": [2], "f": {"i": 1}}));
    }

    #[test]
    fn the_name_is_the_id_of_a_group_alone() {
        assert!(is_id(&json!({"name": "ops"}), "name"));
        assert!(!is_id(&json!({"id": "CHURN", "name": "Churn"}), "name"));
        assert!(is_id(&json!({"login": "ann"}), "login") && !is_id(&json!({}), "login"));
    }
}
