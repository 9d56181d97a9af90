//! Certificates for a mock node.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType, date_time_ymd, string::Ia5String,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// How a node's certificate is, or what is wrong with it. The authority is made for the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TestTls {
    /// For 127.0.0.1 and localhost, by the authority of [`ca_pem`](crate::MockNode::ca_pem).
    Valid,
    /// By another authority than that one.
    UnknownRoot,
    /// By itself.
    SelfSigned,
    /// For another host.
    WrongHost,
    /// For the address 127.0.0.1 and no name.
    OnlyForAddress,
    /// For the name localhost and no address.
    OnlyForName,
    /// For a name that is spelled like the address 127.0.0.1.
    AddressAsName,
    /// Expired in 2020.
    Expired,
    /// Valid from 2100 on.
    NotYetValid,
    /// For clients, and not for servers.
    ForClients,
    /// Signed with SHA-1, by an authority that is the same for all nodes.
    Sha1,
}

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why certificates cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestTlsError {
    /// A certificate cannot be made.
    #[error("the test certificate cannot be made")]
    Certificate(#[source] Source),
    /// A certificate that is kept cannot be read.
    #[error("the test certificate cannot be read")]
    Pem(#[source] Source),
    /// The server cannot use it.
    #[error("the test server cannot use its certificate")]
    Server(#[source] Source),
}

/// What a server needs, and what its clients need to trust it.
#[derive(Debug)]
pub(crate) struct ServerTls {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) ca_pem: String,
}

/// A certificate with its key, and the authority that its clients trust.
struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
    ca_pem: String,
}

impl TestTls {
    pub(crate) fn make(self) -> Result<ServerTls, TestTlsError> {
        let Identity { certificate, key, ca_pem } = match self {
            Self::Sha1 => sha1().map_err(|error| TestTlsError::Pem(error.into()))?,
            Self::Valid
            | Self::UnknownRoot
            | Self::SelfSigned
            | Self::WrongHost
            | Self::OnlyForAddress
            | Self::OnlyForName
            | Self::AddressAsName
            | Self::Expired
            | Self::NotYetValid
            | Self::ForClients => {
                self.identity().map_err(|error| TestTlsError::Certificate(error.into()))?
            }
        };
        // One provider is named, so that no process-wide choice is needed or made.
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let config = builder.with_safe_default_protocol_versions().and_then(|builder| {
            builder.with_no_client_auth().with_single_cert(vec![certificate], key)
        });
        let mut config = config.map_err(|error| TestTlsError::Server(error.into()))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(ServerTls { config: Arc::new(config), ca_pem })
    }

    fn identity(self) -> Result<Identity, rcgen::Error> {
        let reported = authority("Test authority")?;
        let (params, key) = (self.params()?, KeyPair::generate()?);
        let issuer =
            if self == Self::UnknownRoot { &authority("Another authority")? } else { &reported };
        let certificate = if self == Self::SelfSigned {
            params.self_signed(&key)?
        } else {
            params.signed_by(&key, issuer)?
        };
        Ok(Identity {
            certificate: certificate.der().clone(),
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            ca_pem: reported.pem(),
        })
    }

    fn params(self) -> Result<CertificateParams, rcgen::Error> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.subject_alt_names = self.names()?;
        match self {
            Self::Expired => {
                params.not_before = date_time_ymd(2019, 1, 1);
                params.not_after = date_time_ymd(2020, 1, 1);
            }
            Self::NotYetValid => {
                params.not_before = date_time_ymd(2100, 1, 1);
                params.not_after = date_time_ymd(2200, 1, 1);
            }
            Self::ForClients => {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            }
            _ => {}
        }
        Ok(params)
    }

    fn names(self) -> Result<Vec<SanType>, rcgen::Error> {
        let name = |text: &str| Ia5String::try_from(text).map(SanType::DnsName);
        let address = || SanType::IpAddress([127, 0, 0, 1].into());
        Ok(match self {
            Self::WrongHost => vec![name("elsewhere.example.test")?],
            Self::OnlyForAddress => vec![address()],
            Self::OnlyForName => vec![name("localhost")?],
            Self::AddressAsName => vec![name("127.0.0.1")?],
            _ => vec![address(), name("localhost")?],
        })
    }
}

/// An authority that signs certificates.
pub(crate) fn authority(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

/// Libraries of today sign nothing with SHA-1. So this one was made once, with the command `openssl ca`
/// and `-md sha1`; it is for 127.0.0.1 and localhost, from 2020 until 2120.
fn sha1() -> Result<Identity, rustls::pki_types::pem::Error> {
    Ok(Identity {
        certificate: CertificateDer::from_pem_slice(include_bytes!("tls/sha1_node.pem"))?,
        key: PrivateKeyDer::from_pem_slice(include_bytes!("tls/sha1_node.key.pem"))?,
        ca_pem: include_str!("tls/sha1_authority.pem").to_owned(),
    })
}
