//! Java's `java.util.regex`, as far as login remapping needs it: a parser of the whole syntax and a
//! matcher over UTF-16 units that backtracks as Java does. What cannot be given Java's meaning is refused.

use std::collections::BTreeMap;

mod ast;
mod class;
mod escape;
mod first;
mod folding;
mod groups;
mod lengths;
mod machine;
mod needs;
mod parser;
mod places;
mod posix;
mod program;
mod property;
mod quoting;
mod reader;
mod refusal;
mod repeats;
mod search;
mod set;
mod stable;
mod tables;
mod words;

pub(super) use machine::Content;
pub(super) use refusal::Refusal;
pub(super) use search::Stop;

use needs::Needs;
use program::Program;

/// A pattern of Java, ready to search.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    program: Program,
    /// The number of capturing groups.
    groups: usize,
    names: BTreeMap<String, usize>,
    /// Whether the meaning depends on properties of letters beyond ASCII, which differ between versions.
    uses_unicode: bool,
    /// What every match has, where that is certain.
    needs: Option<Needs>,
}

impl Pattern {
    /// Reads a pattern.
    pub(super) fn parse(pattern: &str) -> Result<Self, Refusal> {
        let parsed = parser::parse(pattern)?;
        let program = Program::of(&parsed.root, parsed.groups)?;
        Ok(Self {
            needs: Needs::of(&parsed.root, &program),
            program,
            groups: parsed.groups,
            names: parsed.names,
            uses_unicode: parsed.uses_unicode,
        })
    }

    /// Whether a text certainly has no match, in whatever case its letters are. If not, a search decides.
    pub(super) fn lacks(&self, text: &str) -> bool {
        self.needs.as_ref().is_some_and(|needs| needs.lacks(text))
    }

    /// The number of capturing groups.
    pub(super) fn groups(&self) -> usize {
        self.groups
    }

    /// The number of the group with a name.
    pub(super) fn named(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }
}

#[cfg(test)]
mod tests;
