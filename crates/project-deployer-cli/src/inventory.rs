//! The inventory: a file that lists infrastructures, or adds what a Deployer withholds.

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

/// An inventory with its secrets.
///
/// Infrastructures are the product's own settings documents, so a document of a Deployer can be pasted
/// in. Only a key is never in the file: its field says where the key is.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    /// The node of the Deployer, where users need accounts as well.
    pub(crate) deployer: Option<NodeSettings>,
    /// Where users log in on the Deployer, if it is another address.
    deployer_external_address: Option<NodeAddress>,
    /// The infrastructures; empty if a Deployer lists them.
    pub(crate) infras: Vec<InfraSettings>,
    /// Keys of nodes, for a Deployer that withholds them.
    pub(crate) node_keys: Vec<NodeKey>,
    /// The requesters of deployments, in addition to those that a Deployer reports.
    pub(crate) requesters: Vec<Login>,
    /// Directories that are read from an export, or whose password the nodes withhold.
    pub(crate) directories: Vec<DirectoryAccess>,
    /// Certificate authorities in PEM, trusted in addition to those of the system.
    pub(crate) certificate_authorities: Vec<Vec<u8>>,
}

/// The key of a node.
#[derive(Debug)]
pub(crate) struct NodeKey {
    /// The infrastructure.
    pub(crate) infra: InfraId,
    /// The node, on a multi-node infrastructure.
    pub(crate) node: Option<NodeId>,
    /// The key.
    pub(crate) key: ApiKeySecret,
}

/// How to reach a directory that LDAP settings name.
#[derive(Debug)]
pub(crate) struct DirectoryAccess {
    /// The directory, as the settings name it.
    pub(crate) url: LdapUrl,
    /// The bind DN, as in the settings.
    pub(crate) bind_dn: Option<String>,
    /// The bind password, if the settings withhold it.
    pub(crate) bind_password: Option<SecretString>,
    /// Whether to send the bind password without encryption.
    pub(crate) allow_clear_text_bind: bool,
    /// An export of the directory, read in place of a connection.
    pub(crate) ldif: Option<PathBuf>,
}

/// Reads a file by its format, and puts secrets into the fields of these names, wherever they are: the file says where
/// each secret is.
///
/// # Errors
///
/// As for [`Inventory::read`].
pub(crate) fn with_secrets(
    path: &Path,
    fields: &[&str],
    secrets: &Secrets,
) -> Result<serde_json::Value, InventoryError> {
    let format = Format::of(path)?;
    let text = std::fs::read_to_string(path)
        .map_err(|source| InventoryError::Unreadable { path: path.to_owned(), source })?;
    let faulty = |what: String| InventoryError::Faulty { path: path.to_owned(), what };
    let mut document = format.parse(&text).map_err(faulty)?;
    let secrets = secrets.beside(path.parent().unwrap_or(Path::new(".")));
    secrets.put_into(&mut document, fields).map_err(faulty)?;
    Ok(document)
}

impl Inventory {
    /// Reads a file. Paths in it are relative to its directory.
    ///
    /// # Errors
    ///
    /// The file or a file that it names cannot be read, its format or a field is invalid, or a secret is
    /// not at its place. No error shows a secret.
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
    pub(crate) fn external_address(&self, deployer: &NodeSettings) -> NodeAddress {
        let is_ours = self.deployer.as_ref().is_some_and(|own| own.address == deployer.address);
        let external = self.deployer_external_address.clone().filter(|_| is_ours);
        external.unwrap_or_else(|| deployer.address.clone())
    }
}

#[cfg(test)]
mod tests;
