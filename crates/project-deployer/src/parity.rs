//! Which login is what on the Deployer and on every node: the facts for
//! [`project_deployer_ldap::matching`], gathered from any Deployer and its nodes.

mod accounts;
mod gather;
mod keys;
mod landscape;
mod needs;
mod own;
mod permitted;
mod suppliers;
mod supplies;
mod table;

pub use self::accounts::LocationAccounts;
pub use self::gather::{Survey, parity, parity_of, survey};
pub use self::keys::NodeKeys;
pub use self::landscape::Landscape;
pub use self::own::{DeployerAccounts, StoreAccounts};
pub use self::permitted::{InfraPermits, permitted};
pub use self::table::ParityTable;

pub(crate) use self::own::told;
