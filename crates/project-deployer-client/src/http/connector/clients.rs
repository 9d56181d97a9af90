use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use project_deployer_core::NodeAddress;

use super::HttpConnectorBuilder;
use crate::http::peer::Peer;

/// One HTTP client per address and trust setting, shared by all callers. Creating one takes some
/// milliseconds, since it reads the system's authorities.
pub(super) struct Clients(Mutex<Known>);

struct Known {
    clients: HashMap<(NodeAddress, bool), reqwest::Client>,
    /// That of no node yet, with verification.
    spare: Option<reqwest::Client>,
}

impl Clients {
    /// With a client that verifies certificates, for the first node that wants it.
    pub(super) fn starting_with(client: reqwest::Client) -> Self {
        Self(Mutex::new(Known { clients: HashMap::new(), spare: Some(client) }))
    }

    pub(super) fn of(
        &self,
        peer: &Peer,
        builder: &HttpConnectorBuilder,
    ) -> Result<reqwest::Client, reqwest::Error> {
        self.at(&peer.address, peer.trust_all_certificates, builder)
    }

    /// The client of an address.
    pub(super) fn at(
        &self,
        address: &NodeAddress,
        trust_all_certificates: bool,
        builder: &HttpConnectorBuilder,
    ) -> Result<reqwest::Client, reqwest::Error> {
        let place = (address.clone(), trust_all_certificates);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = known.clients.get(&place) {
            return Ok(client.clone());
        }
        let spare = if trust_all_certificates { None } else { known.spare.take() };
        let client = spare.map_or_else(|| builder.client(trust_all_certificates), Ok)?;
        known.clients.insert(place, client.clone());
        Ok(client)
    }
}

#[cfg(test)]
mod tests {
    use project_deployer_core::ApiKeySecret;
    use project_deployer_core::infra::NodeEntry;

    use super::*;
    use crate::connector::Identity;
    use crate::http::HttpConnector;

    #[test]
    fn the_client_that_was_tried_goes_to_the_first_node_that_verifies() {
        let connector = HttpConnector::builder().build().unwrap();
        let ask = |host: &str, trust_all_certificates: bool| {
            let address = NodeAddress::parse(&format!("https://{host}")).unwrap();
            let key = ApiKeySecret::new("aBcDeFgHiJkLmNoPqRsTuVwXyZ012345").unwrap();
            let settings = NodeEntry::new(address, key).settings().unwrap();
            let peer = Peer::node(&settings, &Identity::ApiKey).unwrap();
            let peer = Peer { trust_all_certificates, ..peer };
            connector.clients.of(&peer, &connector.builder).unwrap();
            let known = connector.clients.0.lock().unwrap();
            (known.spare.is_some(), known.clients.len())
        };
        assert_eq!(ask("a.example.test", true), (true, 1));
        assert_eq!(ask("a.example.test", false), (false, 2));
        assert_eq!(ask("b.example.test", false), (false, 3));
        assert_eq!(ask("b.example.test", false), (false, 3));
    }
}
