//! Objects of a Deployer, as the command shows them.

use project_deployer::Clock as _;
use project_deployer::SystemClock;
use serde::Serialize;
use serde_json::Value;

use crate::output::{SCHEMA_VERSION, SheetPage, Shown, counted, plain_table};
use crate::status::Tone;

/// A column: its title, and where its value is in an object, as a JSON pointer.
pub(crate) type Column = (&'static str, &'static str);

/// The result of a subcommand about objects of one kind.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ObjectsView {
    schema_version: u32,
    read_at: String,
    kind: &'static str,
    action: &'static str,
    /// Of the settings that are shown; `--expect` of an edit takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
    objects: Vec<Value>,
    #[serde(skip)]
    form: Form,
}

/// How a terminal shows the objects.
#[derive(Debug)]
enum Form {
    /// One line for each.
    Lines(&'static [Column]),
    /// The whole document.
    Document,
    /// A sentence.
    Sentence(String),
}

impl ObjectsView {
    /// A list with these columns.
    pub(crate) fn list(
        kind: &'static str,
        objects: impl IntoIterator<Item: Serialize>,
        columns: &'static [Column],
    ) -> serde_json::Result<Self> {
        let objects = objects.into_iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
        Ok(Self::new(kind, "list", objects, Form::Lines(columns)))
    }

    /// What an action did to each object.
    pub(crate) fn outcome(
        kind: &'static str,
        action: &'static str,
        objects: impl IntoIterator<Item: Serialize>,
        columns: &'static [Column],
    ) -> serde_json::Result<Self> {
        Ok(Self { action, ..Self::list(kind, objects, columns)? })
    }

    /// One object as a whole.
    pub(crate) fn document(
        kind: &'static str,
        object: &impl Serialize,
    ) -> serde_json::Result<Self> {
        Ok(Self::new(kind, "show", vec![serde_json::to_value(object)?], Form::Document))
    }

    /// What an action did to one object.
    pub(crate) fn done(
        kind: &'static str,
        action: &'static str,
        object: Value,
        sentence: String,
    ) -> Self {
        Self::new(kind, action, vec![object], Form::Sentence(sentence))
    }

    /// Several objects, which a terminal shows as a text.
    pub(crate) fn in_words(
        kind: &'static str,
        action: &'static str,
        objects: Vec<Value>,
        text: String,
    ) -> Self {
        Self::new(kind, action, objects, Form::Sentence(text))
    }

    /// Settings with their revision.
    pub(crate) fn settings(kind: &'static str, document: Value, revision: String) -> Self {
        let view = Self::new(kind, "show", vec![document], Form::Document);
        Self { revision: Some(revision), ..view }
    }

    fn new(kind: &'static str, action: &'static str, objects: Vec<Value>, form: Form) -> Self {
        let read_at = SystemClock.now().to_string();
        let schema_version = SCHEMA_VERSION;
        Self { schema_version, read_at, kind, action, revision: None, objects, form }
    }

    fn rows(&self, columns: &[Column]) -> impl Iterator<Item = Vec<String>> {
        self.objects.iter().map(move |object| {
            columns
                .iter()
                .map(|(_, at)| object.pointer(at).map_or_else(String::new, word))
                .collect()
        })
    }
}

/// A value in a cell.
fn word(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(word).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// The top fields of a document, each with its value.
fn fields(document: &Value) -> Vec<Vec<String>> {
    let fields = document.as_object().into_iter().flatten();
    fields.map(|(name, value)| vec![name.clone(), word(value)]).collect()
}

impl Shown for ObjectsView {
    fn table(&self) -> String {
        match &self.form {
            Form::Lines(_) if self.objects.is_empty() => {
                format!("no {}\n", self.kind.replace('-', " "))
            }
            Form::Lines(columns) => {
                plain_table(columns.iter().map(|(title, _)| *title), self.rows(columns))
            }
            Form::Document => {
                let shown = self.objects.iter().map(serde_saphyr::to_string);
                let text = shown.collect::<Result<String, _>>();
                let text = text.unwrap_or_else(|error| format!("{error}\n"));
                let revision = self.revision.iter().map(|text| format!("# revision {text}\n"));
                revision.chain([text]).collect()
            }
            Form::Sentence(text) => format!("{text}\n"),
        }
    }

    fn sheet(&self) -> Vec<Vec<String>> {
        if let Form::Lines(columns) = &self.form {
            let head = columns.iter().map(|(title, _)| (*title).to_owned()).collect();
            return std::iter::once(head).chain(self.rows(columns)).collect();
        }
        let head = vec!["field".to_owned(), "value".to_owned()];
        std::iter::once(head).chain(self.objects.iter().flat_map(fields)).collect()
    }

    fn page(&self) -> Result<String, askama::Error> {
        let verdict = match &self.form {
            Form::Sentence(text) => text.clone(),
            _ => counted(self.objects.len(), "object"),
        };
        let title = format!("{}: {}", self.kind, self.action);
        SheetPage::render_of(&title, &self.read_at, (Tone::Good, verdict), &self.sheet())
    }
}
