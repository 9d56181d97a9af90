use super::quoting::{Symbol, without_quotations};
use super::refusal::Refusal;

/// The flags of `(?…)`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    /// `i`
    pub(super) caseless: bool,
    /// `m`
    pub(super) multiline: bool,
    /// `s`
    pub(super) dot_all: bool,
    /// `d`
    pub(super) unix_lines: bool,
    /// `u`
    pub(super) unicode_case: bool,
    /// `x`
    pub(super) comments: bool,
    /// `U`
    pub(super) unicode_classes: bool,
}

/// The pattern, read from left to right. Under `(?x)` blanks and comments are skipped where they stand
/// between the parts of a pattern; elsewhere they are refused.
#[derive(Debug)]
pub(super) struct Reader {
    symbols: Vec<Symbol>,
    cursor: usize,
    pub(super) flags: Flags,
}

impl Reader {
    pub(super) fn new(pattern: &str) -> Self {
        Self { symbols: without_quotations(pattern), cursor: 0, flags: Flags::default() }
    }

    /// Where the next character stands in the text.
    pub(super) fn at(&self) -> usize {
        let end = || self.symbols.last().map_or(0, |symbol| symbol.at + 1);
        self.symbols.get(self.cursor).map_or_else(end, |symbol| symbol.at)
    }

    /// A place to return to.
    pub(super) fn cursor(&self) -> usize {
        self.cursor
    }

    pub(super) fn set_cursor(&mut self, cursor: usize) {
        self.cursor = cursor;
    }

    /// The next character; blanks are characters.
    pub(super) fn raw(&self) -> Option<char> {
        self.raw_after(0)
    }

    /// The character after so many others.
    pub(super) fn raw_after(&self, count: usize) -> Option<char> {
        self.symbols.get(self.cursor + count).map(|symbol| symbol.code)
    }

    /// The next character, which is taken.
    pub(super) fn take_raw(&mut self) -> Option<char> {
        let next = self.raw();
        self.cursor += usize::from(next.is_some());
        next
    }

    /// Whether the next character is this one, which is then taken.
    pub(super) fn take_if(&mut self, wanted: char) -> bool {
        let is = self.raw() == Some(wanted);
        self.cursor += usize::from(is);
        is
    }

    /// The next character after blanks and comments that are no part of the pattern.
    pub(super) fn peek(&mut self) -> Option<char> {
        if self.flags.comments {
            loop {
                match self.raw()? {
                    '#' => self.skip_comment(),
                    next if is_blank(next) => self.cursor += 1,
                    _ => break,
                }
            }
        }
        self.raw()
    }

    fn skip_comment(&mut self) {
        let unix = self.flags.unix_lines;
        let ends = |next: char| next == '\n' || (!unix && is_line_end(next));
        while self.raw().is_some_and(|next| !ends(next)) {
            self.cursor += 1;
        }
    }

    /// Takes what [`Self::peek`] gave.
    pub(super) fn advance(&mut self) {
        self.cursor += 1;
    }

    /// Whether a blank or comment follows after so many characters, where Java skips it and we do not.
    pub(super) fn has_blank_after(&self, count: usize) -> bool {
        self.flags.comments
            && self.raw_after(count).is_some_and(|next| is_blank(next) || next == '#')
    }

    /// Digits of a base, at most so many.
    pub(super) fn digits(&mut self, base: u32, most: usize) -> Vec<u32> {
        let mut digits = Vec::new();
        while digits.len() < most {
            let Some(digit) = self.raw().and_then(|next| next.to_digit(base)) else { break };
            digits.push(digit);
            self.cursor += 1;
        }
        digits
    }

    pub(super) fn syntax(&self, what: impl Into<String>) -> Refusal {
        Refusal::syntax(what, self.at())
    }
}

pub(super) fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t'..='\r')
}

pub(super) fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}
