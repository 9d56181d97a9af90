use std::fmt;

use crate::problem::Refusal;

/// Why a text is not the address of a node. The error never repeats user information, which may be a
/// password.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodeAddressError {
    /// The text is empty.
    Empty,
    /// More than 2,000 characters.
    TooLong {
        /// Characters found.
        length: usize,
    },
    /// A blank, a backslash or a control character.
    Character {
        /// The text, shortened.
        value: String,
        /// Position, counted from 1.
        position: usize,
    },
    /// The protocol is missing.
    NoProtocol {
        /// The text, shortened.
        value: String,
    },
    /// A protocol other than `http` and `https`.
    Protocol {
        /// The protocol found; `…` if it is not a valid protocol name.
        protocol: String,
    },
    /// User information before the host. Not repeated.
    UserInformation,
    /// A query or a fragment.
    QueryOrFragment {
        /// The text before the query, shortened.
        value: String,
    },
    /// A host with characters beyond ASCII.
    UnicodeHost {
        /// The host as written, shortened.
        value: String,
        /// The same host in its ASCII form.
        ascii: String,
    },
    /// A port outside 1 to 65535.
    Port {
        /// The port as written; `…` if it is not a number.
        port: String,
    },
    /// An invalid host.
    Host {
        /// The text, shortened.
        value: String,
        /// The reason of the URL parser.
        reason: String,
    },
}

impl Refusal for NodeAddressError {
    fn what(&self) -> String {
        match self {
            Self::Empty => "the node address is empty".to_owned(),
            Self::TooLong { length } => {
                format!("the node address has {length} characters where at most 2000 are allowed")
            }
            Self::Character { value, position } => format!(
                "the node address `{value}` has a blank, a backslash or a control character at position {position}"
            ),
            Self::NoProtocol { value } => format!("the node address `{value}` has no protocol"),
            Self::Protocol { protocol } => {
                format!("the node address uses the protocol `{protocol}`")
            }
            Self::UserInformation => {
                "the node address has user information before the host".to_owned()
            }
            Self::QueryOrFragment { value } => {
                format!("the node address `{value}` has a query or a fragment")
            }
            Self::UnicodeHost { value, .. } => {
                format!("the host of the node address `{value}` is not written in ASCII")
            }
            Self::Port { port } => format!("the node address has the port `{port}`"),
            Self::Host { value, reason } => {
                format!("the node address `{value}` has no valid host: {reason}")
            }
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Empty => {
                "write protocol, host and port, for example `https://auto-eu.example:11200`"
                    .to_owned()
            }
            Self::TooLong { .. } => "write protocol, host and port only".to_owned(),
            Self::Character { .. } => "remove it".to_owned(),
            Self::NoProtocol { value } => {
                format!("write `https://{value}` (or `http://{value}`)")
            }
            Self::Protocol { .. } => {
                "write `https://` or `http://` before the host: no other protocol is supported"
                    .to_owned()
            }
            Self::UserInformation => "remove it and write the API key in its own field".to_owned(),
            Self::QueryOrFragment { .. } => "end it after the port or the path prefix".to_owned(),
            Self::UnicodeHost { ascii, .. } => {
                format!("write `{ascii}` if you mean this host")
            }
            Self::Port { .. } => "write a port from 1 to 65535".to_owned(),
            Self::Host { .. } => "write a host name or an IP address".to_owned(),
        }
    }
}

impl fmt::Display for NodeAddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what(), self.hint())
    }
}

impl std::error::Error for NodeAddressError {}
