//! Replacements as Java's `Matcher.appendReplacement` reads them.

use super::java::{Content, Pattern};

#[derive(Debug, Clone)]
pub(super) struct Replacement(Vec<Piece>);

#[derive(Debug, Clone)]
enum Piece {
    Literal(Vec<u16>),
    Group(usize),
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

impl Replacement {
    /// `$1` uses as many digits as still name a group of the pattern. `${name}` is a named group. A
    /// backslash takes the next character literally. Anything else that begins with `$` is an error. Java
    /// reports it when a login matches; here no login has to match.
    pub(super) fn parse(text: &str, pattern: &Pattern) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text.chars().peekable();
        while let Some(character) = rest.next() {
            let literal = match character {
                '\\' => rest.next().ok_or("a backslash at the end; write `\\\\`")?,
                '$' => {
                    let group = if rest.next_if_eq(&'{').is_some() {
                        named(&mut rest, pattern)?
                    } else {
                        numbered(&mut rest, pattern.groups())?
                    };
                    pieces.push(Piece::Group(group));
                    continue;
                }
                _ => character,
            };
            let mut units = [0; 2];
            let units = literal.encode_utf16(&mut units);
            match pieces.last_mut() {
                Some(Piece::Literal(last)) => last.extend_from_slice(units),
                _ => pieces.push(Piece::Literal(units.to_vec())),
            }
        }
        Ok(Self(pieces))
    }

    /// Whether a text may have the replacement of a match: it has all its literal parts, in order.
    pub(super) fn may_make(&self, text: &str) -> bool {
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut rest = units.as_slice();
        self.0.iter().all(|piece| {
            let Piece::Literal(literal) = piece else { return true };
            let at = rest.windows(literal.len()).position(|window| window == literal);
            let after = at.and_then(|at| rest.get(at + literal.len()..));
            rest = after.unwrap_or_default();
            after.is_some()
        })
    }

    /// Adds the replacement of one match. A group that has not matched is empty.
    pub(super) fn expand(&self, text: &[u16], groups: &[Content], into: &mut Vec<u16>) {
        for piece in &self.0 {
            let units = match piece {
                Piece::Literal(units) => units.as_slice(),
                Piece::Group(group) => {
                    let content = groups.get(*group).copied().flatten();
                    content.and_then(|(begin, end)| text.get(begin..end)).unwrap_or_default()
                }
            };
            into.extend_from_slice(units);
        }
    }
}

fn named(rest: &mut Rest<'_>, pattern: &Pattern) -> Result<usize, String> {
    let name: String = std::iter::from_fn(|| rest.next_if(char::is_ascii_alphanumeric)).collect();
    if rest.next() != Some('}') {
        return Err(format!(
            "`${{{name}` is not closed, or the name has more than letters and digits"
        ));
    }
    pattern.named(&name).ok_or_else(|| format!("the pattern has no group `{name}`"))
}

fn numbered(rest: &mut Rest<'_>, groups: usize) -> Result<usize, String> {
    let digit =
        |character: &char| character.to_digit(10).and_then(|digit| usize::try_from(digit).ok());
    let first = rest.peek().and_then(digit).ok_or("a `$` without a group; write `\\$`")?;
    rest.next();
    if first > groups {
        return Err(format!("the pattern has no group {first}"));
    }
    let mut number = first;
    while let Some(next) = rest.peek().and_then(digit) {
        let longer = number * 10 + next;
        if longer > groups {
            break;
        }
        number = longer;
        rest.next();
    }
    Ok(number)
}
