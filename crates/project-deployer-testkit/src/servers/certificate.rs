//! The certificate of a directory server, with the authority that its clients trust.

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};

use crate::tls::authority;

/// All in PEM.
pub(super) struct ServerCertificate {
    pub(super) authority: String,
    pub(super) certificate: String,
    pub(super) key: String,
}

impl ServerCertificate {
    /// For 127.0.0.1 and localhost.
    pub(super) fn make() -> Result<Self, rcgen::Error> {
        let authority = authority("Test authority of a directory")?;
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &authority)?;
        Ok(Self {
            authority: authority.pem(),
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        })
    }
}
