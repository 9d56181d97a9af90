//! Distinguished names (RFC 4514): parsing, comparison without case, and writing with escapes.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::attribute::{AttributeName, AttributeNameError};
use crate::caseless::{folded, shortened};

mod parse;

/// The full name of an entry, from the entry up to the root. Two names are equal if they differ only in
/// case, blanks around separators, and the form of escapes.
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
    /// The text that was parsed, if its letters or escapes may differ from those that are written here.
    written: Option<Arc<str>>,
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
    /// A step whose left side is not an attribute.
    #[error("a distinguished name cannot be parsed: {0}")]
    Attribute(#[from] AttributeNameError),
    /// A backslash that escapes nothing, or a character that has to be escaped.
    #[error("a distinguished name has {fault} in `{value}`; escape special characters with `\\`")]
    Value {
        /// The fault.
        fault: &'static str,
        /// The value as written, shortened.
        value: String,
    },
    /// More than 10,000 bytes.
    #[error("a distinguished name has {length} bytes, but at most 10000 are allowed; shorten it")]
    TooLong {
        /// The length in bytes.
        length: usize,
    },
}

impl Rdn {
    /// A step with one attribute and its value. The value is data and is escaped when the name is written.
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
    /// Parses a name in the form of RFC 4514. The empty text is the root.
    ///
    /// # Errors
    ///
    /// The text is not a distinguished name. The error shows the malformed part.
    pub fn parse(text: &str) -> Result<Self, DnError> {
        parse::dn(text)
    }

    /// The name with these steps, the entry's own step first.
    pub fn from_steps(rdns: Vec<Rdn>) -> Self {
        let mut normal = String::new();
        for (index, rdn) in rdns.iter().enumerate() {
            if index > 0 {
                normal.push(',');
            }
            rdn.write_normal(&mut normal);
        }
        Self { rdns, normal: normal.into(), written: None }
    }

    /// The name as a directory wrote it, for comparisons that must not depend on the form of escapes.
    pub(crate) fn written(&self) -> String {
        self.written.as_ref().map_or_else(|| self.to_string(), ToString::to_string)
    }

    /// The root of the directory.
    pub fn root() -> Self {
        Self::from_steps(Vec::new())
    }

    /// The name of the child with this step.
    pub fn child(&self, step: Rdn) -> Self {
        let mut rdns = vec![step];
        rdns.extend(self.rdns.iter().cloned());
        Self::from_steps(rdns)
    }

    /// The parent; none for the root.
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

    /// The number of steps.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.rdns.len()
    }

    /// Whether this is `base` or below it.
    #[must_use]
    pub fn is_within(&self, base: &Self) -> bool {
        if base.rdns.is_empty() {
            return true;
        }
        match self.normal.strip_suffix(&*base.normal) {
            Some("") => true,
            // The step before must end here. A comma is always a separator, since commas in values are escaped.
            Some(before) => before.ends_with(',') && self.depth() > base.depth(),
            None => false,
        }
    }

    /// The same as a shared, owned value.
    #[cfg(feature = "network")]
    pub(crate) fn shared_normal(&self) -> Arc<str> {
        Arc::clone(&self.normal)
    }

    /// The normal form. Two names are equal if their normal forms are equal.
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

/// Whether a character is neither folded nor escaped at any position.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.' | b'@')
}

/// A value inside a name, in the form of RFC 4514, 2.4. Control characters are written as hexadecimal
/// pairs: the name is the same, and a terminal cannot interpret them.
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
