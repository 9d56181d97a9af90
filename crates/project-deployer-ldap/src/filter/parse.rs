//! Parses filters. The parser is generic in the type of values, so that templates use the same rules.

use super::{Comparison, DEPTH_LIMIT, ExtensibleMatch, Filter, FilterError, MatchingRule};
use crate::attribute::{AttributeName, AttributeValue};
use crate::caseless::shortened;

const LENGTH_LIMIT: usize = 20_000;

/// Parses one value from its text in the filter.
pub(crate) type ReadValue<'a, V> = &'a dyn Fn(&str) -> Result<V, FilterError>;

pub(crate) fn filter<V>(text: &str, value: ReadValue<'_, V>) -> Result<Filter<V>, FilterError> {
    if text.len() > LENGTH_LIMIT {
        return Err(FilterError::TooLong { length: text.len() });
    }
    let mut reader = Reader { text, position: 0, value };
    reader.skip_blanks();
    let filter =
        if reader.rest().starts_with('(') { reader.filter(0)? } else { reader.comparison()? };
    reader.skip_blanks();
    if reader.rest().is_empty() { Ok(filter) } else { Err(reader.unexpected("the end")) }
}

/// A value with `\xx` for bytes; all other text is literal.
pub(crate) fn literal(text: &str) -> Result<AttributeValue, FilterError> {
    unescaped(text).map(AttributeValue::from)
}

pub(crate) fn unescaped(text: &str) -> Result<Vec<u8>, FilterError> {
    let mut parts = text.split('\\');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let byte = part
            .get(..2)
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .ok_or_else(|| FilterError::Escape { value: shortened(text) })?;
        bytes.push(byte);
        bytes.extend(part.bytes().skip(2));
    }
    Ok(bytes)
}

struct Reader<'a, V> {
    text: &'a str,
    position: usize,
    value: ReadValue<'a, V>,
}

impl<'a, V> Reader<'a, V> {
    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start().len();
    }

    fn unexpected(&self, expected: &'static str) -> FilterError {
        let found = self.rest().chars().next().map_or_else(
            || "nothing more".to_owned(),
            |character| format!("`{}`", character.escape_debug()),
        );
        FilterError::Unexpected { found, position: self.position + 1, expected }
    }

    fn expect(&mut self, sign: char, expected: &'static str) -> Result<(), FilterError> {
        if !self.rest().starts_with(sign) {
            return Err(self.unexpected(expected));
        }
        self.position += sign.len_utf8();
        Ok(())
    }

    fn filter(&mut self, depth: usize) -> Result<Filter<V>, FilterError> {
        if depth >= DEPTH_LIMIT {
            return Err(FilterError::TooDeep);
        }
        self.expect('(', "`(`")?;
        self.skip_blanks();
        let filter = match self.rest().chars().next() {
            Some('&') => Filter::And(self.list(depth)?),
            Some('|') => Filter::Or(self.list(depth)?),
            Some('!') => {
                self.position += 1;
                self.skip_blanks();
                Filter::Not(Box::new(self.filter(depth + 1)?))
            }
            _ => self.comparison()?,
        };
        self.skip_blanks();
        self.expect(')', "`)`")?;
        Ok(filter)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Filter<V>>, FilterError> {
        self.position += 1;
        let mut parts = Vec::new();
        loop {
            self.skip_blanks();
            if !self.rest().starts_with('(') {
                return Ok(parts);
            }
            parts.push(self.filter(depth + 1)?);
        }
    }

    /// `attribute`, sign and value, up to the parenthesis that closes it.
    fn comparison(&mut self) -> Result<Filter<V>, FilterError> {
        let rest = self.rest();
        let end = rest.find(['(', ')']).unwrap_or(rest.len());
        let item = rest.get(..end).unwrap_or_default();
        let Some((left, right)) = item.split_once('=') else {
            self.position += end;
            return Err(self.unexpected("`=`"));
        };
        self.position += end;
        let left = left.trim();
        if let Some(left) = left.strip_suffix(':') {
            return self.extensible(left, right);
        }
        let (name, comparison) = match left.char_indices().next_back() {
            Some((at, '~')) => (left.get(..at), Comparison::Approximate),
            Some((at, '>')) => (left.get(..at), Comparison::AtLeast),
            Some((at, '<')) => (left.get(..at), Comparison::AtMost),
            _ => (Some(left), Comparison::Equal),
        };
        let attribute = AttributeName::parse(name.unwrap_or_default().trim())?;
        if comparison == Comparison::Equal && right.contains('*') {
            return self.substrings(attribute, right);
        }
        Ok(Filter::Compare { attribute, comparison, value: (self.value)(right)? })
    }

    fn substrings(&self, attribute: AttributeName, text: &str) -> Result<Filter<V>, FilterError> {
        // Several asterisks mean the same as one.
        if text.bytes().all(|byte| byte == b'*') {
            return Ok(Filter::Present(attribute));
        }
        let read = |part: &str| {
            if part.is_empty() { Ok(None) } else { (self.value)(part).map(Some) }
        };
        let mut parts: Vec<&str> = text.split('*').collect();
        let last = parts.pop().map_or(Ok(None), read)?;
        let mut parts = parts.into_iter();
        let initial = parts.next().map_or(Ok(None), read)?;
        let any = parts.filter_map(|part| read(part).transpose()).collect::<Result<_, _>>()?;
        Ok(Filter::Substrings { attribute, initial, any, last })
    }

    fn extensible(&self, left: &str, right: &str) -> Result<Filter<V>, FilterError> {
        let mut parts = left.split(':');
        let attribute =
            parts.next().filter(|name| !name.is_empty()).map(AttributeName::parse).transpose()?;
        let mut parts = parts.peekable();
        let dn_parts = parts.next_if(|part| part.eq_ignore_ascii_case("dn")).is_some();
        let rule = parts.next().map(MatchingRule::parse).transpose()?;
        if parts.next().is_some() || (attribute.is_none() && rule.is_none()) {
            return Err(self.unexpected("`attribute:rule:=value`"));
        }
        let value = (self.value)(right)?;
        Ok(Filter::Extensible(ExtensibleMatch { attribute, dn_parts, rule, value }))
    }
}
