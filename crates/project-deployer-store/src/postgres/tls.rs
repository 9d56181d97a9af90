//! TLS for connections, as `sslmode` asks for it.

mod stream;
mod verifier;

use std::io;
use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;
use tokio_postgres::config::SslMode;
use tokio_rustls::TlsConnector;

use self::verifier::AnyName;
use super::open_error::PostgresOpenError;

/// How a connection is encrypted: the values of `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// The authorities whose certificates are accepted.
#[derive(Clone)]
pub(super) enum Authorities {
    System,
    Only(Arc<RootCertStore>),
}

/// Makes encrypted connections; none if they are not to be encrypted.
#[derive(Clone)]
pub(super) struct Tls(Option<TlsConnector>);

impl Encryption {
    pub(super) fn parse(mode: &str) -> Option<Self> {
        Some(match mode {
            "disable" => Self::Disable,
            "allow" | "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => return None,
        })
    }

    pub(super) fn mode(self) -> SslMode {
        match self {
            Self::Disable => SslMode::Disable,
            Self::Prefer => SslMode::Prefer,
            Self::Require | Self::VerifyCa | Self::VerifyFull => SslMode::Require,
        }
    }
}

impl Authorities {
    pub(super) fn of_file(path: &str) -> Result<Self, PostgresOpenError> {
        let failed = |source| PostgresOpenError::Certificates { place: path.to_owned(), source };
        if path == "system" {
            return Ok(Self::System);
        }
        let text = std::fs::read(path).map_err(failed)?;
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&text) {
            let certificate =
                certificate.map_err(|error| failed(io::Error::other(error.to_string())))?;
            roots.add(certificate).map_err(|error| failed(io::Error::other(error)))?;
        }
        if roots.is_empty() {
            return Err(failed(io::Error::other("it has no certificate")));
        }
        Ok(Self::Only(Arc::new(roots)))
    }
}

impl Tls {
    /// It sets its crypto provider explicitly, so it does not depend on the default of the process.
    pub(super) fn new(
        encryption: Encryption,
        authorities: &Authorities,
    ) -> Result<Self, PostgresOpenError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let failed = |error: rustls::Error| PostgresOpenError::Certificates {
            place: "the system".to_owned(),
            source: io::Error::other(error),
        };
        let authorities: Option<Arc<dyn ServerCertVerifier>> = match (encryption, authorities) {
            (Encryption::Disable, _) => return Ok(Self(None)),
            // As libpq: a file of authorities is there to be heeded.
            (_, Authorities::Only(roots)) => {
                let verifier = verifier::of(Arc::clone(roots), Arc::clone(&provider));
                Some(verifier.map_err(failed)?)
            }
            (Encryption::Prefer | Encryption::Require, Authorities::System) => None,
            (Encryption::VerifyCa | Encryption::VerifyFull, Authorities::System) => {
                Some(Arc::new(Verifier::new(Arc::clone(&provider)).map_err(failed)?))
            }
        };
        let verifier = match (encryption, authorities) {
            (Encryption::VerifyFull, Some(authorities)) => authorities,
            (_, authorities) => Arc::new(AnyName { authorities, provider: Arc::clone(&provider) }),
        };
        let builder = ClientConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions().map_err(failed)?;
        // `dangerous` allows any verifier; which one it is was decided above.
        let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
        Ok(Self(Some(TlsConnector::from(Arc::new(builder.with_no_client_auth())))))
    }
}
