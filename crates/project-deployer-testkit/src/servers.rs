//! Directory servers and PostgreSQL as organisations run them, from Debian packages, and an S3 server from Python
//! packages, started for tests (feature `servers`).
//!
//! One description of people, a [`MockDirectory`](crate::MockDirectory), becomes the entries of each schema.
//! A directory server has namespaces, ports and a directory of its own, writes nothing outside that directory, and
//! ends with the value for it.
//!
//! Programs are taken from the tree that `PROJECT_DEPLOYER_DEBIAN` names, where `cargo xtask test` unpacks
//! them, else from the machine.

mod access;
mod active_directory_entries;
mod certificate;
mod directory_server_389;
mod error;
mod installation;
mod kept;
mod open_ldap;
mod options;
mod posix_entries;
mod postgres;
mod question;
mod s3_server;
mod samba_domain;
mod sandbox;
mod templates;

mod sealed {
    pub trait Sealed {}
}

pub use access::{DirectoryAccess, DirectoryServer};
pub use directory_server_389::DirectoryServer389;
pub use error::ServerError;
pub use installation::{ldapmodify, ldapsearch, strace, systemd_analyze};
pub use open_ldap::OpenLdap;
pub use options::ServerOptions;
pub use postgres::{PostgresServer, TransactionPooler};
pub use s3_server::S3Server;
pub use samba_domain::SambaDomain;

/// The base of OpenLDAP and 389 Directory Server. That of a domain is a unit in it.
pub const BASE: &str = "dc=example,dc=test";

/// The other base, in servers that have two.
pub const SECOND_BASE: &str = "dc=other,dc=test";

const READER_PASSWORD: &str = "Reads-Only-1";

/// Gives a directory server what starts it, and the trait. Its field is a [`DirectoryAccess`].
macro_rules! directory_server {
    ($server:ident, $access:ident) => {
        impl $server {
            /// Starts a server and returns once it answers.
            ///
            /// # Errors
            ///
            /// It is not installed, or does not start.
            pub fn start(people: &$crate::MockDirectory) -> Result<Self, super::ServerError> {
                Self::start_with(people, &super::ServerOptions::new())
            }

            /// Starts a server in one of its ways.
            ///
            /// # Errors
            ///
            /// It is not installed, or does not start, or is asked for an option that it does not have.
            pub fn start_with(
                people: &$crate::MockDirectory,
                options: &super::ServerOptions,
            ) -> Result<Self, super::ServerError> {
                $access(people, options).map(Self)
            }
        }

        impl super::sealed::Sealed for $server {}

        impl super::DirectoryServer for $server {
            fn access(&self) -> &super::DirectoryAccess {
                &self.0
            }
        }
    };
}
use directory_server;

/// For servers with each group as `groupOfNames` too.
macro_rules! with_groups_of_names {
    ($server:ident) => {
        impl $server {
            /// [`ldap_settings`](super::DirectoryServer::ldap_settings) that look for `groupOfNames`. Groups in
            /// groups are not followed, as the product does not follow them.
            pub fn ldap_settings_with_groups_of_names(&self) -> $crate::MockLdapSettings {
                self.0.ldap_settings(self.0.templates.with_groups_of_names())
            }
        }
    };
}
use with_groups_of_names;
