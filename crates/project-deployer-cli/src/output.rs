//! Output formats: a table, JSON and YAML, CSV, and an HTML page.

mod csv;
mod html;
mod sheet_page;
mod table;

use std::io::{self, Write};

use askama::Template as _;
use clap::ValueEnum as _;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use project_deployer::ldap::matching::Actor;
use serde::Serialize;

pub(crate) use self::sheet_page::SheetPage;
pub(crate) use self::table::plain as plain_table;
use crate::view::{CellView, ParityView};

/// The version of the JSON and YAML documents. It grows when a field changes its meaning or goes away.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// The format of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Output {
    /// For a terminal.
    Table,
    /// A JSON document.
    Json,
    /// The same document as YAML.
    Yaml,
    /// Comma-separated values.
    Csv,
    /// An HTML page.
    Html,
}

/// What the formats of one subcommand contain, for its help.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Formats {
    /// The text for a terminal.
    pub(crate) table: &'static str,
    /// The lines of the CSV.
    pub(crate) csv: &'static str,
}

impl Output {
    /// Reads a format from the command line. The help describes the formats of the subcommand.
    pub(crate) fn described(formats: Formats) -> impl TypedValueParser<Value = Self> {
        let value = |name: &'static str, help: &'static str| PossibleValue::new(name).help(help);
        let values = [
            value("table", formats.table),
            value(
                "json",
                "A JSON document; docs/output.schema.json in the source repository describes it",
            ),
            value("yaml", "The same document as YAML"),
            value("csv", formats.csv),
            value("html", "One HTML page that loads nothing from elsewhere"),
        ];
        PossibleValuesParser::new(values).try_map(|name| Self::from_str(&name, false))
    }
}

/// A result that can be written in every format.
pub(crate) trait Shown: Serialize {
    /// The text for a terminal.
    fn table(&self) -> String;

    /// The names of the columns, then the rows.
    fn sheet(&self) -> Vec<Vec<String>>;

    /// The HTML page.
    fn page(&self) -> Result<String, askama::Error>;
}

/// Writes a result.
///
/// # Errors
///
/// The writer fails.
pub(crate) fn write(result: &impl Shown, output: Output, to: impl Write) -> io::Result<()> {
    match write_to(result, output, to) {
        // The reader closed the pipe early, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        ended => ended,
    }
}

/// Prints a line of JSON for the program that started a service or a mock.
///
/// # Errors
///
/// Standard output is closed.
#[cfg(any(feature = "mock-node", feature = "serve"))]
pub(crate) fn print_line(started: &impl Serialize) -> io::Result<()> {
    let mut output = io::stdout().lock();
    serde_json::to_writer(&mut output, started)?;
    output.write_all(b"\n")?;
    output.flush()
}

fn write_to(result: &impl Shown, output: Output, mut to: impl Write) -> io::Result<()> {
    match output {
        Output::Table => to.write_all(harmless(&result.table()).as_bytes())?,
        Output::Json => {
            serde_json::to_writer_pretty(&mut to, result)?;
            to.write_all(b"\n")?;
        }
        Output::Yaml => {
            let text = serde_saphyr::to_string(result).map_err(io::Error::other)?;
            to.write_all(text.as_bytes())?;
        }
        Output::Csv => csv::write(&result.sheet(), &mut to)?,
        Output::Html => to.write_all(result.page().map_err(io::Error::other)?.as_bytes())?,
    }
    to.flush()
}

/// A text without effect on the terminal that shows it. Names come from directories, and a user may have
/// chosen them with bad intent. Escapes control characters other than line breaks, and characters that
/// change the direction of a text.
pub(crate) fn harmless(text: &str) -> String {
    let is_active = |character: char| {
        character.is_control() && character != '\n'
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_active(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Rows as lines with columns of equal width. Columns without a text are left out.
pub(crate) fn aligned(rows: &[Vec<String>]) -> String {
    let mut widths = Vec::new();
    for row in rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, &width) in row.iter().zip(&widths).filter(|(_, width)| **width > 0) {
            line.push_str(&format!("{cell:<width$}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A count with its noun, such as `2 logins`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

impl Shown for ParityView {
    fn table(&self) -> String {
        table::parity(self)
    }

    fn sheet(&self) -> Vec<Vec<String>> {
        let head = ["kind", "name", "location", "status", "needed", "text", "remedy", "actor"];
        let logins = self.logins.iter().map(|login| ("login", &login.login, &login.at));
        let groups = self.groups.iter().map(|group| ("group", &group.group, &group.at));
        let rows = logins
            .chain(groups)
            .flat_map(|(kind, name, cells)| cells.iter().map(move |cell| row(kind, name, cell)));
        std::iter::once(head.map(str::to_owned).to_vec()).chain(rows).collect()
    }

    fn page(&self) -> Result<String, askama::Error> {
        html::Page::of(self).render()
    }
}

fn row(kind: &str, name: &str, cell: &CellView) -> Vec<String> {
    // As in JSON.
    let actor = cell.actor.map_or("", |actor| match actor {
        Actor::System => "system",
        Actor::Person => "person",
    });
    [
        kind,
        name,
        &cell.location,
        cell.status.code(),
        if cell.needed { "yes" } else { "no" },
        &cell.text,
        cell.remedy.as_deref().unwrap_or_default(),
        actor,
    ]
    .map(str::to_owned)
    .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_does_nothing_to_the_terminal() {
        let shown = harmless("hal\u{1b}]0;owned\u{7}\n\u{202e}lah ü");
        assert_eq!(shown, "hal\\u{1b}]0;owned\\u{7}\n\\u{202e}lah ü");
    }
}
