//! Reading and writing the product's JSON documents.
//!
//! [`Fields`] takes a JSON object apart field by field and notes every problem instead of stopping at
//! the first; what was not asked for is left over as [`UnknownFields`]. [`Writer`] puts a document
//! together again.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::identifier::shortened;
use crate::problem::{ProblemCode, Problems};
use crate::secret::ApiKeySecret;
use crate::unknown_fields::UnknownFields;

/// Documents nest at most this deep; real ones stay below ten.
pub const MAX_DEPTH: usize = 64;

/// Reads JSON text into a value.
///
/// # Errors
///
/// The text is not JSON, or nests deeper than [`MAX_DEPTH`].
pub fn parse_json(text: &[u8]) -> Result<Value, Problems> {
    let mut problems = Problems::none();
    match serde_json::from_slice::<Value>(text) {
        Ok(value) if depth_exceeds(&value, MAX_DEPTH) => note_depth(&mut problems),
        Ok(value) => return Ok(value),
        Err(error) if error.to_string().starts_with("recursion limit") => note_depth(&mut problems),
        Err(error) => problems.note(
            "",
            ProblemCode::NotJson,
            format!("the text is not JSON (line {}, column {})", error.line(), error.column()),
            "send one JSON object",
        ),
    }
    Err(problems)
}

fn note_depth(problems: &mut Problems) {
    problems.note(
        "",
        ProblemCode::TooDeep,
        format!("the document nests deeper than {MAX_DEPTH} levels"),
        "send the document as the product writes it",
    );
}

fn depth_exceeds(value: &Value, limit: usize) -> bool {
    match (limit, value) {
        (0, Value::Array(_) | Value::Object(_)) => true,
        (_, Value::Array(items)) => items.iter().any(|item| depth_exceeds(item, limit - 1)),
        (_, Value::Object(fields)) => fields.values().any(|item| depth_exceeds(item, limit - 1)),
        _ => false,
    }
}

/// A type that is read from a JSON object and reports every problem of it.
pub(crate) trait FromFields: Sized {
    /// Reads the object; `None` only when problems were noted.
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self>;
}

/// Reads a whole document.
pub(crate) fn read_document<T: FromFields>(value: Value) -> Result<T, Problems> {
    let mut problems = Problems::none();
    let read = Fields::open(value, String::new(), &mut problems)
        .and_then(|mut fields| T::from_fields(&mut fields));
    match read {
        Some(document) => problems.or_value(document),
        None => Err(problems),
    }
}

/// The fields of one JSON object, taken out one by one.
pub(crate) struct Fields<'p> {
    object: Map<String, Value>,
    path: String,
    problems: &'p mut Problems,
}

impl<'p> Fields<'p> {
    fn open(value: Value, path: String, problems: &'p mut Problems) -> Option<Self> {
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
        mend: impl Into<String>,
    ) {
        let path = self.at(name);
        self.problems.note(path, code, what, mend);
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

    /// A text, where there is one.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => Some(text),
            other => {
                self.wrong_type(name, &other, "a text");
                None
            }
        }
    }

    /// A text that is not blank.
    pub(crate) fn filled_text(&mut self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.trim().is_empty())
    }

    /// A text that must be there and not be blank.
    pub(crate) fn required_text(&mut self, name: &str, example: &str) -> Option<String> {
        let before = self.problems.iter().len();
        let text = self.filled_text(name);
        if text.is_none() && self.problems.iter().len() == before {
            self.missing(name, example);
        }
        text
    }

    /// A true or false; absent is false.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        match self.take(name) {
            None => false,
            Some(Value::Bool(flag)) => flag,
            Some(other) => {
                self.wrong_type(name, &other, "true or false");
                false
            }
        }
    }

    /// A parsed value, where there is a text; an empty text counts as absent.
    pub(crate) fn parsed<T, E>(&mut self, name: &str) -> Option<T>
    where
        T: TryFrom<String, Error = E>,
        E: std::fmt::Display,
    {
        let text = self.text(name).filter(|text| !text.is_empty())?;
        match T::try_from(text) {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                self.note_refusal(name, &error);
                None
            }
        }
    }

    /// A parsed value that must be there.
    pub(crate) fn required<T, E>(&mut self, name: &str, example: &str) -> Option<T>
    where
        T: TryFrom<String, Error = E>,
        E: std::fmt::Display,
    {
        let before = self.problems.iter().len();
        let parsed = self.parsed(name);
        if parsed.is_none() && self.problems.iter().len() == before {
            self.missing(name, example);
        }
        parsed
    }

    fn note_refusal(&mut self, name: &str, error: &impl std::fmt::Display) {
        // These errors read "what is wrong; what to write".
        let text = error.to_string();
        let (what, mend) = text.split_once("; ").unwrap_or((text.as_str(), "correct it"));
        self.note(name, ProblemCode::Invalid, what, mend);
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

    /// The secret of an API key. A placeholder counts as absent: it stands for the key that is kept.
    pub(crate) fn api_key(&mut self, name: &str) -> Option<ApiKeySecret> {
        let text = match self.take(name)? {
            Value::String(text) if text == ApiKeySecret::PLACEHOLDER => return None,
            Value::String(text) => text,
            other => {
                self.wrong_type(name, &other, "a text");
                return None;
            }
        };
        match ApiKeySecret::new(text) {
            Ok(key) => Some(key),
            Err(error) => {
                self.note_refusal(name, &error);
                None
            }
        }
    }

    /// A list of texts. Older documents write one comma-separated text.
    pub(crate) fn texts(&mut self, name: &str) -> Vec<String> {
        match self.take(name) {
            None => Vec::new(),
            Some(Value::String(text)) => comma_separated(&text),
            Some(Value::Array(items)) => self.text_items(name, items),
            Some(other) => {
                self.wrong_type(name, &other, "a list of texts");
                Vec::new()
            }
        }
    }

    fn text_items(&mut self, name: &str, items: Vec<Value>) -> Vec<String> {
        let mut texts = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            match item {
                Value::String(text) => texts.push(text),
                other => self.wrong_type(&format!("{name}[{index}]"), &other, "a text"),
            }
        }
        texts
    }

    /// A list of objects.
    pub(crate) fn list<T: FromFields>(&mut self, name: &str) -> Vec<T> {
        let items = match self.take(name) {
            None => return Vec::new(),
            Some(Value::Array(items)) => items,
            Some(other) => {
                self.wrong_type(name, &other, "a list of objects");
                return Vec::new();
            }
        };
        let path = self.at(name);
        let read = |(index, item)| {
            let mut fields = Fields::open(item, format!("{path}[{index}]"), self.problems)?;
            T::from_fields(&mut fields)
        };
        items.into_iter().enumerate().filter_map(read).collect()
    }

    /// An object, where there is one.
    pub(crate) fn object<T: FromFields>(&mut self, name: &str) -> Option<T> {
        let value = self.take(name)?;
        let path = self.at(name);
        let mut fields = Fields::open(value, path, self.problems)?;
        T::from_fields(&mut fields)
    }

    /// A JSON object kept as it is; absent is empty.
    pub(crate) fn map(&mut self, name: &str) -> Map<String, Value> {
        match self.take(name) {
            None => Map::new(),
            Some(Value::Object(map)) => map,
            Some(other) => {
                self.wrong_type(name, &other, "an object");
                Map::new()
            }
        }
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

    /// What nobody asked for.
    pub(crate) fn rest(&mut self) -> UnknownFields {
        std::mem::take(&mut self.object).into()
    }
}

fn comma_separated(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The message names the type found and never the value, which may be a secret.
fn note_type(problems: &mut Problems, path: &str, value: &Value, wanted: &str) {
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
        format!("{found} stands here"),
        format!("write {wanted}"),
    );
}

/// Puts a document together: known fields first, then the unknown ones, which never replace a known one.
#[derive(Default)]
pub(crate) struct Writer(Map<String, Value>);

impl Writer {
    pub(crate) fn set(mut self, name: &str, value: impl Serialize) -> Self {
        // Our own types serialize without fail: no map with other keys than texts.
        if let Ok(value) = serde_json::to_value(value) {
            self.0.insert(name.to_owned(), value);
        }
        self
    }

    pub(crate) fn set_some(self, name: &str, value: Option<impl Serialize>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    pub(crate) fn rest(mut self, unknown: &UnknownFields) -> Value {
        for (name, value) in unknown.fields() {
            self.0.entry(name.clone()).or_insert_with(|| value.clone());
        }
        Value::Object(self.0)
    }
}

#[cfg(test)]
mod tests;
