use futures::future::{join, join_all};
use project_deployer_client::{
    AccountRules, DeployerError, NodeAccounts, NodeConnector, ProjectDeployer,
};
use project_deployer_core::accounts::LdapSettings;
use project_deployer_ldap::matching::{
    Breadth, Location, LocationId, MatchInput, ParityReport, match_logins,
};
use project_deployer_ldap::settlement::{LocationDirectories, Settled, Settling, Verification};
use project_deployer_ldap::{DirectoryConnector, Fetched, Reason};
use std::collections::BTreeMap;

use super::accounts::{LocationAccounts, NodeReach};
use super::own::{DeployerAccounts, fetched};
use super::scope::ParityScope;
use super::suppliers::{provisions, rules_of};
use super::supplies::supplies;
use crate::clock::Clock;

/// A location before its directory is queried.
pub(super) struct Place {
    pub(super) location: Location,
    pub(super) ldap: Fetched<Option<LdapSettings>>,
}

/// A comparison of logins with everything that it is based on.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ParityAssessment {
    /// The facts that were fetched.
    pub input: MatchInput,
    /// The account rules of the locations for suppliers other than LDAP, or why they are unknown.
    /// Empty where no user comes from such a supplier.
    pub rules: BTreeMap<LocationId, Fetched<AccountRules>>,
    /// The result of the comparison.
    pub report: ParityReport,
    /// The directory of each location, for later queries.
    pub directories: LocationDirectories,
    /// How many verdicts the directories settled, and how many were left.
    pub settled: Settled,
}

impl ParityAssessment {
    /// Asks the directories about `count` verdicts of this breadth, drawn at random over all statuses, and
    /// reports every contradiction. The same `seed` draws the same verdicts. It changes nothing.
    pub async fn verify(
        &self,
        breadth: Breadth,
        count: usize,
        seed: u64,
        clock: &dyn Clock,
    ) -> Verification {
        let drawn = (breadth, count, seed);
        self.report.verify_with(&self.input, &self.directories, drawn, clock.now()).await
    }
}

/// Compares the logins of a Deployer and of all its nodes. It changes nothing.
///
/// What is unknown is part of the report: settings that the caller may not read, a node or a
/// directory that does not answer.
///
/// # Errors
///
/// The Deployer does not return its infrastructures or deployments.
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

/// Compares the logins of any scope, such as a plain list of infrastructures, or one with supplied
/// keys. Without accounts of a Deployer it compares the nodes only.
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

/// Compares logins and returns everything that the comparison is based on, so that a caller can act
/// on it. `own` has the accounts of the Deployer, where they were fetched before. Otherwise they
/// are fetched through `accounts`.
///
/// What the listing of a directory does not prove about a needed login is settled by the searches that
/// the node makes at a login.
pub async fn assess_parity(
    scope: &ParityScope,
    own: Option<&DeployerAccounts>,
    accounts: &LocationAccounts,
    directories: &dyn DirectoryConnector,
    clock: &dyn Clock,
) -> ParityAssessment {
    let settling = Settling::of(Breadth::Needed);
    assess_parity_settling(scope, own, accounts, directories, clock, settling).await
}

/// The same for more logins, or with another budget.
pub async fn assess_parity_settling(
    scope: &ParityScope,
    own: Option<&DeployerAccounts>,
    accounts: &LocationAccounts,
    directories: &dyn DirectoryConnector,
    clock: &dyn Clock,
    settling: Settling,
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
    let directories: LocationDirectories = supplied.iter().map(directory).collect();
    let input = MatchInput::default()
        .with_needs(scope.needs.clone())
        .with_group_requirements(scope.group_requirements.clone())
        .with_locations(supplied.into_iter().map(|(location, _)| location).collect());
    let mut report = match_logins(&input);
    let settled = report.settle_with(&input, &directories, settling, clock.now()).await;
    ParityAssessment { report, input, rules, directories, settled }
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
    let location = Location::new(LocationId::Deployer)
        .with_address(own.address)
        .with_users(own.users)
        .with_groups(own.groups);
    Some(Place { location, ldap: own.ldap })
}

async fn node_place(node: &NodeReach) -> Place {
    let location = Location::new(node.id.clone()).with_address(node.address.clone());
    match &node.accounts {
        Ok(accounts) => ask(location, &**accounts).await,
        Err(reason) => unknown(location, reason),
    }
}

async fn ask(location: Location, accounts: &dyn NodeAccounts) -> Place {
    let users = fetched(accounts.users().await);
    if let Err(reason) = &users {
        // Further calls would only wait for the same deadline again.
        return unknown(location, reason);
    }
    let groups = fetched(accounts.groups().await);
    let ldap = fetched(accounts.ldap_settings().await.map(Some));
    Place { location: location.with_users(users).with_groups(groups), ldap }
}

fn unknown(location: Location, reason: &Reason) -> Place {
    let location = location.with_users(Err(reason.clone())).with_groups(Err(reason.clone()));
    Place { location, ldap: Err(reason.clone()) }
}
