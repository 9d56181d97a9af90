//! Where a node is: a base URL with protocol and port.

use std::fmt;

use url::{Host, Url};

use crate::identifier::shortened;

/// The base URL of a node: protocol, host, port, and a path prefix where there is one.
///
/// - the protocol is `http` or `https` and must be written;
/// - no user information, query or fragment;
/// - the host is written in ASCII: a name, an IPv4 or an IPv6 address;
/// - the port is 1 to 65535; a missing one becomes the protocol's own, and
///   [`NodeAddress::port_was_written`] tells, so that readiness can point at it;
/// - trailing slashes are dropped, a path prefix stays (`wire-facts.md` 1.1).
///
/// ```
/// use project_deployer_core::NodeAddress;
/// let address = NodeAddress::parse("https://auto-eu.example:11200/dss/")?;
/// assert_eq!(address.to_string(), "https://auto-eu.example:11200/dss");
/// let refused = NodeAddress::parse("auto-eu.example:11200").unwrap_err();
/// assert!(refused.to_string().contains("write `https://auto-eu.example:11200`"));
/// # Ok::<(), project_deployer_core::NodeAddressError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeAddress {
    url: Url,
    port_was_written: bool,
}

/// Why a text is not the address of a node. User information is never repeated: it may be a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NodeAddressError {
    /// Nothing was written.
    #[error(
        "the node address is empty; write protocol, host and port, for example `https://auto-eu.example:11200`"
    )]
    Empty,
    /// More than 2,000 characters.
    #[error(
        "the node address has {length} characters where at most 2000 are allowed; write protocol, host and port only"
    )]
    TooLong {
        /// Characters found.
        length: usize,
    },
    /// A blank or a control character.
    #[error(
        "the node address `{value}` has a blank or a control character at position {position}; remove it"
    )]
    Character {
        /// The text, shortened.
        value: String,
        /// Position, counted from 1.
        position: usize,
    },
    /// No protocol.
    #[error(
        "the node address `{value}` has no protocol; write `https://{value}` (or `http://{value}`)"
    )]
    NoProtocol {
        /// The text, shortened.
        value: String,
    },
    /// Another protocol than `http` and `https`.
    #[error(
        "the node address uses the protocol `{protocol}`; a node is reached by `https` or `http`"
    )]
    Protocol {
        /// The protocol found.
        protocol: String,
    },
    /// User information before the host. Not repeated.
    #[error(
        "the node address has user information before the host; remove it and write the API key in its own field"
    )]
    UserInformation,
    /// A query or a fragment.
    #[error(
        "the node address `{value}` has a query or a fragment; end it after the port or the path prefix"
    )]
    QueryOrFragment {
        /// The text before the query, shortened.
        value: String,
    },
    /// A host with characters beyond ASCII.
    #[error(
        "the host of the node address `{value}` is not written in ASCII; write `{ascii}` if that is the host that you mean"
    )]
    UnicodeHost {
        /// The host as written, shortened.
        value: String,
        /// The same host in its ASCII form.
        ascii: String,
    },
    /// A port outside 1 to 65535.
    #[error("the node address has the port `{port}`; write a port from 1 to 65535")]
    Port {
        /// The port as written.
        port: String,
    },
    /// A host that is none.
    #[error(
        "the node address `{value}` has no valid host: {reason}; write a host name or an IP address"
    )]
    Host {
        /// The text, shortened.
        value: String,
        /// What the URL standard finds wrong.
        reason: String,
    },
}

impl NodeAddress {
    /// Checks a text against the rules above.
    ///
    /// # Errors
    ///
    /// The first rule that is broken, with what to write instead.
    pub fn parse(text: &str) -> Result<Self, NodeAddressError> {
        check_characters(text)?;
        let rest = after_protocol(text)?;
        let authority = authority(rest);
        if authority.contains('@') {
            return Err(NodeAddressError::UserInformation);
        }
        if let Some(cut) = text.find(['?', '#']) {
            let value = shortened(text.get(..cut).unwrap_or_default());
            return Err(NodeAddressError::QueryOrFragment { value });
        }
        let port = written_port(authority)?;
        check_host_is_ascii(text, authority)?;
        let mut url = Url::parse(text).map_err(|reason| NodeAddressError::Host {
            value: shortened(text),
            reason: reason.to_string(),
        })?;
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self { url, port_was_written: port.is_some() })
    }

    /// The address as a URL, without a trailing slash in its path prefix.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Whether the connection is protected by TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether the text named the port; otherwise the protocol's own is used.
    #[must_use]
    pub fn port_was_written(&self) -> bool {
        self.port_was_written
    }

    /// The port that is used.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }

    /// Whether the host is this machine (`localhost`, 127.0.0.0/8, `::1`).
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }
}

fn check_characters(text: &str) -> Result<(), NodeAddressError> {
    if text.trim().is_empty() {
        return Err(NodeAddressError::Empty);
    }
    let length = text.chars().count();
    if length > 2000 {
        return Err(NodeAddressError::TooLong { length });
    }
    let unwanted = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    if let Some(index) = text.chars().position(unwanted) {
        // What stands before an `@` may be a password, wherever the blank is.
        let value = shortened(text.rsplit('@').next().unwrap_or_default());
        return Err(NodeAddressError::Character { value, position: index + 1 });
    }
    Ok(())
}

fn after_protocol(text: &str) -> Result<&str, NodeAddressError> {
    let Some((protocol, rest)) = text.split_once("://") else {
        let value = shortened(text.rsplit('@').next().unwrap_or_default());
        return Err(NodeAddressError::NoProtocol { value });
    };
    match protocol.to_ascii_lowercase().as_str() {
        "http" | "https" => Ok(rest),
        _ => Err(NodeAddressError::Protocol { protocol: shortened(protocol) }),
    }
}

fn authority(rest: &str) -> &str {
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

fn written_port(authority: &str) -> Result<Option<u16>, NodeAddressError> {
    let after_host = authority.rsplit(']').next().unwrap_or_default();
    let Some((_, port)) = after_host.rsplit_once(':') else {
        return Ok(None);
    };
    match port.parse::<u16>() {
        Ok(number) if number > 0 && port.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(Some(number))
        }
        _ => Err(NodeAddressError::Port { port: shortened(port) }),
    }
}

fn check_host_is_ascii(text: &str, authority: &str) -> Result<(), NodeAddressError> {
    if authority.is_ascii() {
        return Ok(());
    }
    let ascii = Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned));
    Err(NodeAddressError::UnicodeHost {
        value: shortened(authority),
        ascii: ascii.unwrap_or_else(|| "the ASCII form of the host".to_owned()),
    })
}

impl fmt::Display for NodeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.url.as_str();
        f.write_str(text.strip_suffix('/').unwrap_or(text))
    }
}

impl std::str::FromStr for NodeAddress {
    type Err = NodeAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for NodeAddress {
    type Error = NodeAddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl serde::Serialize for NodeAddress {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for NodeAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
