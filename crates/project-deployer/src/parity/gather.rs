use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::{join, join_all};
use project_deployer_client::{
    AccountRules, DeployerError, NodeAccounts, NodeConnector, ProjectDeployer,
};
use project_deployer_core::accounts::LdapSettings;
use project_deployer_ldap::matching::{Location, LocationId, ParityReport, World, match_logins};
use project_deployer_ldap::{Directory, DirectoryConnector, Reason, Told};

use super::accounts::{LocationAccounts, NodeReach};
use super::landscape::Landscape;
use super::own::{DeployerAccounts, told};
use super::suppliers::{provisions, rules_of};
use super::supplies::supplies;
use crate::clock::Clock;

/// A location before its directory was asked.
pub(super) struct Place {
    pub(super) location: Location,
    pub(super) ldap: Told<Option<LdapSettings>>,
}

/// A comparison of logins, and all that it was made of.
#[derive(Debug, Clone)]
pub struct Survey {
    /// What was told.
    pub world: World,
    /// What the locations lay down for accounts beside LDAP, or why it is not told; empty where nobody
    /// comes from elsewhere.
    pub rules: BTreeMap<LocationId, Told<AccountRules>>,
    /// What follows from it.
    pub report: ParityReport,
    /// The directory of each location, for whoever has to ask it again.
    pub directories: BTreeMap<LocationId, Told<Arc<dyn Directory>>>,
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
    clock: &dyn Clock,
) -> Result<ParityReport, DeployerError> {
    let landscape = Landscape::of_deployer(deployer).await?;
    Ok(parity_of(&landscape, Some(own), nodes, directories, clock).await)
}

/// The same for a landscape from wherever: a plain list of infrastructures, or one with keys that were
/// handed in. Without accounts of a Deployer only the nodes are compared.
pub async fn parity_of(
    landscape: &Landscape,
    own: Option<&DeployerAccounts>,
    nodes: &dyn NodeConnector,
    directories: &dyn DirectoryConnector,
    clock: &dyn Clock,
) -> ParityReport {
    let accounts = LocationAccounts::of(landscape, nodes);
    survey(landscape, own, &accounts, directories, clock).await.report
}

/// The same with all that it is made of, for whoever wants to act on it. `own` stands for the accounts
/// of the Deployer where they were told beforehand; otherwise those of `accounts` are asked.
pub async fn survey(
    landscape: &Landscape,
    own: Option<&DeployerAccounts>,
    accounts: &LocationAccounts,
    directories: &dyn DirectoryConnector,
    clock: &dyn Clock,
) -> Survey {
    let of_nodes = join_all(accounts.nodes.iter().map(node_place));
    let (deployer, of_nodes) = join(deployer_place(own, accounts), of_nodes).await;
    let mut places: Vec<Place> = deployer.into_iter().chain(of_nodes).collect();
    let rules = rules_of(&places, accounts).await;
    for place in &mut places {
        place.location.provisions = provisions(rules.get(&place.location.id));
    }
    let supplied = supplies(places, directories, clock.now()).await;
    let directory =
        |(location, directory): &(Location, Told<_>)| (location.id.clone(), directory.clone());
    let directories = supplied.iter().map(directory).collect();
    let world = World {
        needs: landscape.needs.clone(),
        group_needs: landscape.group_needs.clone(),
        locations: supplied.into_iter().map(|(location, _)| location).collect(),
    };
    Survey { report: match_logins(&world), world, rules, directories }
}

async fn deployer_place(
    own: Option<&DeployerAccounts>,
    accounts: &LocationAccounts,
) -> Option<Place> {
    let own = match (own, &accounts.deployer) {
        (Some(own), _) => own.clone(),
        (None, Some((address, accounts))) => {
            DeployerAccounts::of(&**accounts, address.clone()).await
        }
        (None, None) => return None,
    };
    let location = Location {
        address: own.address,
        users: own.users,
        groups: own.groups,
        ..Location::new(LocationId::Deployer)
    };
    Some(Place { location, ldap: own.ldap })
}

async fn node_place(node: &NodeReach) -> Place {
    let location = Location { address: node.address.clone(), ..Location::new(node.id.clone()) };
    match &node.accounts {
        Ok(accounts) => ask(location, &**accounts).await,
        Err(reason) => not_told(location, reason),
    }
}

async fn ask(location: Location, accounts: &dyn NodeAccounts) -> Place {
    let users = told(accounts.user_list().await);
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
