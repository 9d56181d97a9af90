use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use project_deployer_core::infra::NodeSettings;
use project_deployer_core::{ApiKeySecret, NodeAddress};
use reqwest::header::HeaderValue;
use secrecy::zeroize::Zeroizing;

use crate::connector::Identity;
#[cfg(feature = "fleet")]
use crate::fleet::FleetCredentials;

/// The server that requests go to, and the caller.
pub(crate) struct Peer {
    pub(crate) address: NodeAddress,
    pub(crate) label: String,
    pub(crate) credentials: Credentials,
    pub(crate) impersonation: Option<HeaderValue>,
    pub(crate) trust_all_certificates: bool,
}

/// The credentials of a request, sent as basic credentials (wire-facts 1.4).
pub(crate) enum Credentials {
    /// The key of a node goes as the user, without a password, as the official client does it.
    Key(ApiKeySecret),
    /// Id and secret of a fleet's service.
    #[cfg(feature = "fleet")]
    Pair(FleetCredentials),
}

impl Peer {
    /// # Errors
    ///
    /// The reason why the login is not valid in a header.
    pub(super) fn node(node: &NodeSettings, acting: &Identity) -> Result<Self, String> {
        let impersonation = match acting {
            Identity::ApiKey => None,
            Identity::Impersonate(login) => Some(
                HeaderValue::from_bytes(login.as_str().as_bytes())
                    .map_err(|_| format!("login `{login}` is not valid in an HTTP header"))?,
            ),
        };
        Ok(Self {
            address: node.address.clone(),
            label: node.to_string(),
            credentials: Credentials::Key(node.admin_api_key.clone()),
            impersonation,
            trust_all_certificates: node.trust_all_certificates,
        })
    }
}

impl Credentials {
    pub(super) fn user(&self) -> &str {
        match self {
            Self::Key(key) => key.expose(),
            #[cfg(feature = "fleet")]
            Self::Pair(pair) => pair.key_id(),
        }
    }

    pub(super) fn password(&self) -> &str {
        match self {
            Self::Key(_) => "",
            #[cfg(feature = "fleet")]
            Self::Pair(pair) => pair.expose_secret(),
        }
    }

    pub(super) fn secret(&self) -> &str {
        match self {
            Self::Key(key) => key.expose(),
            #[cfg(feature = "fleet")]
            Self::Pair(pair) => pair.expose_secret(),
        }
    }

    /// The credentials as in the header, in both alphabets.
    pub(super) fn encoded(&self) -> [String; 2] {
        let plain = Zeroizing::new(format!("{}:{}", self.user(), self.password()));
        [STANDARD.encode(&*plain), URL_SAFE.encode(&*plain)]
    }
}
