use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError};

use crate::tls_problem::TlsProblem;

/// What one cause of a connection that did not come about says of TLS.
pub(super) fn problem(cause: &(dyn Error + 'static)) -> Option<TlsProblem> {
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return Some(meaning(error));
    }
    let reported = cause.downcast_ref::<io::Error>()?;
    match reported.get_ref() {
        // rustls reports through `io::Error`, which does not count what it holds among its causes.
        Some(held) => problem(held),
        // For an end in the middle of the handshake there is only a text.
        None => reported.to_string().contains("handshake").then_some(TlsProblem::NoTls),
    }
}

fn meaning(error: &rustls::Error) -> TlsProblem {
    match error {
        rustls::Error::InvalidCertificate(error) => of_certificate(error),
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(
            AlertDescription::ProtocolVersion
            | AlertDescription::HandshakeFailure
            | AlertDescription::InsufficientSecurity,
        ) => TlsProblem::Outdated,
        _ => TlsProblem::NoTls,
    }
}

fn of_certificate(error: &CertificateError) -> TlsProblem {
    match error {
        CertificateError::UnknownIssuer => TlsProblem::UnknownAuthority,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TlsProblem::OtherHost
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsProblem::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            TlsProblem::NotYetValid
        }
        CertificateError::Revoked => TlsProblem::Revoked,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            TlsProblem::OtherPurpose
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            TlsProblem::WeakSignature
        }
        // The verifier of the system's authorities has no public type for this one.
        CertificateError::Other(error) if format!("{error:?}").contains("EkuError") => {
            TlsProblem::OtherPurpose
        }
        _ => TlsProblem::Certificate,
    }
}
