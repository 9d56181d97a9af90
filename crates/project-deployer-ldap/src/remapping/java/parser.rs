use std::collections::BTreeMap;

use super::ast::{Assertion, Ast, Bounds, Mode, Repeat};
use super::escape::Piece;
use super::folding::{self, Fold};
use super::reader::Reader;
use super::refusal::Refusal;
use super::set::Set;

/// Groups within groups, and classes within classes. Java's own limit is that of its stack.
pub(super) const DEPTH_LIMIT: usize = 100;

/// A pattern that was read.
pub(super) struct Parsed {
    pub(super) root: Ast,
    /// The number of capturing groups.
    pub(super) groups: usize,
    pub(super) names: BTreeMap<String, usize>,
    pub(super) uses_unicode: bool,
}

pub(super) struct Parser {
    pub(super) reader: Reader,
    pub(super) groups: usize,
    pub(super) names: BTreeMap<String, usize>,
    pub(super) uses_unicode: bool,
    pub(super) depth: usize,
}

/// Reads a whole pattern.
pub(super) fn parse(pattern: &str) -> Result<Parsed, Refusal> {
    let mut parser = Parser {
        reader: Reader::new(pattern),
        groups: 0,
        names: BTreeMap::new(),
        uses_unicode: false,
        depth: 0,
    };
    let root = parser.alternatives()?;
    if parser.reader.peek().is_some() {
        return Err(parser.reader.syntax("a `)` without its `(`"));
    }
    let Parser { groups, names, uses_unicode, .. } = parser;
    Ok(Parsed { root, groups, names, uses_unicode })
}

impl Parser {
    /// Up to the end, or to the `)` of the group.
    pub(super) fn alternatives(&mut self) -> Result<Ast, Refusal> {
        let mut all = vec![self.sequence()?];
        while self.reader.peek() == Some('|') {
            self.reader.advance();
            all.push(self.sequence()?);
        }
        Ok(match all.pop() {
            Some(only) if all.is_empty() => only,
            last => Ast::Alternatives(all.into_iter().chain(last).collect()),
        })
    }

    fn sequence(&mut self) -> Result<Ast, Refusal> {
        let mut parts = Vec::new();
        while let Some(next) = self.reader.peek() {
            let atom = match next {
                '|' | ')' => break,
                '(' => match self.group()? {
                    Some(group) => group,
                    None => continue,
                },
                '[' => Ast::Set(self.class()?),
                '.' => self.simple(|parser| Ast::Set(parser.dot())),
                '^' => self.simple(Self::caret),
                '$' => self.simple(Self::dollar),
                '*' | '+' | '?' => {
                    return Err(self.reader.syntax(format!("a `{next}` with nothing to repeat")));
                }
                _ => self.literals()?,
            };
            parts.push(self.quantified(atom)?);
        }
        Ok(Ast::Sequence(parts))
    }

    fn simple(&mut self, atom: impl FnOnce(&Self) -> Ast) -> Ast {
        self.reader.advance();
        atom(self)
    }

    fn dot(&self) -> Set {
        let flags = self.reader.flags;
        let ends: &[(u32, u32)] = match (flags.dot_all, flags.unix_lines) {
            (true, _) => &[],
            (false, true) => &[(0xA, 0xA)],
            (false, false) => &[(0xA, 0xA), (0xD, 0xD), (0x85, 0x85), (0x2028, 0x2029)],
        };
        Set::of(ends.iter().copied()).complement()
    }

    fn caret(&self) -> Ast {
        let flags = self.reader.flags;
        Ast::Assertion(if flags.multiline {
            Assertion::LineStart { unix: flags.unix_lines }
        } else {
            Assertion::Start
        })
    }

    fn dollar(&self) -> Ast {
        let flags = self.reader.flags;
        Ast::Assertion(Assertion::LineEnd { unix: flags.unix_lines, multiline: flags.multiline })
    }

    /// Literals in a row, as long as no quantifier takes the last one; or one escape that is no literal.
    /// Before a `{` there may be none: Java repeats nothing in that case.
    fn literals(&mut self) -> Result<Ast, Refusal> {
        let mut codes: Vec<u32> = Vec::new();
        let mut last = self.reader.cursor();
        while let Some(next) = self.reader.peek() {
            let before = self.reader.cursor();
            match next {
                '*' | '+' | '?' | '{' => {
                    if codes.len() > 1 {
                        codes.pop();
                        self.reader.set_cursor(last);
                    }
                    break;
                }
                '$' | '.' | '^' | '(' | '[' | '|' | ')' => break,
                '\\' => match self.escape()? {
                    Piece::Literal(code) => codes.push(code),
                    Piece::Part(part) if codes.is_empty() => return Ok(part),
                    Piece::Part(_) => {
                        self.reader.set_cursor(before);
                        break;
                    }
                },
                _ => {
                    self.reader.advance();
                    codes.push(u32::from(next));
                }
            }
            last = before;
        }
        let fold = self.fold();
        Ok(match codes.as_slice() {
            [code] => Ast::Set(folding::single(*code, fold)),
            codes => Ast::Run(codes.iter().map(|code| folding::in_a_run(*code, fold)).collect()),
        })
    }

    /// How letters are compared here.
    pub(super) fn fold(&mut self) -> Fold {
        let flags = self.reader.flags;
        match (flags.caseless, flags.unicode_case) {
            (false, _) => Fold::None,
            (true, false) => Fold::Ascii,
            (true, true) => {
                self.uses_unicode = true;
                Fold::Unicode
            }
        }
    }

    /// An atom with the quantifier after it. A second quantifier is not its business.
    fn quantified(&mut self, atom: Ast) -> Result<Ast, Refusal> {
        let (min, max, optional) = match self.reader.peek() {
            Some('?') => (0, 1, true),
            Some('*') => (0, u32::MAX, false),
            Some('+') => (1, u32::MAX, false),
            Some('{') => {
                let (min, max) = self.bounds()?;
                // Java reads `{0,1}` as `?`.
                (min, max, (min, max) == (0, 1))
            }
            _ => return Ok(atom),
        };
        self.reader.advance();
        let mode = match self.reader.peek() {
            Some('?') => Mode::Lazy,
            Some('+') => Mode::Possessive,
            _ => Mode::Greedy,
        };
        if mode != Mode::Greedy {
            self.reader.advance();
        }
        let bounds = Bounds { min, max, mode, optional };
        Ok(Ast::Repeat(Box::new(Repeat { atom, bounds })))
    }

    /// `{2}`, `{2,}` or `{2,4}`, up to the closing brace.
    fn bounds(&mut self) -> Result<(u32, u32), Refusal> {
        let start = self.reader.at();
        let refusal = |what: &str| Refusal::syntax(what, start);
        self.reader.advance();
        let min = self.bound(start)?.ok_or_else(|| refusal("a `{` that is not a repetition"))?;
        self.no_blank(0)?;
        let max = if self.reader.take_if(',') {
            self.no_blank(0)?;
            match (self.reader.raw(), self.bound(start)?) {
                (_, Some(max)) => max,
                (Some('}'), None) => u32::MAX,
                _ => return Err(refusal("a `{` that is not a repetition")),
            }
        } else {
            min
        };
        self.no_blank(0)?;
        if self.reader.raw() != Some('}') {
            return Err(refusal("a repetition without its `}`"));
        }
        if max < min {
            return Err(refusal("a repetition with its bounds in the wrong order"));
        }
        Ok((min, max))
    }

    fn bound(&mut self, start: usize) -> Result<Option<u32>, Refusal> {
        let digits = self.reader.digits(10, usize::MAX);
        if digits.is_empty() {
            return Ok(None);
        }
        let number = digits
            .iter()
            .try_fold(0_i32, |number, digit| number.checked_mul(10)?.checked_add_unsigned(*digit));
        let number = number.and_then(|number| u32::try_from(number).ok());
        number
            .map(Some)
            .ok_or_else(|| Refusal::syntax("a repetition with too large a number", start))
    }
}
