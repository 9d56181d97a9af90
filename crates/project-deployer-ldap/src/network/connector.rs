use std::sync::{Arc, OnceLock};

use project_deployer_core::AddressPolicy;
use project_deployer_core::accounts::LdapSettings;
use rustls::ClientConfig;

use super::bind::BindPasswords;
use super::budgets::LdapBudgets;
use super::tls::{TlsError, TlsTrust};
use super::{LdapDirectory, LdapSetupError};
use crate::connector::DirectoryConnector;
use crate::directory::Directory;
use crate::fetched::{Fetched, Reason};
use crate::supplier::LdapUrl;

/// Turns the LDAP settings of locations into directories over the network.
///
/// ```no_run
/// use project_deployer_ldap::network::{BindPasswords, LdapConnector, TlsTrust};
/// use project_deployer_ldap::supplier::LdapUrl;
/// use secrecy::SecretString;
///
/// let url = LdapUrl::parse("ldaps://dir.example.test/dc=example,dc=test")?;
/// let password = SecretString::from(std::fs::read_to_string("reader.password")?);
/// let connector = LdapConnector::default()
///     .trusting(TlsTrust::authorities(&std::fs::read("directory-ca.pem")?)?)
///     .with_passwords(BindPasswords::none().with(url, "cn=reader,dc=example,dc=test", password));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct LdapConnector {
    trust: TlsTrust,
    /// Built when the first directory needs it.
    client: Arc<OnceLock<Result<Arc<ClientConfig>, TlsError>>>,
    budgets: LdapBudgets,
    passwords: BindPasswords,
    addresses: AddressPolicy,
    clear_text_bind: bool,
}

impl LdapConnector {
    /// Sets the trusted certificates. The default is the system's authorities.
    pub fn trusting(mut self, trust: TlsTrust) -> Self {
        self.trust = trust;
        self.client = Arc::default();
        self
    }

    /// Sets the budgets.
    pub fn with_budgets(mut self, budgets: LdapBudgets) -> Self {
        self.budgets = budgets;
        self
    }

    /// Sets the allowed addresses. Settings come from nodes, and a node may name any address (R17).
    pub fn with_addresses(mut self, policy: AddressPolicy) -> Self {
        self.addresses = policy;
        self
    }

    /// Sets the passwords for settings that have none.
    pub fn with_passwords(mut self, passwords: BindPasswords) -> Self {
        self.passwords = passwords;
        self
    }

    /// Allows to send passwords over unencrypted connections, if the settings use them.
    pub fn allowing_clear_text_binds(mut self) -> Self {
        self.clear_text_bind = true;
        self
    }

    fn directory(&self, settings: &LdapSettings) -> Fetched<LdapDirectory> {
        let url = LdapUrl::parse(&settings.url).map_err(|error| Reason::of(&error))?;
        let bind = self.passwords.bind_of(settings, &url)?;
        let mut builder = LdapDirectory::builder(url).bind(bind).budgets(self.budgets.clone());
        builder = builder.addresses(self.addresses.clone());
        if settings.use_tls {
            builder = builder.start_tls();
        }
        if self.clear_text_bind {
            builder = builder.allow_clear_text_bind();
        }
        let client = || self.client.get_or_init(|| self.trust.client()).clone();
        builder.build_with(client).map_err(|error: LdapSetupError| Reason::of(&error))
    }
}

impl DirectoryConnector for LdapConnector {
    fn connect(&self, settings: &LdapSettings) -> Fetched<Arc<dyn Directory>> {
        self.directory(settings).map(|directory| Arc::new(directory) as Arc<dyn Directory>)
    }
}
