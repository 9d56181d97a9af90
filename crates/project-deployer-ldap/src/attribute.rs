//! Names and values of attributes.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::caseless::{folded, shortened};

/// The name of an attribute, or its numeric id, with options such as `;binary`. Case is ignored.
///
/// ```
/// use project_deployer_ldap::AttributeName;
/// assert_eq!(AttributeName::parse("sAMAccountName")?, AttributeName::parse("samaccountname")?);
/// assert!(AttributeName::parse("uid)(cn").is_err());
/// # Ok::<(), project_deployer_ldap::AttributeNameError>(())
/// ```
#[derive(Debug, Clone)]
pub struct AttributeName(String);

/// The text is not the name of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{name}` is not the name of an attribute; write a letter and then letters, digits and hyphens, for example `uid`"
)]
pub struct AttributeNameError {
    name: String,
}

impl AttributeName {
    /// Checks the text by the rule of RFC 4512, 2.5. Underscores are accepted as well: some servers use them.
    ///
    /// # Errors
    ///
    /// The text is not such a name.
    pub fn parse(text: &str) -> Result<Self, AttributeNameError> {
        let mut parts = text.split(';');
        let base = parts.next().unwrap_or_default();
        let valid = (is_word(base) || is_numeric_id(base)) && parts.all(is_option);
        if valid && text.len() <= 255 {
            return Ok(Self(text.to_owned()));
        }
        Err(AttributeNameError { name: shortened(text) })
    }

    /// A name that is known to be valid.
    pub(crate) fn known(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// The text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a name without options, and not a numeric id.
    pub(crate) fn is_plain(&self) -> bool {
        !self.0.contains([';', '.'])
    }

    fn folded_bytes(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && is_option(text)
}

fn is_option(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

pub(crate) fn is_numeric_id(text: &str) -> bool {
    text.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

impl PartialEq for AttributeName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for AttributeName {}

impl PartialOrd for AttributeName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for AttributeName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded_bytes().cmp(other.folded_bytes())
    }
}

impl Hash for AttributeName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded_bytes().for_each(|byte| byte.hash(state));
    }
}

impl fmt::Display for AttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One value of an attribute: bytes, most often UTF-8 text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeValue(Vec<u8>);

impl AttributeValue {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text, if the bytes are UTF-8.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The form in which a directory compares values. Bytes that are not text remain unchanged.
    #[must_use]
    pub fn normal(&self) -> Vec<u8> {
        self.as_text().map_or_else(|| self.0.clone(), |text| folded(text).into_bytes())
    }
}

impl From<&str> for AttributeValue {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl From<String> for AttributeValue {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl From<Vec<u8>> for AttributeValue {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_text() {
            Some(text) => write!(f, "{:?}", shortened(text)),
            None => write!(f, "{} bytes", self.0.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_filter_characters_are_refused() {
        // R12
        for refused in ["", "uid=", "uid)", "(uid", "u id", "uid\0", "1.2.", "*", "uid;", "-uid"] {
            assert!(AttributeName::parse(refused).is_err(), "{refused}");
        }
        for accepted in ["uid", "2.5.4.3", "cn;lang-de", "userCertificate;binary", "x_y"] {
            assert!(AttributeName::parse(accepted).is_ok(), "{accepted}");
        }
    }
}
