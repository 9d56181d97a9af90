use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use project_deployer_core::NodeAddress;

use super::HttpConnectorBuilder;
use crate::http::peer::Peer;

/// One client per node and trust, shared by everybody who speaks to it. To make one takes some milliseconds:
/// it reads the system's authorities.
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
        let place = (peer.address.clone(), peer.trust_all_certificates);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = known.clients.get(&place) {
            return Ok(client.clone());
        }
        let spare = if peer.trust_all_certificates { None } else { known.spare.take() };
        let client = spare.map_or_else(|| builder.client(peer.trust_all_certificates), Ok)?;
        known.clients.insert(place, client.clone());
        Ok(client)
    }
}
