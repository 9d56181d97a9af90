use project_deployer_core::problem::ProblemCode;
use serde_json::Value;

use super::noted::Noted;

/// Names and ids have at most this many characters.
const MAX_NAME: usize = 1024;
/// Free texts have at most this many characters.
const MAX_PROSE: usize = 1024 * 1024;

/// A value in a document, with its path for problems.
pub(super) struct Part<'a> {
    value: &'a Value,
    path: String,
}

impl<'a> Part<'a> {
    /// The document itself, which must be an object.
    pub(super) fn document(value: &'a Value, noted: &mut Noted) -> Self {
        let part = Self { value, path: String::new() };
        if !value.is_object() {
            part.note(noted, ProblemCode::WrongType, "the document is no JSON object");
        }
        part
    }

    pub(super) fn value(&self) -> &'a Value {
        self.value
    }

    /// The object in a field; absent and null are an empty one.
    pub(super) fn object(&self, name: &str, noted: &mut Noted) -> Self {
        let part = self.field(name);
        if !matches!(part.value, Value::Object(_) | Value::Null) {
            part.note(noted, ProblemCode::WrongType, "this has to be an object");
        }
        part
    }

    /// The items of the list in a field; absent and null are an empty one.
    pub(super) fn list(
        &self,
        name: &str,
        noted: &mut Noted,
    ) -> impl Iterator<Item = Self> + use<'a> {
        let Self { value, path } = self.field(name);
        let items = match value {
            Value::Array(items) => items.as_slice(),
            Value::Null => &[],
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                noted.note(&path, ProblemCode::WrongType, "this has to be a list");
                &[]
            }
        };
        let items = items.iter().enumerate();
        items.map(move |(index, value)| Self { value, path: format!("{path}[{index}]") })
    }

    /// The name or id in a field, on one line; absent, null and blank are `None`.
    pub(super) fn name(&self, name: &str, noted: &mut Noted) -> Option<String> {
        self.field(name).as_name(noted)
    }

    /// This value as a name or id.
    pub(super) fn as_name(&self, noted: &mut Noted) -> Option<String> {
        let text = self.as_text(MAX_NAME, noted)?;
        if text.chars().any(char::is_control) {
            self.note(noted, ProblemCode::Invalid, "this has a control character in it");
            return None;
        }
        Some(text)
    }

    /// The free text in a field; absent, null and blank are `None`.
    pub(super) fn prose(&self, name: &str, noted: &mut Noted) -> Option<String> {
        self.field(name).as_text(MAX_PROSE, noted)
    }

    /// Whether the flag in a field is set; absent and null are not.
    pub(super) fn flag(&self, name: &str, noted: &mut Noted) -> bool {
        let part = self.field(name);
        match part.value {
            Value::Bool(flag) => *flag,
            Value::Null => false,
            Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                part.note(noted, ProblemCode::WrongType, "this has to be true or false");
                false
            }
        }
    }

    /// The identifier in a field.
    pub(super) fn identifier<T>(&self, name: &str, noted: &mut Noted) -> Option<T>
    where
        T: TryFrom<String>,
        T::Error: std::fmt::Display,
    {
        let text = self.name(name, noted)?;
        match T::try_from(text) {
            Ok(identifier) => Some(identifier),
            Err(error) => {
                self.field(name).note(noted, ProblemCode::Invalid, &error.to_string());
                None
            }
        }
    }

    /// Notes that a required field is absent, null or blank. Other problems of the field were noted
    /// when it was read.
    pub(super) fn missing(&self, name: &str, noted: &mut Noted) {
        let part = self.field(name);
        if part.value.is_null() || part.value.as_str().is_some_and(|text| text.trim().is_empty()) {
            part.note(noted, ProblemCode::Missing, "this is missing");
        }
    }

    /// Notes a problem of this value. The message never contains the value, which is untrusted.
    pub(super) fn note(&self, noted: &mut Noted, code: ProblemCode, what: &str) {
        noted.note(&self.path, code, what);
    }

    pub(super) fn field(&self, name: &str) -> Self {
        Self { value: self.value.get(name).unwrap_or(&Value::Null), path: self.at(name) }
    }

    fn at(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn as_text(&self, limit: usize, noted: &mut Noted) -> Option<String> {
        match self.value {
            Value::Null => None,
            Value::String(text) if text.trim().is_empty() => None,
            // A text has at least as many bytes as characters, so only long texts are counted.
            Value::String(text) if text.len() > limit && text.chars().count() > limit => {
                let what = format!("this has more than {limit} characters");
                self.note(noted, ProblemCode::Invalid, &what);
                None
            }
            Value::String(text) => Some(text.clone()),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                self.note(noted, ProblemCode::WrongType, "this has to be a text");
                None
            }
        }
    }
}
