//! Steps that look at a place of the text: line ends, borders, back references and look-arounds.

use super::ast::{Assertion, Look};
use super::folding::{Fold, ascii_lower, folded, upper};
use super::machine::Next::{self, Fail, Go};
use super::machine::{Frame, Machine, code_at};
use super::program::Id;
use super::search::Stop;
use super::words;

impl Machine<'_> {
    /// `\r\n` or, when what follows fails, its `\r` alone.
    pub(super) fn line_break(&mut self, next: Id, at: usize) -> Next {
        match self.text.get(at) {
            Some(0xA..=0xC | 0x85 | 0x2028 | 0x2029) => Go(next, at + 1),
            Some(0xD) if self.is_unit(at + 1, 0xA) => {
                self.stack.push(Frame::Try { step: next, at: at + 1 });
                Go(next, at + 2)
            }
            Some(0xD) => Go(next, at + 1),
            _ => Fail,
        }
    }

    /// The end of what a group holds, once more.
    pub(super) fn same(&self, group: usize, fold: Fold, at: usize) -> Option<usize> {
        let (begin, end) = self.content(group)?;
        let last = at.checked_add(end.checked_sub(begin)?)?;
        let there = self.text.get(at..last)?;
        let held = self.text.get(begin..end)?;
        if fold == Fold::None {
            return (there == held).then_some(last);
        }
        let (mut one, mut other) = (at, begin);
        while other < end {
            let ((here, next), (there, after)) =
                (code_at(self.text, one)?, code_at(self.text, other)?);
            let same = match fold {
                Fold::None | Fold::Ascii => ascii_lower(here) == ascii_lower(there),
                Fold::Unicode => upper(here) == upper(there) || folded(here) == folded(there),
            };
            if here != there && !same {
                return None;
            }
            (one, other) = (next, after);
        }
        Some(last)
    }

    pub(super) fn holds(&mut self, assertion: Assertion, at: usize) -> Result<bool, Stop> {
        Ok(match assertion {
            Assertion::Start => at == 0,
            Assertion::End => at == self.text.len(),
            Assertion::LastMatch => at == self.last_end,
            Assertion::LineStart { unix } => self.is_line_start(at, unix),
            Assertion::LineEnd { unix, multiline } => self.is_line_end(at, unix, multiline),
            Assertion::Word { negative, unicode } => {
                let border = words::is_border(self.text, at, unicode).ok_or(Stop::Version)?;
                border != negative
            }
        })
    }

    pub(super) fn ends_line(&self, at: usize, unix: bool) -> bool {
        match self.text.get(at) {
            Some(0xA) => true,
            Some(0xD | 0x85 | 0x2028 | 0x2029) => !unix,
            _ => false,
        }
    }

    /// Not at the end of the text, and not within `\r\n`.
    pub(super) fn is_line_start(&self, at: usize, unix: bool) -> bool {
        if at == self.text.len() {
            return false;
        }
        let Some(before) = at.checked_sub(1) else { return true };
        self.ends_line(before, unix) && !(self.is_unit(before, 0xD) && self.is_unit(at, 0xA))
    }

    /// At the end of the text, before the line end that ends it, and with `(?m)` before each one.
    pub(super) fn is_line_end(&self, at: usize, unix: bool, multiline: bool) -> bool {
        let length = self.text.len();
        if at == length {
            return true;
        }
        let within = !unix && at > 0 && self.is_unit(at - 1, 0xD) && self.is_unit(at, 0xA);
        if !self.ends_line(at, unix) || within {
            return false;
        }
        let pair = !unix && self.is_unit(at, 0xD) && self.is_unit(at + 1, 0xA);
        multiline || at + 1 + usize::from(pair) == length
    }

    pub(super) fn look(
        &mut self,
        look: Look,
        lengths: (usize, usize),
        content: Id,
        at: usize,
    ) -> Result<bool, Stop> {
        if !look.behind {
            return Ok(self.run(content, at)?.is_some());
        }
        let before = std::mem::replace(&mut self.behind, at);
        let (min, max) = lengths;
        let mut holds = false;
        if let Some(nearest) = at.checked_sub(min) {
            for begin in (at.saturating_sub(max)..=nearest).rev() {
                if self.run(content, begin)?.is_some() {
                    holds = true;
                    break;
                }
            }
        }
        self.behind = before;
        Ok(holds)
    }
}
