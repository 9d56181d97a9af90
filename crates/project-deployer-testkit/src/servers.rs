//! Directory servers as organisations run them, from Debian packages, started for tests (feature `servers`).
//!
//! One description of people, a [`MockDirectory`](crate::MockDirectory), becomes the entries of each schema.
//! A server has namespaces, ports and a directory of its own, writes nothing outside that directory, and ends
//! with the value for it.
//!
//! Programs are taken from the tree that `PROJECT_DEPLOYER_DEBIAN` names, where `cargo xtask test` unpacks
//! them, else from the machine.

mod access;
mod active_directory_entries;
mod certificate;
mod directory_server_389;
mod error;
mod installation;
mod open_ldap;
mod options;
mod posix_entries;
mod question;
mod samba_domain;
mod sandbox;
mod templates;

pub use access::{DirectoryAccess, DirectoryServer};
pub use directory_server_389::DirectoryServer389;
pub use error::ServerError;
pub use installation::{ldapmodify, ldapsearch};
pub use open_ldap::OpenLdap;
pub use options::ServerOptions;
pub use samba_domain::SambaDomain;

use crate::MockLdapSettings;

/// The base of OpenLDAP and 389 Directory Server. That of a domain is a unit in it.
pub const BASE: &str = "dc=example,dc=test";

/// The other base, in servers that have two.
pub const SECOND_BASE: &str = "dc=other,dc=test";

const READER_PASSWORD: &str = "Reads-Only-1";

fn with_groups_of_names(server: &impl DirectoryServer) -> MockLdapSettings {
    let groups = server.access().templates.with_groups_of_names().settings();
    let settings = server.ldap_settings();
    MockLdapSettings {
        group_filter: groups.group_filter,
        all_groups_filter: groups.all_groups_filter,
        group_membership_attribute: groups.group_membership_attribute,
        group_membership_user_attribute: groups.group_membership_user_attribute,
        ..settings
    }
}
