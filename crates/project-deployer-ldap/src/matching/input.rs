use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use project_deployer_core::accounts::{Group, LdapSettings, SourceType, UserList};
use project_deployer_core::{InfraId, NodeAddress, NodeId, setters};
use serde::Serialize;

use super::requirement::{GroupRequirement, LoginRequirement};
use crate::fetched::Fetched;
use crate::snapshot::DirectorySnapshot;

/// The facts that login matching works on: users, groups and directories, and what they are needed for.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct MatchInput {
    /// The Deployer and the nodes, in the order of the report.
    pub locations: Vec<Location>,
    /// The logins that deployments will use.
    pub needs: Vec<LoginRequirement>,
    /// The groups that grants of rights name.
    pub group_requirements: Vec<GroupRequirement>,
}

/// A node of the product with its accounts, or the reason why they are unknown.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Location {
    /// Its id.
    pub id: LocationId,
    /// The address at which people log in, if it is known.
    pub address: Option<NodeAddress>,
    /// Its users.
    pub users: Fetched<UserList>,
    /// Its groups.
    pub groups: Fetched<Vec<Group>>,
    /// Its LDAP supplier; none if it has none or the supplier is disabled.
    pub ldap: Fetched<Option<LdapSupply>>,
    /// The sources other than LDAP from which it can create users on demand, such as Azure AD.
    pub provisions: BTreeSet<SourceType>,
}

/// The LDAP supplier of a location, and the snapshot of its directory.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LdapSupply {
    /// The settings of the location.
    pub settings: LdapSettings,
    /// The snapshot of the directory. Locations with the same LDAP URL share it.
    pub directory: Fetched<Arc<DirectorySnapshot>>,
}

/// A location: the Deployer, or a node of an infrastructure.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LocationId {
    /// The Deployer's own node.
    Deployer,
    /// A node of an infrastructure.
    Node {
        /// The infrastructure.
        infra: InfraId,
        /// The id of the node, if it is known.
        node: Option<NodeId>,
    },
}

impl Location {
    /// A location without users, groups and LDAP.
    #[must_use]
    pub fn new(id: LocationId) -> Self {
        Self {
            id,
            address: None,
            users: Ok(UserList::default()),
            groups: Ok(Vec::new()),
            ldap: Ok(None),
            provisions: BTreeSet::new(),
        }
    }
}

setters!(Location {
    with_address(address: Option<NodeAddress>),
    with_users(users: Fetched<UserList>),
    with_groups(groups: Fetched<Vec<Group>>),
    with_ldap(ldap: Fetched<Option<LdapSupply>>),
    with_provisions(provisions: BTreeSet<SourceType>),
});

setters!(MatchInput {
    with_locations(locations: Vec<Location>),
    with_needs(needs: Vec<LoginRequirement>),
    with_group_requirements(group_requirements: Vec<GroupRequirement>),
});

impl LdapSupply {
    /// A supplier with the snapshot of its directory.
    #[must_use]
    pub fn new(settings: LdapSettings, directory: Fetched<Arc<DirectorySnapshot>>) -> Self {
        Self { settings, directory }
    }
}

impl LocationId {
    /// A name that fits a column: `Deployer`, `prod`, or `prod/node-1`.
    #[must_use]
    pub fn short_name(&self) -> String {
        match self {
            Self::Deployer => "Deployer".to_owned(),
            Self::Node { infra, node: None } => infra.to_string(),
            Self::Node { infra, node: Some(node) } => format!("{infra}/{node}"),
        }
    }
}

impl fmt::Display for LocationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deployer => f.write_str("the Deployer"),
            Self::Node { .. } => write!(f, "`{}`", self.short_name()),
        }
    }
}
