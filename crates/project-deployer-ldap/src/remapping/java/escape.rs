//! What begins with a backslash.

use super::ast::{Assertion, Ast};
use super::parser::Parser;
use super::refusal::Refusal;
use super::set::Set;

const HORIZONTAL: [(u32, u32); 9] = [
    (0x9, 0x9),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x180E, 0x180E),
    (0x2000, 0x200A),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
];
const VERTICAL: [(u32, u32); 3] = [(0xA, 0xD), (0x85, 0x85), (0x2028, 0x2029)];

/// An escape outside classes.
pub(super) enum Piece {
    Literal(u32),
    Part(Ast),
}

/// An escape that stands for characters, in a class or elsewhere.
pub(super) enum Escaped {
    /// A literal.
    Code(u32),
    /// A class of characters.
    Set(Set),
}

impl Parser {
    /// An escape outside classes.
    pub(super) fn escape(&mut self) -> Result<Piece, Refusal> {
        Ok(Piece::Part(match self.part()? {
            Some(part) => part,
            None => match self.escaped(false)? {
                Escaped::Code(code) => return Ok(Piece::Literal(code)),
                Escaped::Set(set) => Ast::Set(set),
            },
        }))
    }

    /// An escape that stands for no character. None for another.
    fn part(&mut self) -> Result<Option<Ast>, Refusal> {
        let at = self.reader.at();
        let assertion = match self.reader.raw_after(1) {
            Some('A') => Assertion::Start,
            Some('G') => Assertion::LastMatch,
            Some('z') => Assertion::End,
            Some(name @ ('b' | 'B')) => self.word_border(name == 'B', at)?,
            Some('Z') => {
                let unix = self.reader.flags.unix_lines;
                Assertion::LineEnd { unix, multiline: false }
            }
            Some('R') => {
                self.skip(2);
                return Ok(Some(Ast::LineBreak));
            }
            Some('X') => {
                return Err(Refusal::unsupported("`\\X`", at, "`(?>\\P{M}\\p{M}*)`"));
            }
            Some('k') => return self.named_reference(at).map(Some),
            Some('1'..='9') => return self.numbered_reference().map(Some),
            _ => return Ok(None),
        };
        self.skip(2);
        Ok(Some(Ast::Assertion(assertion)))
    }

    fn word_border(&mut self, negative: bool, at: usize) -> Result<Assertion, Refusal> {
        if !negative
            && self.reader.raw_after(2) == Some('{')
            && self.reader.raw_after(3) == Some('g')
        {
            return Err(self.grapheme_boundary(at));
        }
        self.no_blank(2)?;
        self.uses_unicode = true;
        Ok(Assertion::Word { negative, unicode: self.reader.flags.unicode_classes })
    }

    fn skip(&mut self, count: usize) {
        (0..count).for_each(|_| self.reader.advance());
    }

    fn grapheme_boundary(&self, at: usize) -> Refusal {
        if self.reader.raw_after(4) == Some('}') {
            return Refusal::unsupported("`\\b{g}`", at, "`(?!\\p{M})`");
        }
        Refusal::syntax("a `\\b{g` that is not `\\b{g}`", at)
    }

    fn named_reference(&mut self, at: usize) -> Result<Ast, Refusal> {
        self.skip(2);
        if !self.reader.take_if('<') {
            return Err(Refusal::syntax("a `\\k` without the name of a group", at));
        }
        let name = self.group_name()?;
        let unknown = || {
            Refusal::syntax(format!("a `\\k<{name}>` without a group of that name before it"), at)
        };
        let group = self.names.get(&name).copied().ok_or_else(unknown)?;
        Ok(Ast::Back(group, self.fold()))
    }

    /// As many digits as still name a group that has begun; the first in any case.
    fn numbered_reference(&mut self) -> Result<Ast, Refusal> {
        self.skip(1);
        let mut group = 0;
        while let Some(digit) = self.reader.raw().and_then(|next| next.to_digit(10)) {
            let longer = group * 10 + usize::try_from(digit).unwrap_or(usize::MAX);
            if group > 0 && longer > self.groups {
                break;
            }
            group = longer;
            self.reader.advance();
        }
        self.no_blank(0)?;
        Ok(Ast::Back(group, self.fold()))
    }

    /// An escape that stands for characters. `in_range`: it is one end of a range.
    pub(super) fn escaped(&mut self, in_range: bool) -> Result<Escaped, Refusal> {
        let at = self.reader.at();
        self.reader.advance();
        let Some(name) = self.reader.take_raw() else {
            return Err(Refusal::syntax("a backslash at the end", at));
        };
        if matches!(name, 'c' | 'p' | 'P') {
            self.no_blank(0)?;
        }
        let unicode = self.reader.flags.unicode_classes;
        let code = match name {
            '0' => return self.octal(at),
            'x' => return self.hexadecimal(at),
            'u' => return self.unit(at),
            'N' => return Err(self.named_character(at)),
            'c' => match self.reader.take_raw() {
                Some(letter) => u32::from(letter) ^ 64,
                None => return Err(Refusal::syntax("a `\\c` at the end", at)),
            },
            'a' => 7,
            'e' => 0x1B,
            'f' => 0xC,
            'n' => 0xA,
            'r' => 0xD,
            't' => 9,
            'v' if in_range => 0xB,
            'p' | 'P' => return self.property(name == 'P', at).map(Escaped::Set),
            'd' | 'D' | 'w' | 'W' | 's' | 'S' => {
                self.uses_unicode |= unicode;
                let set = super::posix::shorthand(name.to_ascii_lowercase(), unicode);
                return Ok(Escaped::Set(if name.is_ascii_uppercase() {
                    set.complement()
                } else {
                    set
                }));
            }
            'h' => return Ok(Escaped::Set(Set::of(HORIZONTAL))),
            'H' => return Ok(Escaped::Set(Set::of(HORIZONTAL).complement())),
            'v' => return Ok(Escaped::Set(Set::of(VERTICAL))),
            'V' => return Ok(Escaped::Set(Set::of(VERTICAL).complement())),
            _ if name.is_ascii_alphanumeric() => {
                return Err(Refusal::syntax(format!("`\\{name}`, which has no meaning here"), at));
            }
            _ => u32::from(name),
        };
        Ok(Escaped::Code(code))
    }

    fn octal(&mut self, at: usize) -> Result<Escaped, Refusal> {
        let cursor = self.reader.cursor();
        let digits = self.reader.digits(8, 3);
        let most = if digits.first().is_some_and(|first| *first > 3) { 2 } else { 3 };
        if digits.is_empty() {
            return Err(Refusal::syntax("a `\\0` without an octal digit", at));
        }
        self.reader.set_cursor(cursor + digits.len().min(most));
        self.no_blank(0)?;
        Ok(Escaped::Code(digits.iter().take(most).fold(0, |code, digit| code * 8 + digit)))
    }

    fn hexadecimal(&mut self, at: usize) -> Result<Escaped, Refusal> {
        let refusal = |what: &str| Err(Refusal::syntax(what, at));
        if !self.reader.take_if('{') {
            let digits = self.reader.digits(16, 2);
            return match digits.as_slice() {
                [high, low] => self.checked(high * 16 + low, at),
                _ => refusal("a `\\x` without two hexadecimal digits"),
            };
        }
        let digits = self.reader.digits(16, usize::MAX);
        if digits.is_empty() || !self.reader.take_if('}') {
            return refusal("a `\\x{` without its number and `}`");
        }
        let code =
            digits.iter().fold(0_u32, |code, digit| code.saturating_mul(16).saturating_add(*digit));
        if code > 0x10_FFFF {
            return refusal("a `\\x{` with too large a number");
        }
        self.checked(code, at)
    }

    /// `\uHHHH`, or two of them for a letter outside the basic plane.
    fn unit(&mut self, at: usize) -> Result<Escaped, Refusal> {
        let high = self.four(at)?;
        let cursor = self.reader.cursor();
        if (0xD800..0xDC00).contains(&high) && self.reader.take_if('\\') && self.reader.take_if('u')
        {
            let low = self.four(at)?;
            if (0xDC00..0xE000).contains(&low) {
                return Ok(Escaped::Code(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00)));
            }
        }
        self.reader.set_cursor(cursor);
        self.checked(high, at)
    }

    fn four(&mut self, at: usize) -> Result<u32, Refusal> {
        let digits = self.reader.digits(16, 4);
        if digits.len() < 4 {
            return Err(Refusal::syntax("a `\\u` without four hexadecimal digits", at));
        }
        Ok(digits.iter().fold(0, |code, digit| code * 16 + digit))
    }

    /// Half of a pair is no letter.
    fn checked(&self, code: u32, at: usize) -> Result<Escaped, Refusal> {
        if (0xD800..0xE000).contains(&code) {
            let what = format!("`\\u{code:04X}`, which is half of a letter");
            return Err(Refusal::unsupported(what, at, "the whole letter"));
        }
        Ok(Escaped::Code(code))
    }

    fn named_character(&self, at: usize) -> Refusal {
        if self.reader.raw() != Some('{') {
            return Refusal::syntax("a `\\N` without `{` and a name", at);
        }
        Refusal::unsupported("`\\N{…}`", at, "the character itself or `\\x{…}` with its number")
    }
}
