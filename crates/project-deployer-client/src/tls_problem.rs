use std::fmt;

/// Why the TLS handshake failed (R15). No part of the request was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsProblem {
    /// No trusted authority signed the certificate, or it is self-signed.
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
    /// The signature algorithm of the certificate is not accepted, such as SHA-1.
    WeakSignature,
    /// The certificate is invalid for another reason.
    Certificate,
    /// The server offers only old or weak protocols: TLS 1.1 and older, broken ciphers.
    Outdated,
    /// The server does not speak TLS, or closes the connection during the handshake.
    NoTls,
}

impl TlsProblem {
    /// What to do about it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::UnknownAuthority | Self::Certificate => {
                "trust the CA of the node's certificate on this machine, or turn verification off for this node in the infrastructure"
            }
            Self::OtherHost => {
                "use an address that the certificate names, or give the node a certificate for this one"
            }
            Self::Expired | Self::Revoked => "give the node a new certificate",
            Self::NotYetValid => "correct the clocks of the node and of this machine, or wait",
            Self::OtherPurpose => "give the node a server certificate",
            Self::WeakSignature => {
                "give the node a certificate that is signed with SHA-256 or better"
            }
            Self::Outdated => "enable TLS 1.2 or 1.3 on the node, or on the proxy in front of it",
            Self::NoTls => {
                "check the protocol and the port of the address, and that the node has TLS enabled"
            }
        }
    }
}

impl fmt::Display for TlsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let certificate = match self {
            Self::UnknownAuthority => "no trusted authority signed it",
            Self::OtherHost => "it is for another host",
            Self::Expired => "it has expired",
            Self::NotYetValid => "it is not valid yet",
            Self::Revoked => "it was revoked",
            Self::OtherPurpose => "it is not a server certificate",
            Self::WeakSignature => "its signature algorithm is not secure",
            Self::Certificate => "it is not valid",
            Self::Outdated => return f.write_str("it offers no secure TLS version"),
            Self::NoTls => return f.write_str("the TLS handshake failed"),
        };
        write!(f, "its certificate was not accepted: {certificate}")
    }
}
