use project_deployer_core::Timestamp;
use project_deployer_core::problem::ProblemCode;
use serde_json::Value;

use super::error::shown;
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
        if !part.is_object_or_null() {
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

    /// The fields of the object in a field by name; `None` where it is absent or null.
    pub(super) fn entries(
        &self,
        name: &str,
        noted: &mut Noted,
    ) -> Option<impl Iterator<Item = (&'a str, Self)> + use<'a>> {
        let Self { value, path } = self.object(name, noted);
        let fields = value.as_object()?.iter();
        Some(fields.map(move |(name, value)| {
            (name.as_str(), Self { value, path: format!("{path}.{}", shown(name)) })
        }))
    }

    /// The name or id in a field, on one line; absent, null and blank are `None`.
    pub(super) fn name(&self, name: &str, noted: &mut Noted) -> Option<String> {
        self.field(name).as_name(noted)
    }

    /// This value as a name or id.
    pub(super) fn as_name(&self, noted: &mut Noted) -> Option<String> {
        let text = self.as_text(MAX_NAME, noted)?;
        self.on_one_line(text, noted)
    }

    /// The name of the field that has this value, as a name or id.
    pub(super) fn own_name(&self, name: &str, noted: &mut Noted) -> Option<String> {
        let text = self.checked_text(name, MAX_NAME, noted)?;
        self.on_one_line(text, noted)
    }

    /// The time in a field: milliseconds, or a text as the product writes it. The formats of a
    /// design node are not all known, so other texts count as absent.
    pub(super) fn time(&self, name: &str, noted: &mut Noted) -> Option<Timestamp> {
        let part = self.field(name);
        match part.value {
            Value::Null => None,
            Value::String(text) => Timestamp::parse(text),
            Value::Number(number) => number.as_i64().map(Timestamp::from_millis),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                part.note(noted, ProblemCode::WrongType, "this has to be a time");
                None
            }
        }
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
        if part.is_blank() {
            part.note(noted, ProblemCode::Missing, "this is missing");
        }
    }

    pub(super) fn is_object_or_null(&self) -> bool {
        matches!(self.value, Value::Object(_) | Value::Null)
    }

    /// Whether this is absent, null, or a text of spaces.
    pub(super) fn is_blank(&self) -> bool {
        self.value.is_null() || self.value.as_str().is_some_and(|text| text.trim().is_empty())
    }

    /// Notes a problem of this value. The message never contains the value, which is untrusted.
    pub(super) fn note(&self, noted: &mut Noted, code: ProblemCode, what: &str) {
        noted.note(&self.path, code, what);
    }

    pub(super) fn field(&self, name: &str) -> Self {
        Self { value: self.value.get(name).unwrap_or(&Value::Null), path: self.path_of(name) }
    }

    /// The path of a field.
    pub(super) fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn as_text(&self, limit: usize, noted: &mut Noted) -> Option<String> {
        match self.value {
            Value::Null => None,
            Value::String(text) => self.checked_text(text, limit, noted),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                self.note(noted, ProblemCode::WrongType, "this has to be a text");
                None
            }
        }
    }

    fn checked_text(&self, text: &str, limit: usize, noted: &mut Noted) -> Option<String> {
        if text.trim().is_empty() {
            return None;
        }
        // A text has at least as many bytes as characters, so only long texts are counted.
        if text.len() > limit && text.chars().count() > limit {
            let what = format!("this has more than {limit} characters");
            self.note(noted, ProblemCode::Invalid, &what);
            return None;
        }
        Some(text.to_owned())
    }

    fn on_one_line(&self, text: String, noted: &mut Noted) -> Option<String> {
        if text.chars().any(char::is_control) {
            self.note(noted, ProblemCode::Invalid, "this has a control character in it");
            return None;
        }
        Some(text)
    }
}
