//! How results are written: for people, for programs, for spreadsheets, for a browser.

mod csv;
mod html;
mod sheet_page;
mod table;

use std::io::{self, Write};

use askama::Template as _;
use project_deployer::ldap::matching::Actor;
use serde::Serialize;

pub(crate) use self::sheet_page::SheetPage;
use crate::view::{CellView, ParityView};

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Output {
    /// For people: a table, then what was found in full.
    Table,
    /// One JSON document.
    Json,
    /// The same as YAML.
    Yaml,
    /// A line for each login and location, or for each finding.
    Csv,
    /// One page for a browser that loads nothing from elsewhere.
    Html,
}

/// A result that can be written in every way.
pub(crate) trait Shown: Serialize {
    /// For people.
    fn table(&self) -> String;

    /// Names of columns, then rows.
    fn sheet(&self) -> Vec<Vec<String>>;

    /// What a page shows.
    fn page(&self) -> Result<String, askama::Error>;
}

/// Writes a result.
///
/// # Errors
///
/// The place that it is written to takes no more.
pub(crate) fn write(result: &impl Shown, output: Output, to: impl Write) -> io::Result<()> {
    match write_to(result, output, to) {
        // Whoever reads has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        ended => ended,
    }
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

/// A text that does nothing to the terminal that shows it: names come from directories that anybody may
/// have written into. Control characters but line ends, and those that turn the direction of a text, are
/// spelled out.
pub(crate) fn harmless(text: &str) -> String {
    let is_acting = |character: char| {
        character.is_control() && character != '\n'
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_acting(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

impl Shown for ParityView {
    fn table(&self) -> String {
        table::parity(self)
    }

    fn sheet(&self) -> Vec<Vec<String>> {
        let head = ["kind", "name", "location", "status", "needed", "what", "remedy", "who"];
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
    let who = cell.actor.map_or("", |actor| match actor {
        Actor::System => "automatic",
        Actor::Person => "manual",
    });
    [
        kind,
        name,
        &cell.location,
        cell.status.code(),
        if cell.needed { "yes" } else { "no" },
        &cell.text,
        cell.remedy.as_deref().unwrap_or_default(),
        who,
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
