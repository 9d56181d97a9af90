//! Encryption: which certificates are trusted, and the TLS client made of that.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::{BuilderVerifierExt, Verifier};

/// Whose certificates are trusted. Certificates are always verified; there is no way to switch that off.
#[derive(Clone, Default)]
pub struct TlsTrust(Authorities);

#[derive(Clone, Default)]
enum Authorities {
    /// Those of the system.
    #[default]
    System,
    /// Those of the system, and these.
    Beside(Arc<Vec<CertificateDer<'static>>>),
    /// These and no other.
    Only(Arc<RootCertStore>),
}

/// Trust that cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The text is no PEM, or a certificate in it is none.
    #[error(
        "the certificate authority of the directory is not a PEM certificate; hand in the text from `-----BEGIN CERTIFICATE-----` on"
    )]
    Authority,
    /// The authorities of the system cannot be had.
    #[error(
        "the certificate authorities of the system cannot be read: {0}; hand in the directory's authority"
    )]
    System(String),
    /// No certificate can be for this host.
    #[error(
        "no certificate can be for the host `{0}` of the LDAP URL; write its DNS name or address"
    )]
    Host(String),
}

impl TlsTrust {
    /// The authorities of the system.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// One or more authorities in PEM, and no other.
    ///
    /// # Errors
    ///
    /// The text has no certificate, or something that is none.
    pub fn authorities(pem: &[u8]) -> Result<Self, TlsError> {
        let (_, roots) = read(pem)?;
        Ok(Self(Authorities::Only(Arc::new(roots))))
    }

    /// The authorities of the system, and one or more in PEM.
    ///
    /// # Errors
    ///
    /// The text has no certificate, or something that is none.
    pub fn system_and(pem: &[u8]) -> Result<Self, TlsError> {
        let (certificates, _) = read(pem)?;
        Ok(Self(Authorities::Beside(Arc::new(certificates))))
    }

    /// The TLS client. It names its provider itself: what else in the process uses rustls, with which
    /// provider, does not matter.
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
                // What is dangerous is a verifier that does not verify; this is the usual one.
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

/// The certificates of a text, each of which can be trusted.
fn read(pem: &[u8]) -> Result<(Vec<CertificateDer<'static>>, RootCertStore), TlsError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.map_err(|_| TlsError::Authority)?;
    let mut roots = RootCertStore::empty();
    for certificate in &certificates {
        roots.add(certificate.clone()).map_err(|_| TlsError::Authority)?;
    }
    if roots.is_empty() { Err(TlsError::Authority) } else { Ok((certificates, roots)) }
}

/// The name that a certificate has to be for.
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
