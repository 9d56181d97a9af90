//! The encoding of an export. Windows tools write UTF-16, and UTF-8 with a mark.

use std::borrow::Cow;

use super::{LdifError, LdifFault};

/// The text as UTF-8 without a mark. A text that is neither is not changed: a line of it may be valid.
pub(super) fn decoded(text: &[u8]) -> Result<Cow<'_, [u8]>, LdifError> {
    match text {
        [0xef, 0xbb, 0xbf, rest @ ..] => Ok(Cow::Borrowed(rest)),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // Without a mark: the first sign of LDIF is ASCII, so one of its two bytes is zero.
        [first, 0, ..] if *first != 0 => utf16(text, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => utf16(text, u16::from_be_bytes),
        _ => Ok(Cow::Borrowed(text)),
    }
}

fn utf16(text: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, [u8]>, LdifError> {
    let (pairs, odd) = text.as_chunks::<2>();
    let mut decoded = String::with_capacity(pairs.len());
    let fault = |decoded: &str| LdifError {
        line: decoded.bytes().filter(|byte| *byte == b'\n').count() + 1,
        fault: LdifFault::Utf16,
    };
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        decoded.push(character.map_err(|_| fault(&decoded))?);
    }
    if odd.is_empty() { Ok(Cow::Owned(decoded.into_bytes())) } else { Err(fault(&decoded)) }
}
