//! The rules of a node address, one function each. Every quoted text goes through [`shown`], since user
//! information may be a password even in a malformed address.

use url::Url;

use super::NodeAddressError;
use crate::identifier::shortened;

/// The characters that a reader may take for the end of user information.
const AT_SIGNS: [char; 3] = ['@', '\u{ff20}', '\u{fe6b}'];

/// A text as an error may quote it: nothing before its last at sign, and no query.
fn shown(text: &str) -> String {
    let after = text.rsplit(AT_SIGNS).next().unwrap_or_default();
    shortened(after.split(['?', '#']).next().unwrap_or_default())
}

pub(super) fn check_characters(text: &str) -> Result<(), NodeAddressError> {
    if text.trim().is_empty() {
        return Err(NodeAddressError::Empty);
    }
    check_length(text)?;
    let unwanted = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    match text.chars().position(unwanted) {
        Some(index) => Err(NodeAddressError::Character { value: shown(text), position: index + 1 }),
        None => Ok(()),
    }
}

pub(super) fn check_length(text: &str) -> Result<(), NodeAddressError> {
    let length = text.chars().count();
    if length > 2000 { Err(NodeAddressError::TooLong { length }) } else { Ok(()) }
}

/// The text after `http://` or `https://`.
pub(super) fn after_protocol(text: &str) -> Result<&str, NodeAddressError> {
    let Some((protocol, rest)) = text.split_once("://") else {
        return Err(NodeAddressError::NoProtocol { value: shown(text) });
    };
    match protocol.to_ascii_lowercase().as_str() {
        "http" | "https" => Ok(rest),
        _ if protocol.contains(AT_SIGNS) => Err(NodeAddressError::UserInformation),
        _ => Err(NodeAddressError::Protocol { protocol: spelled_protocol(protocol) }),
    }
}

fn spelled_protocol(protocol: &str) -> String {
    let spelled = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let text = if protocol.chars().all(spelled) { protocol } else { "…" };
    shortened(text)
}

/// Host and port: the text before the path.
pub(super) fn authority<'a>(text: &str, rest: &'a str) -> Result<&'a str, NodeAddressError> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains(AT_SIGNS) {
        return Err(NodeAddressError::UserInformation);
    }
    if authority.is_empty() {
        // The URL standard would skip slashes until it finds a host.
        let reason = "no host follows the protocol".to_owned();
        return Err(NodeAddressError::Host { value: shown(text), reason });
    }
    Ok(authority)
}

pub(super) fn check_no_query(text: &str) -> Result<(), NodeAddressError> {
    if text.contains(['?', '#']) {
        return Err(NodeAddressError::QueryOrFragment { value: shown(text) });
    }
    Ok(())
}

pub(super) fn written_port(authority: &str) -> Result<Option<u16>, NodeAddressError> {
    let after_host = authority.rsplit(']').next().unwrap_or_default();
    let Some((_, port)) = after_host.rsplit_once(':') else {
        return Ok(None);
    };
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse::<u16>() {
        Ok(number) if number > 0 && digits => Ok(Some(number)),
        // Another text after a colon may be a password with a missing at sign.
        _ if digits => Err(NodeAddressError::Port { port: shortened(port) }),
        _ => Err(NodeAddressError::Port { port: "…".to_owned() }),
    }
}

/// The longest name that DNS has (RFC 1035, 2.3.4), as a text.
const LONGEST_HOST: usize = 253;

pub(super) fn check_host_is_ascii(text: &str, authority: &str) -> Result<(), NodeAddressError> {
    if authority.is_ascii() {
        return Ok(());
    }
    let ascii = Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned));
    // The hint never proposes a name that is too long.
    let ascii = ascii.filter(|host| host.len() <= LONGEST_HOST);
    Err(NodeAddressError::UnicodeHost {
        value: shortened(authority),
        ascii: ascii.unwrap_or_else(|| "the ASCII form of the host".to_owned()),
    })
}

pub(super) fn no_host(text: &str, reason: url::ParseError) -> NodeAddressError {
    NodeAddressError::Host { value: shown(text), reason: reason.to_string() }
}
