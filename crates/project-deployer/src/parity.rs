//! Which login is what on the Deployer and on every node: the facts for
//! [`project_deployer_ldap::matching`], gathered from any Deployer and its nodes.

mod gather;
mod needs;
mod own;
mod supplies;
mod table;

pub use self::gather::parity;
pub use self::own::DeployerAccounts;
pub use self::table::ParityTable;
