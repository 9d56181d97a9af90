use std::fmt;

use serde::{Serialize, Serializer};
use url::Url;

use crate::caseless::shortened;
use crate::dn::{Dn, DnError};

/// The server and the base of a directory: `ldap[s]://HOST[:PORT]/BASE` (R-L8).
///
/// ```
/// use project_deployer_ldap::supplier::LdapUrl;
/// let url = LdapUrl::parse("ldaps://dir.example.test/ou=people,dc=example,dc=test")?;
/// assert_eq!((url.host(), url.port(), url.tls()), ("dir.example.test", 636, true));
/// assert!(LdapUrl::parse("ldaps://dir.example.test").is_err());
/// # Ok::<(), project_deployer_ldap::supplier::LdapUrlError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LdapUrl {
    tls: bool,
    host: String,
    port: u16,
    base: Dn,
}

/// Why a text is not the URL of a directory. Errors never repeat user information.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LdapUrlError {
    /// It is not a URL with `ldap` or `ldaps` and a host.
    #[error("the LDAP URL is not `ldap[s]://HOST[:PORT]/BASE`: {fault}")]
    Shape {
        /// The fault.
        fault: &'static str,
    },
    /// The base is not a DN.
    #[error("the base `{base}` of the LDAP URL: {source}")]
    Base {
        /// The base, shortened.
        base: String,
        /// The fault.
        source: DnError,
    },
}

impl LdapUrl {
    /// Parses the URL of the settings.
    ///
    /// # Errors
    ///
    /// Protocol, host or base are missing or malformed.
    pub fn parse(text: &str) -> Result<Self, LdapUrlError> {
        let shape = |fault| LdapUrlError::Shape { fault };
        let url = Url::parse(text.trim()).map_err(|_| shape("it is not a URL"))?;
        let tls = match url.scheme() {
            "ldaps" => true,
            "ldap" => false,
            _ => return Err(shape("the protocol is neither `ldap` nor `ldaps`")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(shape("it has user information; write the bind DN in its own field"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(shape("something follows the base"));
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| shape("it has no host"))?.to_ascii_lowercase();
        let base = percent_decoded(url.path().trim_start_matches('/'))
            .ok_or_else(|| shape("the base is not UTF-8"))?;
        if base.trim().is_empty() {
            return Err(shape("it has no base; write one such as `/dc=example,dc=test`"));
        }
        let base = Dn::parse(&base)
            .map_err(|source| LdapUrlError::Base { base: shortened(&base), source })?;
        Ok(Self { tls, host, port: url.port().unwrap_or(if tls { 636 } else { 389 }), base })
    }

    /// Whether the connection is encrypted from its first byte.
    #[must_use]
    pub fn tls(&self) -> bool {
        self.tls
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port. The default is 389, or 636 for `ldaps`.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether a domain controller answers there as a Global Catalog, which holds only some attributes.
    pub(crate) fn is_global_catalog(&self) -> bool {
        matches!(self.port, 3268 | 3269)
    }

    /// The base of searches.
    pub fn base(&self) -> &Dn {
        &self.base
    }
}

impl fmt::Display for LdapUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = if self.tls { "ldaps" } else { "ldap" };
        write!(f, "{protocol}://{}:{}/{}", self.host, self.port, self.base)
    }
}

impl Serialize for LdapUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend(part.bytes().skip(2));
            }
            None => {
                bytes.push(b'%');
                bytes.extend(part.bytes());
            }
        }
    }
    String::from_utf8(bytes).ok()
}
