//! Writes filters, with every special character of a value escaped (RFC 4515, 3).

use std::fmt;

use super::{ExtensibleMatch, Filter};
use crate::attribute::AttributeValue;

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        match self {
            Self::And(parts) => list(f, '&', parts)?,
            Self::Or(parts) => list(f, '|', parts)?,
            Self::Not(part) => write!(f, "!{part}")?,
            Self::Present(attribute) => write!(f, "{attribute}=*")?,
            Self::Compare { attribute, comparison, value } => {
                write!(f, "{attribute}{comparison}{}", Escaped(value))?;
            }
            Self::Substrings { attribute, initial, any, last } => {
                write!(f, "{attribute}=")?;
                part(f, initial.as_ref())?;
                f.write_str("*")?;
                for value in any {
                    write!(f, "{}*", Escaped(value))?;
                }
                part(f, last.as_ref())?;
            }
            Self::Extensible(matching) => extensible(f, matching)?,
        }
        f.write_str(")")
    }
}

fn list(f: &mut fmt::Formatter<'_>, sign: char, parts: &[Filter]) -> fmt::Result {
    write!(f, "{sign}")?;
    parts.iter().try_for_each(|part| write!(f, "{part}"))
}

fn part(f: &mut fmt::Formatter<'_>, value: Option<&AttributeValue>) -> fmt::Result {
    value.map_or(Ok(()), |value| write!(f, "{}", Escaped(value)))
}

fn extensible(f: &mut fmt::Formatter<'_>, matching: &ExtensibleMatch) -> fmt::Result {
    if let Some(attribute) = &matching.attribute {
        write!(f, "{attribute}")?;
    }
    if matching.dn_parts {
        f.write_str(":dn")?;
    }
    if let Some(rule) = &matching.rule {
        write!(f, ":{}", rule.as_str())?;
    }
    write!(f, ":={}", Escaped(&matching.value))
}

struct Escaped<'a>(&'a AttributeValue);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.as_bytes().utf8_chunks() {
            for character in chunk.valid().chars() {
                match character {
                    '\0'..='\u{1f}' | '*' | '(' | ')' | '\\' | '\u{7f}' => {
                        write!(f, "\\{:02x}", character as u32)?;
                    }
                    _ => write!(f, "{character}")?,
                }
            }
            chunk.invalid().iter().try_for_each(|byte| write!(f, "\\{byte:02x}"))?;
        }
        Ok(())
    }
}
