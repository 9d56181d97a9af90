//! The directories that LDAP settings name: read from an export, or over LDAP.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use project_deployer::LdapConnector;
use project_deployer::core::accounts::LdapSettings;
use project_deployer::ldap::ldif::LdifError;
use project_deployer::ldap::network::{BindPasswords, TlsError, TlsTrust};
use project_deployer::ldap::supplier::LdapUrl;
use project_deployer::ldap::{Directory, DirectoryConnector, Fetched, LdifDirectory, Reason};

use crate::inventory::{DirectoryAccess, Inventory};

/// Directories with the access that the inventory gives.
#[derive(Debug)]
pub(crate) struct CommandDirectories {
    exports: HashMap<LdapUrl, Arc<dyn Directory>>,
    ldap: LdapConnector,
    /// Where a password may be sent in clear text.
    in_clear_text: HashSet<LdapUrl>,
    /// The directories of the inventory.
    listed: BTreeSet<LdapUrl>,
    /// The directories that LDAP settings named so far.
    named: Mutex<HashSet<LdapUrl>>,
}

/// Why the directories of an inventory cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DirectoriesError {
    #[error("cannot read the directory export `{}`; check `ldif` in the inventory", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("the directory export `{}` is not valid LDIF; export it again", path.display())]
    Faulty { path: PathBuf, source: LdifError },
    #[error(
        "the certificate authorities of the inventory cannot be used for directories; check `certificateAuthorities`"
    )]
    Trust(#[from] TlsError),
}

impl CommandDirectories {
    /// Reads the exports. Contacts no directory yet.
    ///
    /// # Errors
    ///
    /// An export cannot be read or is not LDIF, or a certificate authority cannot be read.
    pub(crate) fn of(inventory: &Inventory) -> Result<Self, DirectoriesError> {
        let mut exports = HashMap::new();
        for access in &inventory.directories {
            if let Some(directory) = export(access)? {
                exports.insert(access.url.clone(), directory);
            }
        }
        let in_clear_text =
            inventory.directories.iter().filter(|access| access.allow_clear_text_bind);
        Ok(Self {
            exports,
            ldap: ldap(inventory)?,
            in_clear_text: in_clear_text.map(|access| access.url.clone()).collect(),
            listed: inventory.directories.iter().map(|access| access.url.clone()).collect(),
            named: Mutex::default(),
        })
    }

    /// The directories of the inventory that no settings have named so far. Usually a misspelling.
    pub(crate) fn not_named(&self) -> Vec<&LdapUrl> {
        let named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        self.listed.iter().filter(|url| !named.contains(*url)).collect()
    }
}

fn ldap(inventory: &Inventory) -> Result<LdapConnector, DirectoriesError> {
    let mut passwords = BindPasswords::none();
    for access in &inventory.directories {
        if let (Some(bind_dn), Some(password)) = (&access.bind_dn, &access.bind_password) {
            passwords = passwords.with(access.url.clone(), bind_dn, password.clone());
        }
    }
    let connector = LdapConnector::default().with_passwords(passwords);
    if inventory.certificate_authorities.is_empty() {
        return Ok(connector);
    }
    let authorities = inventory.certificate_authorities.join(&b'\n');
    Ok(connector.trusting(TlsTrust::system_and(&authorities)?))
}

fn export(access: &DirectoryAccess) -> Result<Option<Arc<dyn Directory>>, DirectoriesError> {
    let Some(path) = &access.ldif else { return Ok(None) };
    let text = std::fs::read(path)
        .map_err(|source| DirectoriesError::Unreadable { path: path.clone(), source })?;
    let directory = LdifDirectory::parse(&text)
        .map_err(|source| DirectoriesError::Faulty { path: path.clone(), source })?;
    Ok(Some(Arc::new(directory)))
}

impl DirectoryConnector for CommandDirectories {
    fn connect(&self, settings: &LdapSettings) -> Fetched<Arc<dyn Directory>> {
        let url = LdapUrl::parse(&settings.url).map_err(|error| Reason::of(&error))?;
        self.named.lock().unwrap_or_else(PoisonError::into_inner).insert(url.clone());
        if let Some(export) = self.exports.get(&url) {
            return Ok(Arc::clone(export));
        }
        if self.in_clear_text.contains(&url) {
            return self.ldap.clone().allowing_clear_text_binds().connect(settings);
        }
        self.ldap.connect(settings)
    }
}
