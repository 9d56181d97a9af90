//! The nodes of a fleet: of a list, or of the service that has them.

use std::time::Duration;

use project_deployer_client::DeployerError;
use project_deployer_client::NodeErrorKind;
use project_deployer_client::fleet::{
    AdminKeys, Discovery, FleetAdminKey, FleetCredentials, FleetError, FleetNode, FleetService,
    FleetUrl, Unknown,
};
use project_deployer_core::{ApiKeySecret, NodeAddress};
use tokio::time::timeout;

use super::settings::{FleetOrigin, FleetSettings, ListedNode};
use crate::deployer::Deployer;

/// How long the service of a fleet may take to list all its nodes.
const DEADLINE: Duration = Duration::from_secs(600);

impl Deployer {
    /// Reads the nodes of a fleet.
    pub(crate) async fn discovered(
        &self,
        fleet: &FleetSettings,
    ) -> Result<Discovery, DeployerError> {
        let failed = |source: FleetError| DeployerError::Fleet {
            fleet: fleet.id.clone(),
            source: Box::new(source),
        };
        let service = match &fleet.source {
            FleetOrigin::List { nodes } => {
                let nodes = nodes.iter().map(listed).collect();
                return Ok(Discovery::new(
                    format!("the list of fleet {}", fleet.id),
                    nodes,
                    vec![],
                ));
            }
            FleetOrigin::FleetManager { .. } | FleetOrigin::Launchpad { .. } => service(fleet)?,
        };
        let Some(connector) = &self.inner.fleets else {
            return Err(DeployerError::not_possible(
                format!(
                    "this Deployer reaches no services of fleets, so fleet `{}` cannot be read",
                    fleet.id
                ),
                "build it with a connector to fleets",
            ));
        };
        let source = connector.fleet(&service).map_err(failed)?;
        match timeout(DEADLINE, source.discover()).await {
            Ok(found) => found.map_err(failed),
            Err(_) => {
                let kind = NodeErrorKind::TimedOut(DEADLINE);
                Err(failed(FleetError::new(place(&service), "list all nodes", kind)))
            }
        }
    }
}

fn listed(node: &ListedNode) -> FleetNode {
    let url =
        node.url.clone().map_or(FleetUrl::NotPublished(Unknown::NeverReported), FleetUrl::Known);
    let key = node.admin_key.clone();
    let key = key.map_or(FleetAdminKey::Unknown(Unknown::NeverReported), FleetAdminKey::Known);
    FleetNode::listed(node.node_id.clone(), url, key)
}

/// The service of a fleet, as connectors take it.
fn service(fleet: &FleetSettings) -> Result<FleetService, DeployerError> {
    let credentials = |key_id: &str, secret: &Option<ApiKeySecret>| {
        let lacks = || {
            DeployerError::not_possible(
                format!("fleet `{}` has no secret for its key", fleet.id),
                "write `keySecret` in its settings",
            )
        };
        let secret = secret.as_ref().ok_or_else(lacks)?;
        FleetCredentials::new(key_id, secret.expose()).map_err(|error| {
            DeployerError::not_possible(
                format!("the key of fleet `{}` cannot be used: {error}", fleet.id),
                "correct it in its settings",
            )
        })
    };
    match &fleet.source {
        FleetOrigin::FleetManager {
            url,
            tenant,
            key_id,
            key_secret,
            trust_all_certificates,
            read_admin_keys,
        } => Ok(FleetService::FleetManager {
            address: url.clone(),
            tenant: tenant.clone(),
            credentials: credentials(key_id, key_secret)?,
            trust_all_certificates: *trust_all_certificates,
            admin_keys: if *read_admin_keys { AdminKeys::Ask } else { AdminKeys::Leave },
        }),
        FleetOrigin::Launchpad { url, space, key_id, key_secret } => Ok(FleetService::Launchpad {
            address: url.clone(),
            space: space.clone(),
            credentials: credentials(key_id, key_secret)?,
        }),
        FleetOrigin::List { .. } => Err(DeployerError::not_possible(
            format!("fleet `{}` is a list", fleet.id),
            "read its nodes from its settings",
        )),
    }
}

fn place(service: &FleetService) -> String {
    let address = match service {
        FleetService::FleetManager { address, .. } => Some(address),
        FleetService::Launchpad { address, .. } => address.as_ref(),
        _ => None,
    };
    address.map_or_else(|| "the Launchpad".to_owned(), NodeAddress::to_string)
}
