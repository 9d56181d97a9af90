//! What JSON and things out of it take in memory, roughly.

use serde_json::Value;

/// An object takes the memory of so many plain values, however few fields it has.
const OBJECT: usize = 10;
/// Bytes that a plain value, or a thing in a list, takes beside its texts.
const PLAIN: usize = 96;

/// An upper bound on the values in a JSON text, without reading it: each value but the first stands
/// after one of `,`, `[` and `{`. Values take many times the memory of their text, so text that makes
/// too many is refused before it is read.
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

/// Bytes that a thing of these texts takes.
pub(super) fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> usize {
    texts.into_iter().fold(PLAIN, |bytes, text| bytes + text.len())
}

/// Bytes that a value takes. Documents nest no deeper than the parser allows.
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
