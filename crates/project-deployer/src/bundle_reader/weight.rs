//! Estimates the memory of JSON values and of items read from them.

use serde_json::Value;

/// The memory of an object in plain values, however few fields it has.
const OBJECT: usize = 10;
/// Bytes of a plain value, or of an item in a list, without its texts.
const PLAIN: usize = 96;

/// An upper bound on the values in a JSON text, without parsing it: each value except the first
/// follows one of `,`, `[` and `{`. Values take many times the memory of their text, so a text with
/// too many values is refused before it is parsed.
pub(super) fn values(text: &[u8]) -> usize {
    let (mut count, mut inside, mut escaped) = (1, false, false);
    for byte in text {
        match (inside, byte) {
            _ if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => inside = !inside,
            (false, b',' | b'[') => count += 1,
            (false, b'{') => count += OBJECT,
            _ => {}
        }
    }
    count
}

/// Bytes of an item with these texts.
pub(super) fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> usize {
    texts.into_iter().fold(PLAIN, |bytes, text| bytes + text.len())
}

/// Bytes of a value. The parser limits the depth of documents.
pub(super) fn of_value(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => PLAIN,
        Value::String(text) => PLAIN + text.len(),
        Value::Array(items) => items.iter().fold(PLAIN, |bytes, item| bytes + of_value(item)),
        Value::Object(fields) => fields
            .iter()
            .fold(OBJECT * PLAIN, |bytes, (name, item)| bytes + name.len() + of_value(item)),
    }
}
