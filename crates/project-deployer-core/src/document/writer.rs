use serde::Serialize;
use serde_json::{Map, Value};

use crate::secret::ApiKeySecret;
use crate::unknown_fields::UnknownFields;

/// Writes a document: known fields first, then unknown ones, which never replace a known one.
#[derive(Default)]
pub(crate) struct Writer(Map<String, Value>);

impl Writer {
    pub(crate) fn set(mut self, name: &str, value: impl Serialize) -> Self {
        // Our types always serialize: their maps have text keys only.
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

/// Removes every node key from a document, at any depth, unless it is withheld already.
pub(crate) fn without_keys(mut document: Value) -> Value {
    drop_keys(&mut document);
    document
}

fn drop_keys(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(drop_keys),
        Value::Object(fields) => {
            fields.retain(|name, value| {
                name != ApiKeySecret::FIELD || value == ApiKeySecret::PLACEHOLDER
            });
            fields.values_mut().for_each(drop_keys);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
