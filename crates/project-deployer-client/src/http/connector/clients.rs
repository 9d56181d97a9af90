use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use project_deployer_core::NodeAddress;

use super::HttpConnectorBuilder;

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
    use super::*;
    use crate::http::HttpConnector;

    #[test]
    fn the_client_that_was_tried_goes_to_the_first_node_that_verifies() {
        let connector = HttpConnector::builder().build().unwrap();
        let ask = |host: &str, trust_all_certificates: bool| {
            let address = NodeAddress::parse(&format!("https://{host}")).unwrap();
            connector.clients.at(&address, trust_all_certificates, &connector.builder).unwrap();
            let known = connector.clients.0.lock().unwrap();
            (known.spare.is_some(), known.clients.len())
        };
        assert_eq!(ask("a.example.test", true), (true, 1));
        assert_eq!(ask("a.example.test", false), (false, 2));
        assert_eq!(ask("b.example.test", false), (false, 3));
        assert_eq!(ask("b.example.test", false), (false, 3));
    }
}
