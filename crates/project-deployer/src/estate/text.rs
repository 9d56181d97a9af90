//! Files in YAML, JSON and TOML as values that know their line.

mod json;
mod toml;
mod yaml;

use std::path::Path;

use project_deployer_core::ProblemCode;
use serde_json::{Map, Number, Value};

use super::problem::EstateProblem;

/// How deep a file may nest; an estate stays below ten.
const MAX_DEPTH: usize = 64;

/// The largest file in bytes.
const LARGEST: usize = 64 << 20;

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EstateFormat {
    /// YAML 1.2.
    Yaml,
    /// JSON.
    Json,
    /// TOML 1.
    Toml,
}

impl EstateFormat {
    /// The format by the extension of a file: `yaml`, `yml`, `json` or `toml`.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "yaml" | "yml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            "toml" => Some(Self::Toml),
            _ => None,
        }
    }
}

/// A place in a file, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: u64,
    pub(super) column: u64,
}

/// A value and its place.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) kind: Kind,
    pub(super) at: Option<Position>,
}

/// What a value is. Fields keep their order, and a field that stands twice is there twice.
#[derive(Debug)]
pub(super) enum Kind {
    Null,
    Flag(bool),
    Number(Number),
    Text(String),
    List(Vec<Located>),
    Fields(Vec<(String, Located)>),
}

/// Reads a text.
///
/// # Errors
///
/// It is no text of this format. The error never repeats it: a secret may be there by mistake.
pub(super) fn read(text: &str, format: EstateFormat) -> Result<Located, EstateProblem> {
    if text.len() > LARGEST {
        let what = format!("the file is larger than {} MiB", LARGEST >> 20);
        return Err(EstateProblem::new("", ProblemCode::Count, what, "write several files"));
    }
    match format {
        EstateFormat::Yaml => yaml::read(text),
        EstateFormat::Json => json::read(text),
        EstateFormat::Toml => toml::read(text),
    }
}

impl Located {
    /// The value without places. Of a field that stands twice, the last one counts.
    pub(super) fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Flag(flag) => Value::Bool(*flag),
            Kind::Number(number) => Value::Number(number.clone()),
            Kind::Text(text) => Value::String(text.clone()),
            Kind::List(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Kind::Fields(fields) => {
                let fields = fields.iter().map(|(name, value)| (name.clone(), value.to_value()));
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }
}

impl Kind {
    /// What was found, for messages. They never repeat a value, which may be a secret.
    pub(super) fn found(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Flag(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Fields(_) => "fields",
        }
    }
}

/// Lines and columns of byte offsets.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect())
    }

    fn position(&self, offset: usize) -> Position {
        let line = self.0.partition_point(|start| *start <= offset);
        let start = self.0.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let column = offset.saturating_sub(start) + 1;
        Position { line: line as u64, column: column as u64 }
    }
}

/// A text that is not of its format.
fn malformed(format: &str, at: Option<Position>) -> EstateProblem {
    let hint = "correct the syntax there";
    EstateProblem::new("", ProblemCode::Invalid, format!("this is not {format}"), hint).at(at)
}

fn too_deep(at: Option<Position>) -> EstateProblem {
    let what = format!("the file nests deeper than {MAX_DEPTH} levels");
    EstateProblem::new("", ProblemCode::TooDeep, what, "write an estate as docs/estate.md has it")
        .at(at)
}

/// Refuses a value that nests too deep.
fn within_depth(value: Located) -> Result<Located, EstateProblem> {
    fn deepest(value: &Located, left: usize) -> Option<&Located> {
        let Some(left) = left.checked_sub(1) else { return Some(value) };
        match &value.kind {
            Kind::List(items) => items.iter().find_map(|item| deepest(item, left)),
            Kind::Fields(fields) => fields.iter().find_map(|(_, item)| deepest(item, left)),
            Kind::Null | Kind::Flag(_) | Kind::Number(_) | Kind::Text(_) => None,
        }
    }
    match deepest(&value, MAX_DEPTH) {
        Some(deep) => Err(too_deep(deep.at)),
        None => Ok(value),
    }
}
