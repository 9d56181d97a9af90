//! Accounts of a node of the product: users, groups, and the settings of its LDAP supplier.

mod group;
mod ldap_settings;
mod source_type;
mod user;

pub use group::Group;
pub use ldap_settings::{LdapSettings, RemappingRule};
pub use source_type::SourceType;
pub use user::User;
