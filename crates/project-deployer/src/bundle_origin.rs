use std::fmt;

use project_deployer_core::Timestamp;
use project_deployer_core::bundle::BundleContents;
use project_deployer_core::status::Package;
use serde::{Deserialize, Serialize};

/// The most characters of a note or an author in one line.
const SHOWN: usize = 120;

/// Who wrote a bundle, when, and the first line of the release notes: what a log or a table shows of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct BundleOrigin {
    /// The login of the author, as the bundle states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exported_by: Option<String>,
    /// When it was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exported_on: Option<Timestamp>,
    /// The first line of its release notes that is not blank, cut after 120 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_note: Option<String>,
}

impl BundleOrigin {
    fn new(author: Option<&str>, exported_on: Option<Timestamp>, notes: Option<&str>) -> Self {
        Self {
            exported_by: author.and_then(first_line),
            exported_on,
            release_note: notes.and_then(first_line),
        }
    }

    /// Whether the bundle states nothing of it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl From<&BundleContents> for BundleOrigin {
    fn from(bundle: &BundleContents) -> Self {
        Self::new(
            bundle.exported_by.as_deref(),
            bundle.exported_on,
            bundle.release_notes.as_deref(),
        )
    }
}

impl From<&Package> for BundleOrigin {
    fn from(bundle: &Package) -> Self {
        Self::new(
            bundle.exported_by.as_deref(),
            bundle.exported_on,
            bundle.release_notes.as_deref(),
        )
    }
}

/// One line without effect on a terminal.
impl fmt::Display for BundleOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            self.exported_by.as_ref().map(|author| format!("written by {}", harmless(author))),
            self.exported_on.map(|time| format!("created {time}")),
            self.release_note.as_ref().map(|note| format!("release notes: {}", harmless(note))),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        f.write_str(&parts.join(", "))
    }
}

fn first_line(text: &str) -> Option<String> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let mut first: String = line.chars().take(SHOWN).collect();
    if line.chars().nth(SHOWN).is_some() {
        first.push('…');
    }
    Some(first)
}

/// Escapes control characters, line separators, and characters that change the direction of a text.
/// Authors of bundles choose these texts.
fn harmless(text: &str) -> String {
    let is_active = |character: char| {
        character.is_control()
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match is_active(character) {
            true => shown.extend(character.escape_unicode()),
            false => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_with_text_is_shown_and_a_long_one_is_cut() {
        let origin = BundleOrigin::new(Some("mina"), None, Some("\r\n \n Fixes the join.\nMore."));
        assert_eq!(origin.to_string(), "written by mina, release notes: Fixes the join.");
        let long = "é".repeat(SHOWN + 1);
        let note = BundleOrigin::new(None, None, Some(&long)).release_note.unwrap();
        assert_eq!(note, format!("{}…", "é".repeat(SHOWN)));
        let none = BundleOrigin::new(Some(" "), None, Some("\n"));
        assert!(none.is_empty() && none.to_string().is_empty(), "{none:?}");
    }

    #[test]
    fn texts_of_authors_have_no_effect_on_a_terminal() {
        let text = "a\u{1b}]0;x\u{7}\u{9b}b\u{202e}c\u{2028}d";
        let shown = BundleOrigin::new(Some(text), None, Some(text)).to_string();
        let is_active = |c: char| c.is_control() || ['\u{202e}', '\u{2028}'].contains(&c);
        assert!(!shown.contains(is_active), "{shown:?}");
        assert!(shown.contains(r"a\u{1b}]0;x\u{7}\u{9b}b\u{202e}c"), "{shown}");
    }

    #[test]
    fn an_origin_survives_a_journal_and_older_journals_have_none() {
        let origin =
            BundleOrigin::new(Some("mina"), Some(Timestamp::from_millis(7)), Some("first"));
        let text = serde_json::to_string(&origin).unwrap();
        assert_eq!(serde_json::from_str::<BundleOrigin>(&text).unwrap(), origin);
        assert!(serde_json::from_str::<BundleOrigin>("{}").unwrap().is_empty());
    }
}
