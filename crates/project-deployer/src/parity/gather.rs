use futures::future::join_all;
use project_deployer_client::{DeployerError, NodeConnector, ProjectDeployer};
use project_deployer_core::InfraId;
use project_deployer_core::accounts::LdapSettings;
use project_deployer_core::infra::{InfraSettings, NodeEntry};
use project_deployer_ldap::matching::{Location, LocationId, ParityReport, World, match_logins};
use project_deployer_ldap::{DirectoryConnector, Reason, Told};

use super::needs::{group_needs, needs};
use super::own::{DeployerAccounts, told};
use super::supplies::supplies;

/// A location before its directory was asked.
pub(super) struct Place {
    pub(super) location: Location,
    pub(super) ldap: Told<Option<LdapSettings>>,
}

/// Gathers and matches the logins of a Deployer and of all its nodes. Nothing is changed anywhere.
///
/// What is not told is part of the report: settings that the caller may not read, a node or a
/// directory that does not answer.
///
/// # Errors
///
/// The Deployer does not tell its infrastructures or deployments.
pub async fn parity(
    deployer: &dyn ProjectDeployer,
    own: &DeployerAccounts,
    nodes: &dyn NodeConnector,
    directories: &dyn DirectoryConnector,
) -> Result<ParityReport, DeployerError> {
    let infras = infras(deployer).await?;
    let mut places = vec![deployer_place(own)];
    let of_infras = infras.iter().map(|(id, settings)| infra_places(id, settings, nodes));
    places.extend(join_all(of_infras).await.into_iter().flatten());
    let deployments = deployer.deployments().await?;
    let projects = deployer.projects().await?;
    let world = World {
        needs: needs(&infras, &deployments),
        group_needs: group_needs(deployer, &infras, &projects).await?,
        locations: supplies(places, directories).await,
    };
    Ok(match_logins(&world))
}

/// Every infrastructure with its settings, or why they are not told.
pub(super) type Infras = Vec<(InfraId, Told<InfraSettings>)>;

/// In the order of their stages, in which bundles go through them.
async fn infras(deployer: &dyn ProjectDeployer) -> Result<Infras, DeployerError> {
    let stages = deployer.stages().await?;
    let mut statuses = deployer.infras().await?;
    statuses.sort_by_key(|status| {
        stages.position(&status.infra_basic_info.stage).unwrap_or(usize::MAX)
    });
    let mut infras = Vec::new();
    for status in statuses {
        let id = status.infra_basic_info.id;
        let settings = deployer.infra_settings(&id).await.map_err(|error| Reason::of(&error));
        infras.push((id, settings));
    }
    Ok(infras)
}

fn deployer_place(own: &DeployerAccounts) -> Place {
    let location = Location {
        address: own.address.clone(),
        users: own.users.clone(),
        groups: own.groups.clone(),
        ..Location::new(LocationId::Deployer)
    };
    Place { location, ldap: own.ldap.clone() }
}

async fn infra_places(
    infra: &InfraId,
    settings: &Told<InfraSettings>,
    nodes: &dyn NodeConnector,
) -> Vec<Place> {
    match settings {
        Ok(settings) => {
            let entries = settings.target.entries().iter();
            join_all(entries.map(|entry| node_place(infra, entry, nodes))).await
        }
        Err(reason) => {
            let id = LocationId::Node { infra: infra.clone(), node: None };
            vec![not_told(Location::new(id), reason)]
        }
    }
}

async fn node_place(infra: &InfraId, entry: &NodeEntry, nodes: &dyn NodeConnector) -> Place {
    let id = LocationId::Node { infra: infra.clone(), node: entry.node_id.clone() };
    let address = entry.address_for_people().cloned();
    let location = Location { address, ..Location::new(id) };
    let Some(settings) = entry.settings() else {
        return not_told(location, &Reason::new("its address or its admin key is not known"));
    };
    let accounts = match nodes.accounts(&settings) {
        Ok(accounts) => accounts,
        Err(error) => return not_told(location, &Reason::of(&error)),
    };
    let users = told(accounts.users().await);
    if let Err(reason) = &users {
        // The rest would only wait for the same deadline again.
        return not_told(location, reason);
    }
    let groups = told(accounts.groups().await);
    let ldap = told(accounts.ldap_settings().await.map(Some));
    Place { location: Location { users, groups, ..location }, ldap }
}

fn not_told(location: Location, reason: &Reason) -> Place {
    let location = Location { users: Err(reason.clone()), groups: Err(reason.clone()), ..location };
    Place { location, ldap: Err(reason.clone()) }
}
