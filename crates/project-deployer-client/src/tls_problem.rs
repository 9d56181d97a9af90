use std::fmt;

/// Why no TLS connection came about (R15). Nothing of what was to be sent has left us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsProblem {
    /// Nobody whom we trust vouches for the certificate, or it vouches for itself.
    UnknownAuthority,
    /// The certificate is for other hosts.
    OtherHost,
    /// The certificate has expired.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate was revoked.
    Revoked,
    /// The certificate is not for servers.
    OtherPurpose,
    /// The certificate is signed in a way that is not accepted, such as SHA-1.
    WeakSignature,
    /// The certificate is wrong in another way.
    Certificate,
    /// The other side speaks only what is too old or too weak: TLS 1.1 and before, broken ciphers.
    Outdated,
    /// What the other side says is no TLS, or it breaks off.
    NoTls,
}

impl TlsProblem {
    /// What to do about it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::UnknownAuthority | Self::Certificate => {
                "install the CA of the node's certificate, or switch verification off for this node"
            }
            Self::OtherHost => {
                "write an address that stands in the certificate, or give the node a certificate for this one"
            }
            Self::Expired | Self::Revoked => "give the node a new certificate",
            Self::NotYetValid => "set the clocks of the node and of this machine, or wait",
            Self::OtherPurpose => "give the node a certificate for servers",
            Self::WeakSignature => {
                "give the node a certificate that is signed with SHA-256 or better"
            }
            Self::Outdated => "switch TLS 1.2 or 1.3 on at the node, or at the proxy before it",
            Self::NoTls => {
                "check that protocol and port of the address are right and that TLS is on there"
            }
        }
    }
}

impl fmt::Display for TlsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let certificate = match self {
            Self::UnknownAuthority => "no authority that is trusted has signed it",
            Self::OtherHost => "it is for another host",
            Self::Expired => "it has expired",
            Self::NotYetValid => "it is not valid yet",
            Self::Revoked => "it was revoked",
            Self::OtherPurpose => "it is not for servers",
            Self::WeakSignature => "it is signed in a way that is not secure",
            Self::Certificate => "it is not valid",
            Self::Outdated => return f.write_str("it speaks no TLS that is secure"),
            Self::NoTls => return f.write_str("no TLS connection came about"),
        };
        write!(f, "its certificate was not accepted: {certificate}")
    }
}
