//! The address of a node: a base URL with protocol and port.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use url::{Host, Url};

mod check;
mod error;
mod range;

pub use error::NodeAddressError;
pub use range::AddressRange;

/// The base URL of a node: protocol, host, port, and optionally a path prefix.
///
/// - the protocol is `http` or `https` and must be written;
/// - no user information, query or fragment;
/// - the host is written in ASCII: a name, an IPv4 or an IPv6 address;
/// - the port is 1 to 65535; a missing one becomes the protocol's own, and
///   [`NodeAddress::port_was_written`] is false then, so that readiness can report it. The two spellings
///   are equal, and each is shown as it was written;
/// - trailing slashes are dropped, a path prefix stays (wire-facts 1.1).
///
/// ```
/// use project_deployer_core::NodeAddress;
/// let address = NodeAddress::parse("https://auto-eu.example:11200/dss/")?;
/// assert_eq!(address.to_string(), "https://auto-eu.example:11200/dss");
/// let refused = NodeAddress::parse("auto-eu.example:11200").unwrap_err();
/// assert!(refused.to_string().contains("write `https://auto-eu.example:11200`"));
/// # Ok::<(), project_deployer_core::NodeAddressError>(())
/// ```
#[derive(Debug, Clone)]
pub struct NodeAddress {
    url: Url,
    port_was_written: bool,
}

impl NodeAddress {
    /// Checks a text against the rules above.
    ///
    /// # Errors
    ///
    /// The first rule that is broken, with what to write instead.
    pub fn parse(text: &str) -> Result<Self, NodeAddressError> {
        check::check_characters(text)?;
        let rest = check::after_protocol(text)?;
        let authority = check::authority(text, rest)?;
        check::check_no_query(text)?;
        let port = check::written_port(authority)?;
        check::check_host_is_ascii(text, authority)?;
        let mut url = Url::parse(text).map_err(|reason| check::no_host(text, reason))?;
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        let address = Self { url, port_was_written: port.is_some() };
        // Encoding makes a text longer, and the longer text has to be valid as well.
        check::check_length(&address.to_string())?;
        Ok(address)
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

    /// Whether protocol, host and port are those of `other`, so that a key reaches the same server.
    #[must_use]
    pub(crate) fn is_same_place(&self, other: &Self) -> bool {
        let place = |address: &Self| (address.url.scheme().to_owned(), address.port());
        place(self) == place(other) && self.url.host() == other.url.host()
    }

    /// Whether the host is this machine (`localhost`, 127.0.0.0/8, `::1`), in any spelling.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(Host::Domain(name)) => {
                let name = name.strip_suffix('.').unwrap_or(name);
                name == "localhost" || name.ends_with(".localhost")
            }
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
            None => false,
        }
    }

    /// The range of the host; none for a name, which may resolve to any address. Known names of this machine
    /// and of metadata services of clouds have their range.
    ///
    /// ```
    /// use project_deployer_core::{AddressRange, NodeAddress};
    /// let disguised = NodeAddress::parse("http://0xA9.0376.43518:80")?;
    /// assert_eq!(disguised.range(), Some(AddressRange::Metadata));
    /// # Ok::<(), project_deployer_core::NodeAddressError>(())
    /// ```
    #[must_use]
    pub fn range(&self) -> Option<AddressRange> {
        match self.url.host()? {
            Host::Domain(name) => {
                let name = name.strip_suffix('.').unwrap_or(name);
                if METADATA_NAMES.contains(&name) {
                    return Some(AddressRange::Metadata);
                }
                self.is_loopback().then_some(AddressRange::Loopback)
            }
            Host::Ipv4(address) => Some(AddressRange::of(address.into())),
            Host::Ipv6(address) => Some(AddressRange::of(address.into())),
        }
    }
}

/// The names of metadata services of clouds.
const METADATA_NAMES: [&str; 4] =
    ["metadata.google.internal", "metadata.goog", "instance-data", "metadata.azure.internal"];

impl fmt::Display for NodeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.url.scheme(), self.url.host_str().unwrap_or_default())?;
        if self.port_was_written {
            // The URL standard leaves out a port that is the protocol's own.
            write!(f, ":{}", self.port())?;
        }
        f.write_str(self.url.path().trim_end_matches('/'))
    }
}

// Addresses are equal if they reach the same server, however the port is spelled.

impl PartialEq for NodeAddress {
    fn eq(&self, other: &Self) -> bool {
        self.url == other.url
    }
}

impl Eq for NodeAddress {}

impl Hash for NodeAddress {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.url.hash(state);
    }
}

impl PartialOrd for NodeAddress {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for NodeAddress {
    fn cmp(&self, other: &Self) -> Ordering {
        self.url.cmp(&other.url)
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
