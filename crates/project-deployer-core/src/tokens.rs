//! Reads JSON token by token, for lists of which only a small part is kept. Plain tokens are read here. Other
//! tokens, such as texts with escapes or numbers with fractions, are left to [`serde_json`].
//! `docs/benchmarks.md` compares it with libraries.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, IgnoredAny};
use serde_json::Deserializer;

mod fields;
mod passing;

pub(crate) use fields::Names;

/// JSON text with a read position.
pub struct Tokens<'t> {
    text: &'t str,
    at: usize,
    layout: Layout,
}

/// Whether a text has control characters, so that the reader has to check for them: between tokens they may
/// be blanks, and inside a token they are invalid.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layout {
    /// There are none.
    #[default]
    Compact,
    /// There may be some.
    Loose,
}

impl Layout {
    /// The layout of all this text.
    pub(crate) fn of(text: &str) -> Self {
        // Without an early exit the loop handles many bytes at once.
        let least = text.bytes().fold(u8::MAX, u8::min);
        if is_control(least) { Self::Loose } else { Self::Compact }
    }
}

/// Why reading stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// At the end of the text, in the middle of a value: the rest may not have arrived.
    CutOff,
    /// At an unexpected byte.
    Unexpected,
}

impl From<serde_json::Error> for Stopped {
    fn from(error: serde_json::Error) -> Self {
        if error.is_eof() { Self::CutOff } else { Self::Unexpected }
    }
}

type Read<T> = Result<T, Stopped>;

/// The value of a byte after the end of the text. No JSON token has it.
const NOTHING: u8 = 0;

impl<'t> Tokens<'t> {
    /// Reads a text from there on.
    pub(crate) fn new(text: &'t str, at: usize, layout: Layout) -> Self {
        Self { text, at, layout }
    }

    /// Where the next token begins, or blanks before it.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Reads a list, each of whose items must be read.
    #[inline]
    pub(crate) fn items(&mut self, item: impl FnMut(&mut Self) -> Read<()>) -> Read<()> {
        self.sequence(b'[', b']', item)
    }

    /// Leaves the next value to serde_json.
    pub(crate) fn left_to<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Read<S::Value> {
        let mut json = Deserializer::from_str(self.text.get(self.at..).unwrap_or_default());
        let value = seed.deserialize(&mut json)?;
        self.at += json.into_iter::<IgnoredAny>().byte_offset();
        Ok(value)
    }

    /// Reads a text.
    #[inline]
    pub(crate) fn text(&mut self) -> Read<Cow<'t, str>> {
        let start = self.plain_text()?;
        if self.here() != b'"' {
            return self.escaped(start).map(Cow::Owned);
        }
        let text = self.text.get(start..self.at).ok_or(Stopped::Unexpected)?;
        self.at += 1;
        Ok(Cow::Borrowed(text))
    }

    /// Reads `true` or `false`.
    pub(crate) fn flag(&mut self) -> Read<bool> {
        match self.peek() {
            b't' => self.word(b"true").map(|()| true),
            _ => self.word(b"false").map(|()| false),
        }
    }

    /// Reads `null`, or else what this reads.
    #[inline]
    pub(crate) fn unless_null<T>(
        &mut self,
        value: impl FnOnce(&mut Self) -> Read<T>,
    ) -> Read<Option<T>> {
        match self.peek() {
            b'n' => self.word(b"null").map(|()| None),
            _ => value(self).map(Some),
        }
    }

    #[inline]
    fn sequence(
        &mut self,
        first: u8,
        last: u8,
        mut item: impl FnMut(&mut Self) -> Read<()>,
    ) -> Read<()> {
        self.take(first)?;
        if self.peek() == last {
            self.at += 1;
            return Ok(());
        }
        loop {
            item(self)?;
            let next = self.peek();
            if next != last && next != b',' {
                return Err(self.stopped());
            }
            self.at += 1;
            if next == last {
                return Ok(());
            }
        }
    }

    /// Skips a text up to its end or its first escape, and returns that position.
    #[inline]
    fn plain_text(&mut self) -> Read<usize> {
        self.take(b'"')?;
        let start = self.at;
        self.at += before_quote_or_escape(self.rest());
        if self.layout == Layout::Loose {
            self.without_control(start)?;
        }
        Ok(start)
    }

    fn without_control(&self, start: usize) -> Read<()> {
        let text = self.text.as_bytes().get(start..self.at).unwrap_or_default();
        if text.iter().copied().any(is_control) { Err(Stopped::Unexpected) } else { Ok(()) }
    }

    /// Reads a text whose content starts there, skipped up to its first escape.
    #[cold]
    fn escaped<T: Deserialize<'t>>(&mut self, start: usize) -> Read<T> {
        loop {
            match self.here() {
                b'"' => break,
                // An escaped byte cannot end the text. serde_json checks whether the escape is valid.
                b'\\' => self.at += 2,
                _ => return Err(self.stopped()),
            }
            self.at += before_quote_or_escape(self.rest());
        }
        self.at += 1;
        self.left_to_serde(start - 1)
    }

    /// Lets serde_json read the text that was skipped since then.
    fn left_to_serde<T: Deserialize<'t>>(&self, start: usize) -> Read<T> {
        let token = self.text.get(start..self.at).ok_or(Stopped::Unexpected)?;
        // The text is complete, so an early end in it is an error.
        serde_json::from_str(token).map_err(|_| Stopped::Unexpected)
    }

    #[inline]
    fn word<const N: usize>(&mut self, word: &[u8; N]) -> Read<()> {
        let rest = self.rest();
        if rest.first_chunk() == Some(word) {
            self.at += N;
            return Ok(());
        }
        Err(if word.starts_with(rest) { Stopped::CutOff } else { Stopped::Unexpected })
    }

    #[inline]
    fn take(&mut self, byte: u8) -> Read<()> {
        if self.peek() != byte {
            return Err(self.stopped());
        }
        self.at += 1;
        Ok(())
    }

    #[cold]
    fn stopped(&self) -> Stopped {
        if self.at < self.text.len() { Stopped::Unexpected } else { Stopped::CutOff }
    }

    /// The next byte that is no blank.
    #[inline]
    fn peek(&mut self) -> u8 {
        let byte = self.here();
        if byte > b' ' { byte } else { self.pass_blanks() }
    }

    fn pass_blanks(&mut self) -> u8 {
        while matches!(self.here(), b' ' | b'\t' | b'\r' | b'\n') {
            self.at += 1;
        }
        self.here()
    }

    #[inline]
    fn here(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(NOTHING)
    }

    #[inline]
    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }
}

/// How many bytes come before a quote or a backslash. Most texts are short: eight bytes at a time find the end
/// of these sooner than a search for many would begin.
#[inline]
fn before_quote_or_escape(bytes: &[u8]) -> usize {
    const SHORT: usize = 4;
    let (words, _) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().take(SHORT).enumerate() {
        let marks = quotes_and_escapes(u64::from_le_bytes(*word));
        if marks != 0 {
            return number * 8 + (marks.trailing_zeros() / 8) as usize;
        }
    }
    memchr::memchr2(b'"', b'\\', bytes).unwrap_or(bytes.len())
}

/// Marks the first quote or backslash of eight bytes by the highest bit of its byte. Those behind it may be
/// marked without need, since subtraction borrows from them.
#[inline]
fn quotes_and_escapes(word: u64) -> u64 {
    const fn all(byte: u8) -> u64 {
        u64::from_le_bytes([byte; 8])
    }
    let zero = |word: u64| word.wrapping_sub(all(1)) & !word;
    (zero(word ^ all(b'"')) | zero(word ^ all(b'\\'))) & all(0x80)
}

fn is_control(byte: u8) -> bool {
    byte < b' '
}

/// The text may be secret.
impl fmt::Debug for Tokens<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("at", &self.at).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
