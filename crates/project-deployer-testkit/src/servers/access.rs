use std::fmt;
use std::path::Path;

use serde_json::Value;

use super::sandbox::RunningServer;
use super::templates::Templates;
use crate::MockLdapSettings;

/// An account that reads a directory, or administers it.
#[derive(Clone)]
pub(super) struct Account {
    pub(super) dn: String,
    pub(super) password: &'static str,
}

/// What clients have to know of a running server.
#[derive(Debug)]
pub struct DirectoryAccess {
    pub(super) running: RunningServer,
    pub(super) ca_pem: String,
    pub(super) base: &'static str,
    pub(super) reader: Account,
    pub(super) admin: Account,
    pub(super) templates: Templates,
    pub(super) tls_required: bool,
}

impl DirectoryAccess {
    fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}/{}", self.running.port, self.base)
    }

    /// Settings that fit the server and look for people and groups in this way.
    pub(super) fn ldap_settings(&self, templates: Templates) -> MockLdapSettings {
        MockLdapSettings {
            url: self.url(),
            use_tls: self.tls_required,
            bind_dn: self.reader.dn.clone(),
            bind_password: self.reader.password.to_owned(),
            ..templates.settings()
        }
    }
}

/// A directory server that runs for as long as the value lives: its processes end and its directory goes when
/// it is dropped, when a test panics, and when the test program is killed.
///
/// A server in a `static` is never dropped; it ends with the program.
///
/// This trait is sealed: only the servers of this crate implement it.
pub trait DirectoryServer: super::sealed::Sealed + fmt::Debug + Send + Sync {
    /// What clients have to know.
    fn access(&self) -> &DirectoryAccess;

    /// `ldap://127.0.0.1:PORT/BASE`.
    fn url(&self) -> String {
        self.access().url()
    }

    /// `ldaps://127.0.0.1:PORT/BASE`.
    fn ldaps_url(&self) -> String {
        let access = self.access();
        format!("ldaps://127.0.0.1:{}/{}", access.running.tls_port, access.base)
    }

    /// The base of all people and groups.
    fn base(&self) -> &str {
        self.access().base
    }

    /// The certificate of the authority behind the server's, for 127.0.0.1 and localhost.
    fn ca_pem(&self) -> &str {
        &self.access().ca_pem
    }

    /// An account that may read, and not write.
    fn bind_dn(&self) -> &str {
        &self.access().reader.dn
    }

    /// The reader's password.
    fn bind_password(&self) -> &str {
        self.access().reader.password
    }

    /// An account with all rights, for a change in the middle of a test.
    fn admin_dn(&self) -> &str {
        &self.access().admin.dn
    }

    /// The administrator's password.
    fn admin_password(&self) -> &str {
        self.access().admin.password
    }

    /// LDAP settings that fit the server, as the seed of a mock node.
    fn ldap_settings(&self) -> MockLdapSettings {
        self.access().ldap_settings(self.access().templates)
    }

    /// LDAP settings that fit the server, as the product's API spells them (wire-facts 5.6).
    fn ldap_settings_document(&self) -> Value {
        serde_json::to_value(self.ldap_settings()).unwrap_or_default()
    }

    /// Where the server writes. It goes with the server.
    fn directory(&self) -> &Path {
        &self.access().running.directory
    }

    /// The end of what the server said so far.
    fn log(&self) -> String {
        self.access().running.log()
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Account").field(&self.dn).finish()
    }
}
