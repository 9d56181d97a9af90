//! Sections of the wire: `wire-facts 2.4`, and what follows.

use super::Found;

const WORD: &str = "wire-facts";

/// Every section, and every row or item of one. A mention without a section has no entry.
pub(crate) fn sections(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(WORD) {
        let rest = &text[at + WORD.len()..];
        // An anchor, which is held against its page where links are.
        if rest.starts_with('-') {
            continue;
        }
        let anchors = Reader { rest: rest.trim_start() }.anchors();
        if anchors.is_empty() {
            found.push((at, format!("{WORD} without a section")));
        }
        found.extend(anchors.into_iter().map(|anchor| (at, format!("{WORD}-{anchor}"))));
    }
    found
}

/// `2`, or `2.4`.
#[derive(Clone, Copy)]
struct Section {
    major: u32,
    minor: Option<u32>,
}

impl Section {
    fn anchor(self) -> String {
        self.minor.map_or_else(|| self.major.to_string(), |minor| format!("{}.{minor}", self.major))
    }

    /// What "to" stands for, as far as both are in one chapter.
    fn up_to(self, last: Self) -> Vec<Self> {
        match (self.minor, last.minor) {
            (Some(first), Some(end)) if self.major == last.major => {
                let minors = first + 1..end;
                minors.map(|minor| Self { minor: Some(minor), ..self }).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Reads one thing after another from the start of a text.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn anchors(mut self) -> Vec<String> {
        let mut anchors = Vec::new();
        let mut last: Option<Section> = None;
        let mut range = false;
        while let Some(section) = self.section() {
            let between = last.filter(|_| range).map(|last| last.up_to(section));
            anchors.extend(between.unwrap_or_default().into_iter().map(Section::anchor));
            anchors.push(section.anchor());
            anchors.extend(self.parts().iter().map(|part| format!("{}-{part}", section.anchor())));
            last = Some(section);
            let Some(to) = self.link() else { break };
            range = to;
        }
        anchors
    }

    fn section(&mut self) -> Option<Section> {
        let major = self.number()?;
        let mut behind = Reader { rest: self.rest.strip_prefix('.').unwrap_or_default() };
        let minor = behind.number();
        if minor.is_some() {
            self.rest = behind.rest;
        }
        Some(Section { major, minor })
    }

    /// `, row 3`, `, rows 1 to 3 and 5` or `, item 7`.
    fn parts(&mut self) -> Vec<u32> {
        let words =
            [", rows ", ", row ", " rows ", " row ", ", items ", ", item ", " items ", " item "];
        let mut parts: Vec<u32> = Vec::new();
        if !words.iter().any(|word| self.take(word)) {
            return parts;
        }
        let mut range = false;
        while let Some(part) = self.whole_number() {
            let first = parts.last().filter(|_| range).map_or(part, |last| last + 1);
            parts.extend(first..=part);
            let before = self.rest;
            let Some(to) = self.link() else { break };
            // What follows may be a section again.
            if self.ahead().whole_number().is_none() {
                self.rest = before;
                break;
            }
            range = to;
        }
        parts
    }

    /// What stands between two numbers, and whether it means all between them.
    fn link(&mut self) -> Option<bool> {
        let links = [(" to ", true), (", and ", false), (" and ", false), (", ", false)];
        links.into_iter().find(|(word, _)| self.take(word)).map(|(_, to)| to)
    }

    /// A number that is not the first half of a section.
    fn whole_number(&mut self) -> Option<u32> {
        let mut ahead = self.ahead();
        let section = ahead.section()?;
        if section.minor.is_some() {
            return None;
        }
        self.rest = ahead.rest;
        Some(section.major)
    }

    fn number(&mut self) -> Option<u32> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = self.rest[..digits].parse().ok()?;
        self.rest = &self.rest[digits..];
        Some(number)
    }

    /// Looks on without moving on.
    fn ahead(&self) -> Self {
        Self { rest: self.rest }
    }

    fn take(&mut self, word: &str) -> bool {
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}
