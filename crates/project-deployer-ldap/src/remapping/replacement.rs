//! Replacements as Java's `Matcher.appendReplacement` reads them.

use fancy_regex::{Captures, Regex};

#[derive(Debug, Clone)]
pub(super) struct Replacement(Vec<Piece>);

#[derive(Debug, Clone)]
enum Piece {
    Literal(char),
    Group(usize),
}

impl Replacement {
    /// `$1` uses as many digits as still name a group of the pattern. `${name}` is a named group. A
    /// backslash takes the next character literally. Anything else that begins with `$` is an error.
    pub(super) fn parse(text: &str, regex: &Regex) -> Result<Self, String> {
        let names: Vec<Option<&str>> = regex.capture_names().collect();
        let mut pieces = Vec::new();
        let mut rest = text.chars().peekable();
        while let Some(character) = rest.next() {
            match character {
                '\\' => match rest.next() {
                    Some(escaped) => pieces.push(Piece::Literal(escaped)),
                    None => return Err("a backslash at the end; write `\\\\`".to_owned()),
                },
                '$' if rest.next_if_eq(&'{').is_some() => {
                    let name: String =
                        std::iter::from_fn(|| rest.next_if(|next| *next != '}')).collect();
                    if rest.next().is_none() {
                        return Err(format!("`${{{name}` is not closed"));
                    }
                    let group = names.iter().position(|known| *known == Some(name.as_str()));
                    pieces.push(Piece::Group(
                        group.ok_or_else(|| format!("the pattern has no group `{name}`"))?,
                    ));
                }
                '$' => pieces.push(Piece::Group(numbered(&mut rest, names.len())?)),
                _ => pieces.push(Piece::Literal(character)),
            }
        }
        Ok(Self(pieces))
    }

    pub(super) fn expand(&self, captures: &Captures<'_, str>, into: &mut String) {
        for piece in &self.0 {
            match piece {
                Piece::Literal(character) => into.push(*character),
                Piece::Group(group) => {
                    into.push_str(captures.get(*group).map_or("", |group| group.as_str()));
                }
            }
        }
    }
}

fn numbered(
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    groups: usize,
) -> Result<usize, String> {
    let digit =
        |character: &char| character.to_digit(10).and_then(|digit| usize::try_from(digit).ok());
    let first = rest.peek().and_then(digit).ok_or("a `$` without a group; write `\\$`")?;
    rest.next();
    if first >= groups {
        return Err(format!("the pattern has no group {first}"));
    }
    let mut number = first;
    while let Some(next) = rest.peek().and_then(digit) {
        let longer = number * 10 + next;
        if longer >= groups {
            break;
        }
        number = longer;
        rest.next();
    }
    Ok(number)
}
