use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::{join, join_all};
use project_deployer_client::{
    AccountRules, DeployerError, NodeAccounts, NodeConnector, ProjectDeployer,
};
use project_deployer_core::accounts::LdapSettings;
use project_deployer_ldap::matching::{
    Location, LocationId, MatchInput, ParityReport, match_logins,
};
use project_deployer_ldap::{Directory, DirectoryConnector, Fetched, Reason};

use super::accounts::{LocationAccounts, NodeReach};
use super::own::{DeployerAccounts, told};
use super::scope::ParityScope;
use super::suppliers::{provisions, rules_of};
use super::supplies::supplies;
use crate::clock::Clock;

/// A location before its directory was asked.
pub(super) struct Place {
    pub(super) location: Location,
    pub(super) ldap: Fetched<Option<LdapSettings>>,
}

/// A comparison of logins, and all that it was made of.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ParityAssessment {
    /// What was told.
    pub world: MatchInput,
    /// What the locations lay down for accounts beside LDAP, or why it is not told; empty where nobody
    /// comes from elsewhere.
    pub rules: BTreeMap<LocationId, Fetched<AccountRules>>,
    /// What follows from it.
    pub report: ParityReport,
    /// The directory of each location, for whoever has to ask it again.
    pub directories: BTreeMap<LocationId, Fetched<Arc<dyn Directory>>>,
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
    let scope = ParityScope::of_deployer(deployer).await?;
    Ok(parity_of(&scope, Some(own), nodes, directories, clock).await)
}

/// The same for a scope from wherever: a plain list of infrastructures, or one with keys that were
/// handed in. Without accounts of a Deployer only the nodes are compared.
pub async fn parity_of(
    scope: &ParityScope,
    own: Option<&DeployerAccounts>,
    nodes: &dyn NodeConnector,
    directories: &dyn DirectoryConnector,
    clock: &dyn Clock,
) -> ParityReport {
    let accounts = LocationAccounts::of(scope, nodes);
    assess_parity(scope, own, &accounts, directories, clock).await.report
}

/// The same with all that it is made of, for whoever wants to act on it. `own` stands for the accounts
/// of the Deployer where they were told beforehand; otherwise those of `accounts` are asked.
pub async fn assess_parity(
    scope: &ParityScope,
    own: Option<&DeployerAccounts>,
    accounts: &LocationAccounts,
    directories: &dyn DirectoryConnector,
    clock: &dyn Clock,
) -> ParityAssessment {
    let of_nodes = join_all(accounts.nodes.iter().map(node_place));
    let (deployer, of_nodes) = join(deployer_place(own, accounts), of_nodes).await;
    let mut places: Vec<Place> = deployer.into_iter().chain(of_nodes).collect();
    let rules = rules_of(&places, accounts).await;
    for place in &mut places {
        place.location.provisions = provisions(rules.get(&place.location.id));
    }
    let supplied = supplies(places, directories, clock.now()).await;
    let directory =
        |(location, directory): &(Location, Fetched<_>)| (location.id.clone(), directory.clone());
    let directories = supplied.iter().map(directory).collect();
    let world = MatchInput {
        needs: scope.needs.clone(),
        group_requirements: scope.group_requirements.clone(),
        locations: supplied.into_iter().map(|(location, _)| location).collect(),
    };
    ParityAssessment { report: match_logins(&world), world, rules, directories }
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
        Err(reason) => unknown(location, reason),
    }
}

async fn ask(location: Location, accounts: &dyn NodeAccounts) -> Place {
    let users = told(accounts.user_list().await);
    if let Err(reason) = &users {
        // The rest would only wait for the same deadline again.
        return unknown(location, reason);
    }
    let groups = told(accounts.groups().await);
    let ldap = told(accounts.ldap_settings().await.map(Some));
    Place { location: Location { users, groups, ..location }, ldap }
}

fn unknown(location: Location, reason: &Reason) -> Place {
    let location = Location { users: Err(reason.clone()), groups: Err(reason.clone()), ..location };
    Place { location, ldap: Err(reason.clone()) }
}
