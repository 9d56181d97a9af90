use serde_json::{Map, Value};

use super::FromFields;
use crate::identifier::shortened;
use crate::problem::{ProblemCode, Problems, Refusal};
use crate::secret::ApiKeySecret;
use crate::unknown_fields::UnknownFields;

/// The fields of one JSON object, taken out one by one.
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
        self.flag_or(name, false)
    }

    /// A true or false; absent is `default`.
    pub(crate) fn flag_or(&mut self, name: &str, default: bool) -> bool {
        match self.take(name) {
            None => default,
            Some(Value::Bool(flag)) => flag,
            Some(other) => {
                self.wrong_type(name, &other, "true or false");
                default
            }
        }
    }

    /// A parsed value, where there is a text; an empty text counts as absent.
    pub(crate) fn parsed<T, E>(&mut self, name: &str) -> Option<T>
    where
        T: TryFrom<String, Error = E>,
        E: Refusal,
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
        E: Refusal,
    {
        let before = self.problems.iter().len();
        let parsed = self.parsed(name);
        if parsed.is_none() && self.problems.iter().len() == before {
            self.missing(name, example);
        }
        parsed
    }

    fn note_refusal(&mut self, name: &str, error: &impl Refusal) {
        self.note(name, ProblemCode::Invalid, error.what(), error.mend());
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

    /// A list of texts, each parsed.
    pub(crate) fn parsed_list<T, E>(&mut self, name: &str) -> Vec<T>
    where
        T: TryFrom<String, Error = E>,
        E: Refusal,
    {
        let items = match self.take(name) {
            None => return Vec::new(),
            Some(Value::Array(items)) => items,
            Some(other) => {
                self.wrong_type(name, &other, "a list of texts");
                return Vec::new();
            }
        };
        let mut parsed = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let item_name = format!("{name}[{index}]");
            match item {
                Value::String(text) => match T::try_from(text) {
                    Ok(item) => parsed.push(item),
                    Err(error) => self.note_refusal(&item_name, &error),
                },
                other => self.wrong_type(&item_name, &other, "a text"),
            }
        }
        parsed
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
        self.numbered_list(name).into_iter().map(|(_, entry)| entry).collect()
    }

    /// A list of objects, each with its position: entries that could not be read are not there.
    pub(crate) fn numbered_list<T: FromFields>(&mut self, name: &str) -> Vec<(usize, T)> {
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
            T::from_fields(&mut fields).map(|entry| (index, entry))
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

    /// Takes out fields that mean nothing in a document of this kind, and notes those that say
    /// something all the same.
    pub(crate) fn refuse(&mut self, names: &[&str], what: &str, mend: &str) {
        for name in names {
            if self.take(name).is_some_and(|value| says_something(&value)) {
                self.note(name, ProblemCode::Conflict, what, mend);
            }
        }
    }

    /// What nobody asked for, where no node key may be: these fields are written and shown in clear.
    pub(crate) fn rest_without_keys(&mut self) -> UnknownFields {
        let mut paths = Vec::new();
        for (name, value) in &self.object {
            find_node_keys(name, value, &self.at(name), &mut paths);
        }
        for path in paths {
            self.problems.note(
                path,
                ProblemCode::Conflict,
                "a node key stands where it would be shown in clear",
                "remove it; a node key is written beside the address of its node only",
            );
        }
        self.rest()
    }

    /// What nobody asked for.
    pub(crate) fn rest(&mut self) -> UnknownFields {
        std::mem::take(&mut self.object).into()
    }
}

/// Whether a field holds more than null, false or nothing.
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

/// The paths of all node keys in a field, at any depth. Documents are checked for their depth first.
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

fn comma_separated(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
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
        format!("{found} stands here"),
        format!("write {wanted}"),
    );
}
