//! `Matcher.find` and the loop of `replaceAll`.

use super::machine::Machine;
use super::tables::STABLE;
use super::{Content, Pattern};

/// The most steps for one search through a login.
pub(super) const STEPS: usize = 1_000_000;

/// The most frames at a time.
pub(super) const FRAMES: usize = 100_000;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Stop {
    /// It takes too many steps.
    Steps,
    /// Versions of Java differ here.
    Version,
    /// A match would begin or end within a letter outside the basic plane.
    Half,
}

/// The groups of each match, in order. Group 0 is the whole match.
pub(in super::super) type Found = Vec<Vec<Content>>;

impl Pattern {
    /// All matches in a text.
    pub(in super::super) fn find_all(&self, text: &[u16]) -> Result<Found, Stop> {
        if self.uses_unicode && !is_stable(text) {
            return Err(Stop::Version);
        }
        // Java counts the units or the letters of a look-behind, by what stands in the pattern after it.
        if self.program.behind && text.iter().any(|unit| is_low(*unit)) {
            return Err(Stop::Half);
        }
        let found = self.find_from_halves(text, false)?;
        // Whether Java begins a search within a letter depends on the pattern; both have to agree.
        if text.iter().any(|unit| is_low(*unit)) && self.find_from_halves(text, true)? != found {
            return Err(Stop::Half);
        }
        Ok(found)
    }

    fn find_from_halves(&self, text: &[u16], skips_halves: bool) -> Result<Found, Stop> {
        let mut machine = Machine::new(&self.program, text, STEPS);
        let mut found = Found::new();
        let mut from = 0;
        while let Some((begin, end)) = self.find(&mut machine, text, from, skips_halves)? {
            if is_half(text, begin) || is_half(text, end) {
                return Err(Stop::Half);
            }
            let mut groups = machine.groups.clone();
            if let Some(whole) = groups.first_mut() {
                *whole = Some((begin, end));
            }
            let cut = |content: &Content| {
                content.is_some_and(|(begin, end)| is_half(text, begin) || is_half(text, end))
            };
            if groups.iter().any(cut) {
                return Err(Stop::Half);
            }
            found.push(groups);
            machine.last_end = end;
            from = if begin == end { end + 1 } else { end };
            if is_half(text, from) {
                return Err(Stop::Half);
            }
        }
        Ok(found)
    }

    fn find(
        &self,
        machine: &mut Machine<'_>,
        text: &[u16],
        from: usize,
        skips_halves: bool,
    ) -> Result<Content, Stop> {
        machine.groups.fill(None);
        let last = if self.program.anchored { 0 } else { text.len() };
        for begin in from..=last {
            if self.may_begin(text, begin)
                && !(skips_halves && is_half(text, begin))
                && let Some(end) = machine.run(self.program.start, begin)?
            {
                return Ok(Some((begin, end)));
            }
        }
        Ok(None)
    }

    fn may_begin(&self, text: &[u16], at: usize) -> bool {
        let Some(first) = self.program.first else { return true };
        text.get(at).is_some_and(|unit| *unit >= 128 || first >> unit & 1 == 1)
    }
}

fn is_low(unit: u16) -> bool {
    (0xDC00..0xE000).contains(&unit)
}

/// Whether a place is within a letter. A text has no half of a letter alone.
fn is_half(text: &[u16], at: usize) -> bool {
    text.get(at).is_some_and(|unit| is_low(*unit))
}

fn is_stable(text: &[u16]) -> bool {
    text.iter().all(|unit| *unit < 128) || {
        let mut letters = char::decode_utf16(text.iter().copied());
        letters.all(|letter| letter.is_ok_and(|letter| STABLE.contains(u32::from(letter))))
    }
}
