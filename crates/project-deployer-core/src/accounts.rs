//! Accounts of a node of the product: users, groups, and the settings of its LDAP supplier.

mod group;
mod ldap_settings;
mod list;
mod source_type;
mod user;
mod user_list;

pub use group::Group;
pub use ldap_settings::{LdapSettings, RemappingRule};
pub use list::{
    BrokenList, StreamingUserParser, Unreadable, UserCollection, read_groups, read_users,
};
pub use source_type::SourceType;
pub use user::User;
pub use user_list::{ListedUser, UserList};

#[cfg(test)]
mod tests;
