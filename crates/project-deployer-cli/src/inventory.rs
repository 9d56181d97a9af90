//! The inventory: a file that lists infrastructures, or what a Deployer withholds of its own.

mod document;
mod error;
mod fault;
mod format;
mod infra;
mod secret;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use project_deployer::core::infra::{InfraSettings, NodeSettings};
use project_deployer::core::{ApiKeySecret, InfraId, Login, NodeAddress, NodeId};
use project_deployer::ldap::supplier::LdapUrl;
use secrecy::SecretString;

pub(crate) use self::error::InventoryError;
use self::format::Format;
pub(crate) use self::secret::{NamedSecrets, Secrets};

/// What an inventory says, with its secrets read.
///
/// Infrastructures are the product's own settings documents, so that what a Deployer tells can be
/// pasted in. Only a key is never written there: its field says where the key is.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    /// The Deployer's own node, where people need an account, too.
    pub(crate) deployer: Option<NodeSettings>,
    /// Where people log in on the Deployer, if elsewhere.
    deployer_address_for_people: Option<NodeAddress>,
    /// The infrastructures; empty where a Deployer is to tell them.
    pub(crate) infras: Vec<InfraSettings>,
    /// Keys of nodes, for a Deployer that withholds them.
    pub(crate) node_keys: Vec<NodeKey>,
    /// Who will ask for deployments, beside those that a Deployer tells.
    pub(crate) requesters: Vec<Login>,
    /// Directories that are read from a file, or whose password no node tells.
    pub(crate) directories: Vec<DirectoryAccess>,
    /// Certificate authorities in PEM: nodes are trusted by them beside the system's, directories by them
    /// alone.
    pub(crate) certificate_authorities: Vec<Vec<u8>>,
}

/// The key of a node.
#[derive(Debug)]
pub(crate) struct NodeKey {
    /// The infrastructure.
    pub(crate) infra: InfraId,
    /// The node, where the infrastructure has several.
    pub(crate) node: Option<NodeId>,
    /// The key.
    pub(crate) key: ApiKeySecret,
}

/// How a directory is asked that a node's LDAP settings name.
#[derive(Debug)]
pub(crate) struct DirectoryAccess {
    /// The directory, as the settings name it.
    pub(crate) url: LdapUrl,
    /// Who binds, as the settings have it.
    pub(crate) bind_dn: Option<String>,
    /// The password of the bind, where the settings withhold it.
    pub(crate) bind_password: Option<SecretString>,
    /// Whether a password may be sent to it where everybody on the way can read it.
    pub(crate) allow_clear_text_bind: bool,
    /// An export of the directory that is read instead of asking it.
    pub(crate) ldif: Option<PathBuf>,
}

impl Inventory {
    /// Reads a file. Paths in it are relative to its directory.
    ///
    /// # Errors
    ///
    /// The file or a file that it names cannot be read, it is not in its format, fields of it are not
    /// as they should be, or a secret is not where it says. No error tells a secret.
    pub(crate) fn read(path: &Path, secrets: &Secrets) -> Result<Self, InventoryError> {
        let format = Format::of(path)?;
        let text = std::fs::read_to_string(path)
            .map_err(|source| InventoryError::Unreadable { path: path.to_owned(), source })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let faulty = |what: String| InventoryError::Faulty { path: path.to_owned(), what };
        let document = format.parse(&text).map_err(faulty)?;
        document::read(document, &secrets.beside(folder)).map_err(faulty)
    }

    /// The environment variables that a file names for its secrets, as far as it can be read.
    pub(crate) fn variables(path: &Path) -> BTreeSet<String> {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let document = Format::of(path).ok().and_then(|format| format.parse(&text).ok());
        document.as_ref().map(secret::variables).unwrap_or_default()
    }

    /// Where people log in on the Deployer.
    pub(crate) fn address_for_people(&self, deployer: &NodeSettings) -> NodeAddress {
        let is_ours = self.deployer.as_ref().is_some_and(|own| own.address == deployer.address);
        let external = self.deployer_address_for_people.clone().filter(|_| is_ours);
        external.unwrap_or_else(|| deployer.address.clone())
    }
}

#[cfg(test)]
mod tests;
