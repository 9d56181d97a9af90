//! Classes in brackets.

use super::escape::Escaped;
use super::folding;
use super::parser::Parser;
use super::refusal::Refusal;
use super::set::Set;

/// What a class holds so far. Java keeps single characters below 256 apart and never empties them: they come
/// back with the next such character after an intersection.
#[derive(Default)]
struct Members {
    /// Everything else.
    set: Option<Set>,
    singles: Set,
    /// Whether there are new singles.
    has_singles: bool,
    /// The operand that Java takes for an intersection with nothing.
    last: Option<Set>,
}

impl Members {
    fn add(&mut self, set: Set) {
        self.set = Some(match &self.set {
            Some(known) => known.union(&set),
            None => set.clone(),
        });
        self.last = Some(set);
    }

    fn add_single(&mut self, set: &Set) {
        self.singles = self.singles.union(set);
        self.has_singles = true;
        self.last = None;
    }

    /// With the singles.
    fn close(&mut self) -> Option<Set> {
        if std::mem::take(&mut self.has_singles) {
            self.set = Some(match &self.set {
                Some(known) => known.union(&self.singles),
                None => {
                    self.last = Some(self.singles.clone());
                    self.singles.clone()
                }
            });
        }
        self.set.clone()
    }
}

impl Parser {
    /// A class from its `[` to its `]`.
    pub(super) fn class(&mut self) -> Result<Set, Refusal> {
        let at = self.reader.at();
        self.reader.advance();
        let negated = self.reader.raw() == Some('^');
        if negated {
            self.reader.advance();
        }
        let set = self.members(at)?;
        self.reader.advance();
        Ok(if negated { set.complement() } else { set })
    }

    /// The members up to the `]`, which stays.
    fn members(&mut self, at: usize) -> Result<Set, Refusal> {
        self.deeper(at)?;
        let mut members = Members::default();
        loop {
            match self.reader.peek() {
                None => return Err(Refusal::syntax("a `[` without its `]`", at)),
                Some('[') => members.add(self.class()?),
                Some('&') if self.reader.raw_after(1) == Some('&') => {
                    self.intersection(&mut members, at)?;
                }
                Some('&') => {
                    self.no_blank(1)?;
                    self.member(&mut members)?;
                }
                Some(']') => match members.close() {
                    Some(set) => {
                        self.depth -= 1;
                        return Ok(set);
                    }
                    // The first member.
                    None => self.member(&mut members)?,
                },
                Some(_) => self.member(&mut members)?,
            }
        }
    }

    /// `&&` and what follows, up to the next `&&` or the end.
    fn intersection(&mut self, members: &mut Members, at: usize) -> Result<(), Refusal> {
        let place = self.reader.at();
        self.reader.advance();
        self.reader.advance();
        let mut right: Option<Set> = None;
        loop {
            match self.reader.peek() {
                None => return Err(Refusal::syntax("a `[` without its `]`", at)),
                Some(']' | '&') => break,
                Some(next) => {
                    let more = if next == '[' { self.class()? } else { self.members(at)? };
                    right = Some(right.map_or_else(|| more.clone(), |known| known.union(&more)));
                }
            }
        }
        let left = members.close();
        if let Some(right) = &right {
            members.last = Some(right.clone());
        }
        let both = match (left, right, &members.last) {
            (None, None, _) => return Err(Refusal::syntax("an intersection of nothing", place)),
            (None, Some(right), _) => right,
            (Some(left), _, Some(right)) => left.intersection(right),
            (Some(_), _, None) => {
                return Err(Refusal::unsupported(
                    "an intersection with nothing",
                    place,
                    "the class without `&&`",
                ));
            }
        };
        members.set = Some(both);
        Ok(())
    }

    /// A character, a range or an escape. After an escape for a whole class, a hyphen is a character.
    fn member(&mut self, members: &mut Members) -> Result<(), Refusal> {
        let at = self.reader.at();
        let code = match self.reader.raw() {
            Some('\\') => match self.escaped(self.reader.raw_after(2) == Some('-'))? {
                Escaped::Code(code) => code,
                Escaped::Set(set) => {
                    members.add(set);
                    return Ok(());
                }
            },
            Some(other) => {
                self.reader.advance();
                u32::from(other)
            }
            None => return Ok(()),
        };
        let fold = self.fold();
        if let Some(end) = self.range_end(at)? {
            if end < code {
                return Err(Refusal::syntax("a range with its ends in the wrong order", at));
            }
            members.add(folding::range(code, end, fold));
        } else if folding::is_in_the_table(code, fold) {
            members.add_single(&folding::in_the_table(code, fold));
        } else {
            members.add(folding::single(code, fold));
        }
        Ok(())
    }

    /// The end of a range, if a hyphen begins one.
    fn range_end(&mut self, at: usize) -> Result<Option<u32>, Refusal> {
        if self.reader.peek() != Some('-') {
            return Ok(None);
        }
        match self.reader.raw_after(1) {
            Some('[' | ']') => return Ok(None),
            _ => self.no_blank(1)?,
        }
        self.reader.advance();
        match self.reader.peek() {
            None => Err(Refusal::syntax("a `[` without its `]`", at)),
            Some('\\') => match self.escaped(true)? {
                Escaped::Code(code) => Ok(Some(code)),
                Escaped::Set(_) => Err(Refusal::syntax("a range that ends with a class", at)),
            },
            Some(other) => {
                self.reader.advance();
                Ok(Some(u32::from(other)))
            }
        }
    }
}
