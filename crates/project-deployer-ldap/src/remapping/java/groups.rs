//! What begins with a parenthesis.

use super::ast::{Ast, Look};
use super::parser::{DEPTH_LIMIT, Parser};
use super::reader::Flags;
use super::refusal::Refusal;

impl Parser {
    /// A group, or `None` for flags that hold from here on.
    pub(super) fn group(&mut self) -> Result<Option<Ast>, Refusal> {
        let at = self.reader.at();
        let flags = self.reader.flags;
        self.reader.advance();
        if self.reader.has_blank_after(0) && self.reader.peek() == Some('?') {
            return Err(Refusal::unsupported("a blank between `(` and `?`", at, "`(?`"));
        }
        if !self.reader.take_if('?') {
            let group = self.capturing(None, at)?;
            self.reader.flags = flags;
            return Ok(Some(group));
        }
        let first = self.reader.raw();
        let group = match first {
            Some(':') => Ast::Group(None, Box::new(self.content_after(1, at)?)),
            Some('>') => Ast::Atomic(Box::new(self.content_after(1, at)?)),
            Some('=' | '!') => {
                let look = Look { behind: false, negative: first == Some('!'), at };
                Ast::Look(look, Box::new(self.content_after(1, at)?))
            }
            Some('<') => self.named_or_behind(at)?,
            _ => {
                self.reader.flags = self.flags(at)?;
                self.no_blank(0)?;
                if self.reader.take_if(')') {
                    return Ok(None);
                }
                if self.reader.raw() != Some(':') {
                    return Err(Refusal::syntax("a `(?` that begins no group of Java", at));
                }
                Ast::Group(None, Box::new(self.content_after(1, at)?))
            }
        };
        self.reader.flags = flags;
        Ok(Some(group))
    }

    fn named_or_behind(&mut self, at: usize) -> Result<Ast, Refusal> {
        match self.reader.raw_after(1) {
            Some(next @ ('=' | '!')) => {
                let look = Look { behind: true, negative: next == '!', at };
                Ok(Ast::Look(look, Box::new(self.content_after(2, at)?)))
            }
            _ => {
                self.reader.advance();
                let name = self.group_name()?;
                if self.names.contains_key(&name) {
                    return Err(Refusal::syntax(format!("a second group `{name}`"), at));
                }
                self.capturing(Some(name), at)
            }
        }
    }

    fn capturing(&mut self, name: Option<String>, at: usize) -> Result<Ast, Refusal> {
        self.groups += 1;
        let number = self.groups;
        if let Some(name) = name {
            self.names.insert(name, number);
        }
        Ok(Ast::Group(Some(number), Box::new(self.content_after(0, at)?)))
    }

    /// The content of a group, after so many characters of its head, and its end.
    fn content_after(&mut self, head: usize, at: usize) -> Result<Ast, Refusal> {
        (0..head).for_each(|_| self.reader.advance());
        self.deeper(at)?;
        let content = self.alternatives()?;
        self.depth -= 1;
        if self.reader.peek() != Some(')') {
            return Err(Refusal::syntax("a `(` without its `)`", at));
        }
        self.reader.advance();
        Ok(content)
    }

    /// Counts a group or class within another.
    pub(super) fn deeper(&mut self, at: usize) -> Result<(), Refusal> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err(Refusal::unsupported(
                "more than 100 groups within each other",
                at,
                "fewer groups",
            ));
        }
        Ok(())
    }

    /// Refuses a blank after so many characters, where Java skips it under `(?x)`.
    pub(super) fn no_blank(&self, count: usize) -> Result<(), Refusal> {
        if self.reader.has_blank_after(count) {
            let at = self.reader.at() + count;
            return Err(Refusal::unsupported(
                "a blank in this place",
                at,
                "the pattern without it",
            ));
        }
        Ok(())
    }

    /// The name of a group, after `<`, and the `>` after it.
    pub(super) fn group_name(&mut self) -> Result<String, Refusal> {
        let mut name = String::new();
        while let Some(next) = self.reader.raw().filter(char::is_ascii_alphanumeric) {
            name.push(next);
            self.reader.advance();
        }
        if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return Err(self
                .reader
                .syntax("the name of a group that does not begin with a letter"));
        }
        if !self.reader.take_if('>') {
            return Err(self
                .reader
                .syntax("the name of a group with more than letters and digits"));
        }
        Ok(name)
    }

    /// The flags after `(?`.
    fn flags(&mut self, at: usize) -> Result<Flags, Refusal> {
        let mut flags = self.reader.flags;
        let mut on = true;
        while let Some(next) = self.reader.raw() {
            match next {
                'i' => flags.caseless = on,
                'm' => flags.multiline = on,
                's' => flags.dot_all = on,
                'd' => flags.unix_lines = on,
                'u' => flags.unicode_case = on,
                'x' => flags.comments = on,
                'U' => {
                    flags.unicode_classes = on;
                    flags.unicode_case = on;
                }
                'c' => {
                    return Err(Refusal::unsupported("the flag `c`", at, "the pattern without it"));
                }
                '-' if on => on = false,
                _ => break,
            }
            self.reader.advance();
        }
        Ok(flags)
    }
}
