//! Certificates for a mock node.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// How a node's certificate is, or what is wrong with it. The authority is made for the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestTls {
    /// For 127.0.0.1 and localhost, by the authority of [`ca_pem`](crate::MockNode::ca_pem).
    Valid,
    /// By another authority than that one.
    UnknownRoot,
    /// For another host.
    WrongHost,
    /// Expired in 2020.
    Expired,
}

/// Why certificates cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestTlsError {
    /// A certificate cannot be made.
    #[error("the test certificate cannot be made")]
    Certificate(#[from] rcgen::Error),
    /// The server cannot use it.
    #[error("the test server cannot use its certificate")]
    Server(#[from] rustls::Error),
}

/// What a server needs, and what its clients need to trust it.
#[derive(Debug)]
pub(crate) struct ServerTls {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) ca_pem: String,
}

impl TestTls {
    pub(crate) fn make(self) -> Result<ServerTls, TestTlsError> {
        let told = authority("Test authority")?;
        let issuer = match self {
            Self::UnknownRoot => &authority("Another authority")?,
            Self::Valid | Self::WrongHost | Self::Expired => &told,
        };
        let key = KeyPair::generate()?;
        let certificate = self.params()?.signed_by(&key, issuer)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        // One provider is named, so that no process-wide choice is needed or made.
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()?
                .with_no_client_auth()
                .with_single_cert(vec![certificate.der().clone()], key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(ServerTls { config: Arc::new(config), ca_pem: told.pem() })
    }

    fn params(self) -> Result<CertificateParams, rcgen::Error> {
        let names = match self {
            Self::WrongHost => vec!["elsewhere.example.test".to_owned()],
            Self::Valid | Self::UnknownRoot | Self::Expired => {
                vec!["127.0.0.1".to_owned(), "localhost".to_owned()]
            }
        };
        let mut params = CertificateParams::new(names)?;
        if self == Self::Expired {
            params.not_before = date_time_ymd(2019, 1, 1);
            params.not_after = date_time_ymd(2020, 1, 1);
        }
        Ok(params)
    }
}

fn authority(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}
