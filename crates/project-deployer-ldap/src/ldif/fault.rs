use crate::attribute::AttributeNameError;
use crate::dn::DnError;

/// Why a text is not LDIF. Lines are counted from 1, before folded lines are joined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("LDIF line {line}: {fault}")]
pub struct LdifError {
    pub(super) line: usize,
    pub(super) fault: LdifFault,
}

/// The fault of a line of LDIF.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LdifFault {
    /// A version other than 1.
    #[error("version `{0}` is unknown; only version 1 is supported")]
    Version(String),
    /// The line is not `attribute: value`.
    #[error(
        "no `:` after the attribute; write `attribute: value`, or a blank first to continue a line"
    )]
    NoColon,
    /// A continuation without a line before it.
    #[error("the line begins with a blank but continues no line; remove the blank")]
    NothingToContinue,
    /// A record that does not begin with its DN.
    #[error("a record begins with `{0}`; write `dn:` first")]
    NoDn(String),
    /// A second DN in one record.
    #[error("the record has a second `dn`; write an empty line between records")]
    SecondDn,
    /// A malformed DN.
    #[error("{0}")]
    Dn(#[from] DnError),
    /// A DN that is in the text twice.
    #[error("`{0}` is in the text twice; remove one record")]
    Duplicate(String),
    /// A malformed attribute name.
    #[error("{0}")]
    Attribute(#[from] AttributeNameError),
    /// Malformed base64.
    #[error("the value after `::` is not base64")]
    Base64,
    /// Bytes that are not UTF-8.
    #[error("the line is not UTF-8; write such a value as base64 after `::`")]
    NotText,
    /// Malformed UTF-16.
    #[error("the file is UTF-16, and it is malformed here; export it again, as UTF-8")]
    Utf16,
    /// A value by URL.
    #[error("a value by URL (`:<`) is not supported; write the value itself, as base64 after `::`")]
    Url,
    /// A change record.
    #[error(
        "`changetype: {0}` changes an entry and does not describe it; export the entries themselves"
    )]
    Change(String),
    /// A malformed result of a search.
    #[error("the result of `ldapsearch` is malformed; export again with `ldapsearch -LLL`")]
    Result,
}

impl LdifError {
    /// The number of the line, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// The fault.
    #[must_use]
    pub fn fault(&self) -> &LdifFault {
        &self.fault
    }
}
