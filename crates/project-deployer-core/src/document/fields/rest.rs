use serde_json::Value;

use super::Fields;
use crate::problem::ProblemCode;
use crate::secret::ApiKeySecret;
use crate::unknown_fields::UnknownFields;

impl Fields<'_> {
    /// Removes fields that have no meaning in this kind of document. A field with a value is a problem.
    pub(crate) fn refuse(&mut self, names: &[&str], what: &str, hint: &str) {
        for name in names {
            if self.take(name).is_some_and(|value| says_something(&value)) {
                self.note(name, ProblemCode::Conflict, what, hint);
            }
        }
    }

    /// The remaining fields, which may not hold a node key: they are written and shown in clear text.
    pub(crate) fn rest_without_keys(&mut self) -> UnknownFields {
        let mut paths = Vec::new();
        for (name, value) in &self.object {
            find_node_keys(name, value, &self.at(name), &mut paths);
        }
        for path in paths {
            self.problems.note(
                path,
                ProblemCode::Conflict,
                "a node key here would be shown in clear text",
                "remove it; a node key belongs only next to the address of its node",
            );
        }
        self.rest()
    }

    /// The remaining fields.
    pub(crate) fn rest(&mut self) -> UnknownFields {
        std::mem::take(&mut self.object).into()
    }
}

/// Whether a field has a value other than null, false or an empty one.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

/// The paths of all node keys in a field, at any depth. The depth of the document is checked before.
fn find_node_keys(name: &str, value: &Value, path: &str, paths: &mut Vec<String>) {
    if name == ApiKeySecret::FIELD {
        paths.push(path.to_owned());
        return;
    }
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                find_node_keys("", item, &format!("{path}[{index}]"), paths);
            }
        }
        Value::Object(fields) => {
            for (name, item) in fields {
                find_node_keys(name, item, &format!("{path}.{name}"), paths);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
