//! Parses distinguished names.

use super::{Dn, DnError, Rdn, value_fault};
use crate::attribute::AttributeName;
use crate::caseless::shortened;

const LIMIT: usize = 10_000;

pub(super) fn dn(text: &str) -> Result<Dn, DnError> {
    if text.len() > LIMIT {
        return Err(DnError::TooLong { length: text.len() });
    }
    if text.trim().is_empty() {
        return Ok(Dn::root());
    }
    let rdns = split(text, ',').into_iter().map(rdn).collect::<Result<_, _>>()?;
    let dn = Dn::from_steps(rdns);
    let is_odd = !text.is_ascii() || text.contains('\\');
    Ok(match is_odd && dn.to_string() != text {
        true => Dn { written: Some(text.into()), ..dn },
        false => dn,
    })
}

fn rdn(text: &str) -> Result<Rdn, DnError> {
    let pairs = split(text, '+').into_iter().map(pair).collect::<Result<_, _>>()?;
    Ok(Rdn { pairs })
}

fn pair(text: &str) -> Result<(AttributeName, String), DnError> {
    let Some((name, value)) = text.split_once('=') else {
        return Err(DnError::NoEquals { step: shortened(text) });
    };
    Ok((AttributeName::parse(name.trim())?, unescaped(value)?))
}

/// Splits at separators that no backslash escapes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut escape = false;
    for (index, character) in text.char_indices() {
        if escape {
            escape = false;
        } else if character == '\\' {
            escape = true;
        } else if character == separator {
            parts.push(text.get(start..index).unwrap_or_default());
            start = index + character.len_utf8();
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

/// Hexadecimal pairs are bytes, so the value is assembled from bytes and decoded as text at the end.
fn unescaped(written: &str) -> Result<String, DnError> {
    let inner = trimmed(written);
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(character) = rest.next() {
        match character {
            '\\' => bytes.extend(escape(&mut rest, written)?),
            '"' | ';' | '<' | '>' | '\0' => {
                return Err(value_fault("a character that needs an escape", written));
            }
            _ => bytes.extend(character.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    String::from_utf8(bytes).map_err(|_| value_fault("bytes that are not UTF-8 text", written))
}

fn escape(rest: &mut std::str::Chars<'_>, written: &str) -> Result<Vec<u8>, DnError> {
    let Some(first) = rest.next() else {
        return Err(value_fault("a backslash at the end", written));
    };
    if matches!(first, ' ' | '"' | '#' | '+' | ',' | ';' | '<' | '=' | '>' | '\\') {
        return Ok(vec![first as u8]);
    }
    let second = rest.next();
    match (first.to_digit(16), second.and_then(|digit| digit.to_digit(16))) {
        (Some(high), Some(low)) => Ok(vec![u8::try_from(high * 16 + low).unwrap_or_default()]),
        _ => Err(value_fault("a backslash that escapes nothing", written)),
    }
}

/// The value without the blanks around it. An escaped blank at the end is kept.
fn trimmed(written: &str) -> &str {
    let start = written.trim_start_matches(' ');
    let end = start.trim_end_matches(' ');
    let backslashes = end.len() - end.trim_end_matches('\\').len();
    if backslashes % 2 == 1 && end.len() < start.len() {
        return start.get(..=end.len()).unwrap_or(start);
    }
    end
}
