//! Distinguished names (RFC 4514): parsed, compared without case, written with escapes.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::attribute::{AttributeName, AttributeNameError};
use crate::caseless::{folded, shortened};

mod parse;

/// Where an entry stands in the directory, from the entry up to the root. Two names are equal when
/// they are so without case, blanks around separators, and spelling of escapes.
///
/// ```
/// use project_deployer_ldap::Dn;
/// let ann = Dn::parse("UID=Ann, ou=People,dc=example,dc=test")?;
/// assert_eq!(ann, Dn::parse("uid=ann,ou=people,dc=example,dc=test")?);
/// assert!(ann.is_within(&Dn::parse("dc=example,dc=test")?));
/// # Ok::<(), project_deployer_ldap::DnError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct Dn {
    rdns: Vec<Rdn>,
    normal: Arc<str>,
}

/// One step of a distinguished name: an attribute and its value, or several of them.
#[derive(Debug, Clone)]
pub struct Rdn {
    pairs: Vec<(AttributeName, String)>,
}

/// Why a text is not a distinguished name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DnError {
    /// A step without `=`.
    #[error("`{step}` in a distinguished name has no `=`; write it as `attribute=value`")]
    NoEquals {
        /// The step.
        step: String,
    },
    /// A step whose left side is no attribute.
    #[error("a distinguished name is not readable: {0}")]
    Attribute(#[from] AttributeNameError),
    /// A backslash that escapes nothing, or a character that has to be escaped.
    #[error("a distinguished name has {fault} in `{value}`; escape special characters with `\\`")]
    Value {
        /// What is wrong.
        fault: &'static str,
        /// The value as written, shortened.
        value: String,
    },
    /// More than 10,000 bytes.
    #[error("a distinguished name has {length} bytes where at most 10000 are allowed")]
    TooLong {
        /// Bytes found.
        length: usize,
    },
}

impl Rdn {
    /// One attribute and its value. The value is data: it is escaped when the name is written.
    #[must_use]
    pub fn new(attribute: AttributeName, value: impl Into<String>) -> Self {
        Self { pairs: vec![(attribute, value.into())] }
    }

    /// The first attribute of the step and its value.
    #[must_use]
    pub fn leading(&self) -> Option<(&AttributeName, &str)> {
        self.pairs.first().map(|(attribute, value)| (attribute, value.as_str()))
    }

    fn write_normal(&self, into: &mut String) {
        if let [pair] = self.pairs.as_slice() {
            return write_pair(pair, into);
        }
        let written = |pair| {
            let mut text = String::new();
            write_pair(pair, &mut text);
            text
        };
        let mut pairs: Vec<String> = self.pairs.iter().map(written).collect();
        pairs.sort();
        into.push_str(&pairs.join("+"));
    }
}

impl Dn {
    /// Reads a name as RFC 4514 writes it. The empty text is the root.
    ///
    /// # Errors
    ///
    /// The text is no distinguished name; the error shows the part that is not readable.
    pub fn parse(text: &str) -> Result<Self, DnError> {
        parse::dn(text)
    }

    /// The name made of these steps, the entry's own first.
    pub fn from_steps(rdns: Vec<Rdn>) -> Self {
        let mut normal = String::new();
        for (index, rdn) in rdns.iter().enumerate() {
            if index > 0 {
                normal.push(',');
            }
            rdn.write_normal(&mut normal);
        }
        Self { rdns, normal: normal.into() }
    }

    /// The top of the directory.
    pub fn root() -> Self {
        Self::from_steps(Vec::new())
    }

    /// The entry of this step under this name.
    pub fn child(&self, step: Rdn) -> Self {
        let mut rdns = vec![step];
        rdns.extend(self.rdns.iter().cloned());
        Self::from_steps(rdns)
    }

    /// The name one step up; none for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.rdns.split_first()?;
        Some(Self::from_steps(rest.to_vec()))
    }

    /// The entry's own step; none for the root.
    #[must_use]
    pub fn leading(&self) -> Option<&Rdn> {
        self.rdns.first()
    }

    /// How many steps the name has.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.rdns.len()
    }

    /// Whether this is `base` or stands below it.
    #[must_use]
    pub fn is_within(&self, base: &Self) -> bool {
        if base.rdns.is_empty() {
            return true;
        }
        match self.normal.strip_suffix(&*base.normal) {
            Some("") => true,
            // The step before must end here: its comma is a separator, for commas in values are escaped.
            Some(before) => before.ends_with(',') && self.depth() > base.depth(),
            None => false,
        }
    }

    /// The same, for whoever keeps it.
    #[cfg(feature = "network")]
    pub(crate) fn shared_normal(&self) -> Arc<str> {
        Arc::clone(&self.normal)
    }

    /// The form under which two names are equal.
    #[must_use]
    pub fn normal(&self) -> &str {
        &self.normal
    }
}

impl PartialEq for Dn {
    fn eq(&self, other: &Self) -> bool {
        self.normal == other.normal
    }
}

impl Eq for Dn {}

impl PartialOrd for Dn {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Dn {
    fn cmp(&self, other: &Self) -> Ordering {
        self.normal.cmp(&other.normal)
    }
}

impl Hash for Dn {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.normal.hash(state);
    }
}

impl fmt::Debug for Dn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dn(`{self}`)")
    }
}

impl fmt::Display for Dn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, rdn) in self.rdns.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            rdn.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Rdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (attribute, value)) in self.pairs.iter().enumerate() {
            if index > 0 {
                f.write_str("+")?;
            }
            write!(f, "{attribute}={}", escaped(value))?;
        }
        Ok(())
    }
}

fn write_pair((name, value): &(AttributeName, String), into: &mut String) {
    into.extend(name.as_str().chars().map(|character| character.to_ascii_lowercase()));
    into.push('=');
    if value.bytes().all(is_plain) {
        into.push_str(value);
    } else {
        into.push_str(&escaped(&folded(value)));
    }
}

/// Whether it is neither folded nor escaped, wherever it stands.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.' | b'@')
}

/// A value as RFC 4514, 2.4 writes it inside a name. Control characters are written as hexadecimal pairs,
/// which is the same name and does nothing to whatever shows it.
fn escaped(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut text = String::with_capacity(value.len());
    for (index, character) in value.chars().enumerate() {
        let at_the_edge = index == 0 || index == last;
        match character {
            control if control.is_control() => {
                let mut bytes = [0; 4];
                let bytes = control.encode_utf8(&mut bytes).bytes();
                bytes.for_each(|byte| text.push_str(&format!("\\{byte:02X}")));
            }
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' | '=' => text.extend(['\\', character]),
            '#' if index == 0 => text.push_str("\\#"),
            ' ' if at_the_edge => text.push_str("\\ "),
            _ => text.push(character),
        }
    }
    text
}

fn value_fault(fault: &'static str, value: &str) -> DnError {
    DnError::Value { fault, value: shortened(value) }
}

#[cfg(test)]
mod tests;
