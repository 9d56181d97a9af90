//! Encryption: the trusted certificates, and the TLS client that uses them.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::{BuilderVerifierExt, Verifier};

/// The trusted certificate authorities. Certificates are always verified; this cannot be disabled.
#[derive(Clone, Default)]
pub struct TlsTrust(Authorities);

#[derive(Clone, Default)]
enum Authorities {
    /// The authorities of the system.
    #[default]
    System,
    /// The authorities of the system, and these.
    Beside(Arc<Vec<CertificateDer<'static>>>),
    /// Only these authorities.
    Only(Arc<RootCertStore>),
}

/// Why the trusted certificates cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The text is not PEM, or a certificate in it is malformed.
    #[error(
        "the certificate authority of the directory is not a PEM certificate; provide the text from `-----BEGIN CERTIFICATE-----` on"
    )]
    Authority,
    /// The authorities of the system cannot be read.
    #[error(
        "the certificate authorities of the system cannot be read: {0}; provide the directory's authority"
    )]
    System(String),
    /// The host name is not valid for certificates.
    #[error(
        "the host `{0}` of the LDAP URL is not valid for a certificate; write its DNS name or address"
    )]
    Host(String),
}

impl TlsTrust {
    /// The authorities of the system.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// Only one or more authorities in PEM.
    ///
    /// # Errors
    ///
    /// The text has no certificate, or a malformed one.
    pub fn authorities(pem: &[u8]) -> Result<Self, TlsError> {
        let (_, roots) = read(pem)?;
        Ok(Self(Authorities::Only(Arc::new(roots))))
    }

    /// The authorities of the system, and one or more in PEM.
    ///
    /// # Errors
    ///
    /// The text has no certificate, or a malformed one.
    pub fn system_and(pem: &[u8]) -> Result<Self, TlsError> {
        let (certificates, _) = read(pem)?;
        Ok(Self(Authorities::Beside(Arc::new(certificates))))
    }

    /// The TLS client. It sets its crypto provider explicitly, so it does not depend on the default of the
    /// process.
    pub(super) fn client(&self) -> Result<Arc<ClientConfig>, TlsError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let system = |error: rustls::Error| TlsError::System(error.to_string());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(system)?;
        let config = match &self.0 {
            Authorities::System => {
                builder.with_platform_verifier().map_err(system)?.with_no_client_auth()
            }
            Authorities::Beside(certificates) => {
                let beside = certificates.iter().cloned();
                let verifier = Verifier::new_with_extra_roots(beside, provider).map_err(system)?;
                // `dangerous` allows any verifier; this is the default verifier, which verifies.
                let builder = builder.dangerous();
                builder.with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
            }
            Authorities::Only(roots) => {
                builder.with_root_certificates(Arc::clone(roots)).with_no_client_auth()
            }
        };
        Ok(Arc::new(config))
    }
}

impl fmt::Debug for TlsTrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Authorities::System => f.write_str("TlsTrust(system)"),
            Authorities::Beside(more) => write!(f, "TlsTrust(system and {} more)", more.len()),
            Authorities::Only(roots) => write!(f, "TlsTrust({} authorities)", roots.len()),
        }
    }
}

/// The certificates of a text. Each is checked to be a valid trust anchor.
fn read(pem: &[u8]) -> Result<(Vec<CertificateDer<'static>>, RootCertStore), TlsError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.map_err(|_| TlsError::Authority)?;
    let mut roots = RootCertStore::empty();
    for certificate in &certificates {
        roots.add(certificate.clone()).map_err(|_| TlsError::Authority)?;
    }
    if roots.is_empty() { Err(TlsError::Authority) } else { Ok((certificates, roots)) }
}

/// The name that a certificate must have.
pub(super) fn server_name(host: &str) -> Result<ServerName<'static>, TlsError> {
    ServerName::try_from(host.to_owned()).map_err(|_| TlsError::Host(host.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_a_certificate_is_no_trust_and_not_the_systems() {
        for pem in
            ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
        {
            for trust in [TlsTrust::authorities, TlsTrust::system_and] {
                assert_eq!(trust(pem.as_bytes()).unwrap_err(), TlsError::Authority);
            }
        }
    }

    #[test]
    fn hosts_are_names_or_addresses() {
        for host in ["dir.example.test", "127.0.0.1", "::1"] {
            assert!(server_name(host).is_ok(), "{host}");
        }
        assert!(server_name("a b").is_err());
    }
}
