use serde_json::{Map, Value};

use super::FromFields;
use crate::identifier::shortened;
use crate::problem::{ProblemCode, Problems, Refusal};
use crate::secret::ApiKeySecret;

mod lists;
mod rest;

/// The fields of one JSON object, removed one by one.
pub(crate) struct Fields<'p> {
    object: Map<String, Value>,
    path: String,
    problems: &'p mut Problems,
}

impl<'p> Fields<'p> {
    pub(super) fn open(value: Value, path: String, problems: &'p mut Problems) -> Option<Self> {
        match value {
            Value::Object(object) => Some(Fields { object, path, problems }),
            other => {
                note_type(problems, &path, &other, "an object");
                None
            }
        }
    }

    /// The path of a field of this object.
    pub(crate) fn at(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Notes a problem of a field of this object.
    pub(crate) fn note(
        &mut self,
        name: &str,
        code: ProblemCode,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let path = self.at(name);
        self.problems.note(path, code, what, hint);
    }

    /// A field, which stays.
    pub(crate) fn peek(&self, name: &str) -> Option<&Value> {
        self.object.get(name)
    }

    /// Takes a field out; null counts as absent.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.object.remove(name).filter(|value| !value.is_null())
    }

    fn missing(&mut self, name: &str, wanted: &str) {
        self.note(
            name,
            ProblemCode::Missing,
            format!("{name} is missing"),
            format!("write {wanted}"),
        );
    }

    fn wrong_type(&mut self, name: &str, value: &Value, wanted: &str) {
        let path = self.at(name);
        note_type(self.problems, &path, value, wanted);
    }

    /// A value of one type, if there is one. `read` gives back a value of another type.
    fn typed<T>(
        &mut self,
        name: &str,
        wanted: &str,
        read: impl FnOnce(Value) -> Result<T, Value>,
    ) -> Option<T> {
        let read = read(self.take(name)?);
        read.map_err(|other| self.wrong_type(name, &other, wanted)).ok()
    }

    /// A text, if there is one.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.typed(name, "a text", |value| match value {
            Value::String(text) => Ok(text),
            other => Err(other),
        })
    }

    /// A text that is not blank.
    pub(crate) fn filled_text(&mut self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.trim().is_empty())
    }

    /// A text that must be there and not be blank.
    pub(crate) fn required_text(&mut self, name: &str, example: &str) -> Option<String> {
        self.needed(name, example, |fields| fields.filled_text(name))
    }

    /// What `read` finds; nothing is a problem unless `read` noted one.
    fn needed<T>(
        &mut self,
        name: &str,
        example: &str,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let before = self.problems.iter().len();
        let found = read(self);
        if found.is_none() && self.problems.iter().len() == before {
            self.missing(name, example);
        }
        found
    }

    /// A true or false; absent is false.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        self.flag_or(name, false)
    }

    /// A true or false; absent is `default`.
    pub(crate) fn flag_or(&mut self, name: &str, default: bool) -> bool {
        let flag = self.typed(name, "true or false", |value| value.as_bool().ok_or(value));
        flag.unwrap_or(default)
    }

    /// A parsed value, if there is a text. An empty text counts as absent.
    pub(crate) fn parsed<T, E>(&mut self, name: &str) -> Option<T>
    where
        T: TryFrom<String, Error = E>,
        E: Refusal,
    {
        let text = self.text(name).filter(|text| !text.is_empty())?;
        self.accepted(name, T::try_from(text))
    }

    /// A parsed value that must be there.
    pub(crate) fn required<T, E>(&mut self, name: &str, example: &str) -> Option<T>
    where
        T: TryFrom<String, Error = E>,
        E: Refusal,
    {
        self.needed(name, example, |fields| fields.parsed(name))
    }

    /// A value that its type accepts; a refusal is a problem.
    fn accepted<T>(&mut self, name: &str, parsed: Result<T, impl Refusal>) -> Option<T> {
        let noted = |error: _| {
            self.note(name, ProblemCode::Invalid, Refusal::what(&error), Refusal::hint(&error));
        };
        parsed.map_err(noted).ok()
    }

    /// A word of a fixed list; absent is `default`.
    pub(crate) fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)], default: T) -> T {
        let Some(text) = self.filled_text(name) else {
            return default;
        };
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text) {
            return *meaning;
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let what = format!("`{}` is not a known {name}", shortened(&text));
        self.note(
            name,
            ProblemCode::UnknownValue,
            what,
            format!("write one of {}", known.join(", ")),
        );
        default
    }

    /// The secret of an API key. A placeholder counts as absent: the stored key stays.
    pub(crate) fn api_key(&mut self, name: &str) -> Option<ApiKeySecret> {
        let text = self.text(name).filter(|text| text != ApiKeySecret::PLACEHOLDER)?;
        self.accepted(name, ApiKeySecret::new(text))
    }

    /// An object, if there is one.
    pub(crate) fn object<T: FromFields>(&mut self, name: &str) -> Option<T> {
        let value = self.take(name)?;
        let path = self.at(name);
        let mut fields = Fields::open(value, path, self.problems)?;
        T::from_fields(&mut fields)
    }

    /// A JSON object, unchanged; absent is empty.
    pub(crate) fn map(&mut self, name: &str) -> Map<String, Value> {
        let map = self.typed(name, "an object", |value| match value {
            Value::Object(map) => Ok(map),
            other => Err(other),
        });
        map.unwrap_or_default()
    }

    /// A map from names to true or false.
    pub(crate) fn flags(&mut self, name: &str) -> std::collections::BTreeMap<String, bool> {
        let mut flags = std::collections::BTreeMap::new();
        for (key, value) in self.map(name) {
            match value {
                Value::Bool(flag) => {
                    flags.insert(key, flag);
                }
                other => self.wrong_type(&format!("{name}.{key}"), &other, "true or false"),
            }
        }
        flags
    }
}

/// The message names the type found and never the value, which may be a secret.
pub(super) fn note_type(problems: &mut Problems, path: &str, value: &Value, wanted: &str) {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    problems.note(
        path,
        ProblemCode::WrongType,
        format!("found {found}"),
        format!("write {wanted}"),
    );
}
