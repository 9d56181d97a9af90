//! Login parity: the status of each login on the Deployer and on every node. This module collects
//! the facts for [`project_deployer_ldap::matching`] from any Deployer and its nodes.

mod accounts;
mod assess;
mod keys;
mod needs;
mod own;
mod permitted;
mod scope;
mod suppliers;
mod supplies;
mod table;

pub use self::accounts::LocationAccounts;
pub use self::assess::{
    ParityAssessment, assess_parity, assess_parity_settling, parity, parity_of,
};
pub use self::keys::NodeKeys;
pub use self::own::{DeployerAccounts, StoreAccounts};
pub use self::permitted::{InfraPermissions, infra_permissions};
pub use self::scope::ParityScope;
pub use self::table::ParityTable;

pub(crate) use self::own::fetched;
