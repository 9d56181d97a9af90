//! Reading and writing the product's JSON documents.
//!
//! `Fields` reads a JSON object field by field and collects every problem. The remaining fields become
//! [`crate::UnknownFields`]. `Writer` writes a document again.

use serde_json::Value;

use crate::problem::{ProblemCode, Problems};

mod fields;
mod writer;

pub(crate) use fields::Fields;
pub(crate) use writer::{Writer, without_keys};

/// The maximum nesting of a document; real ones stay below ten.
pub const MAX_DEPTH: usize = 64;

/// Reads JSON text into a value.
///
/// # Errors
///
/// The text is not JSON, or nests deeper than [`MAX_DEPTH`].
pub fn parse_json(text: &[u8]) -> Result<Value, Problems> {
    let mut problems = Problems::none();
    match serde_json::from_slice::<Value>(text) {
        Ok(value) => return shallow(value),
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

/// The value, unless it nests deeper than [`MAX_DEPTH`].
fn shallow(value: Value) -> Result<Value, Problems> {
    within_depth(value, MAX_DEPTH)
}

/// The value, unless it nests deeper than this.
pub(crate) fn within_depth(value: Value, limit: usize) -> Result<Value, Problems> {
    if !depth_exceeds(&value, limit) {
        return Ok(value);
    }
    dismantle(value);
    let mut problems = Problems::none();
    note_depth(&mut problems);
    Err(problems)
}

/// Drops a value level by level, since a recursive drop of a deep value could exhaust the stack.
fn dismantle(value: Value) {
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        match value {
            Value::Array(items) => rest.extend(items),
            Value::Object(fields) => rest.extend(fields.into_iter().map(|(_, item)| item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
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

/// A type that is read from a JSON object, with all problems reported.
pub(crate) trait FromFields: Sized {
    /// Reads the object; `None` only if problems were noted.
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self>;
}

/// A document of the product. Null means absent in every field, and fields that we do not know are kept. This trait
/// is sealed.
///
/// ```
/// use project_deployer_core::accounts::User;
/// use project_deployer_core::document::Document as _;
/// let user = User::from_json(br#"{"login": "ann", "groups": ["ops"]}"#)?;
/// assert!(User::from_json(b"[]").is_err());
/// assert_eq!(user.login.as_str(), "ann");
/// # Ok::<(), project_deployer_core::Problems>(())
/// ```
pub trait Document: Sized {
    /// Reads the document.
    ///
    /// # Errors
    ///
    /// Every field that is missing, has another type or breaks its rule.
    fn from_document(document: Value) -> Result<Self, Problems>;

    /// Reads the document from JSON text.
    ///
    /// # Errors
    ///
    /// As for [`Self::from_document`], or the text is not JSON.
    fn from_json(text: &[u8]) -> Result<Self, Problems> {
        parse_json(text).and_then(Self::from_document)
    }
}

impl<T: FromFields> Document for T {
    fn from_document(document: Value) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        let read = Fields::open(shallow(document)?, String::new(), &mut problems)
            .and_then(|mut fields| T::from_fields(&mut fields));
        match read {
            Some(document) => problems.or_value(document),
            None => Err(problems),
        }
    }
}

/// The entries of a document that is a list of objects. `wanted` describes the list.
pub(crate) fn list_entries(value: Value, wanted: &str) -> Result<Vec<Value>, Problems> {
    match shallow(value)? {
        Value::Array(entries) => Ok(entries),
        other => {
            let mut problems = Problems::none();
            fields::note_type(&mut problems, "", &other, wanted);
            Err(problems)
        }
    }
}

/// Reads one entry of such a list.
pub(crate) fn read_entry<T: FromFields>(
    position: usize,
    entry: Value,
    problems: &mut Problems,
) -> Option<T> {
    let mut fields = Fields::open(entry, format!("[{position}]"), problems)?;
    T::from_fields(&mut fields)
}

#[cfg(test)]
mod tests;
