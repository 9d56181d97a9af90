//! Referrals: parts of an answer that are in other directories. None is followed: a directory could send
//! the bind to any server, and its entries would be trusted (R12).

use super::ber::{Elements, Malformed};
use crate::caseless::shortened;

/// The URLs of a continuation reference. Each has the same entries.
pub(super) fn places(content: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut written = Elements(content);
    let mut places = Vec::new();
    while !written.is_empty() {
        places.push(written.text("a malformed referral")?.to_owned());
    }
    Ok(places)
}

/// The first URL, for messages.
pub(super) fn shown(places: &[String]) -> String {
    places.first().map_or_else(|| "another place".to_owned(), |place| shortened(place))
}
