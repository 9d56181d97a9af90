use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;

use project_deployer::core::infra::NodeSettings;
use project_deployer::core::{ApiKeySecret, InfraId, Login, NodeAddress, NodeId};
use project_deployer::ldap::supplier::LdapUrl;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::Value;

use super::secret::SecretsBeside;
use super::{DirectoryAccess, Inventory, NodeKey, fault, infra};

/// The fields of an inventory.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    deployer: Option<DeployerDocument>,
    #[serde(default)]
    infrastructures: Vec<Value>,
    #[serde(default)]
    node_keys: Vec<NodeKeyDocument>,
    #[serde(default)]
    requesters: Vec<String>,
    #[serde(default)]
    directories: Vec<DirectoryDocument>,
    #[serde(default)]
    certificate_authorities: Vec<PathBuf>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DeployerDocument {
    url: String,
    external_url: Option<String>,
    admin_api_key: Value,
    #[serde(default, rename = "trustAllSSLCertificates")]
    trust_all_certificates: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NodeKeyDocument {
    infra: String,
    node: Option<String>,
    admin_api_key: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DirectoryDocument {
    url: String,
    #[serde(rename = "bindDN")]
    bind_dn: Option<String>,
    bind_password: Option<Value>,
    #[serde(default)]
    allow_clear_text_bind: bool,
    ldif: Option<PathBuf>,
}

/// Reads the fields of an inventory and the secrets that they name.
///
/// # Errors
///
/// The first invalid field, with its place and a hint.
pub(super) fn read(document: Value, secrets: &SecretsBeside<'_>) -> Result<Inventory, String> {
    let document: Document = serde_path_to_error::deserialize(document)
        .map_err(|error| fault::message(&error.path().to_string(), &error.inner().to_string()))?;
    let external = document.deployer.as_ref().and_then(|deployer| deployer.external_url.as_deref());
    let infras = each("infrastructures", document.infrastructures, |document| {
        infra::read(document, secrets)
    })?;
    let mut ids = HashSet::new();
    if let Some(twice) = infras.iter().find(|infra| !ids.insert(&infra.id)) {
        return Err(format!("`infrastructures`: `{}` is listed twice; remove one", twice.id));
    }
    Ok(Inventory {
        deployer_external_address: external
            .map(|url| parsed("deployer.externalUrl", NodeAddress::parse(url)))
            .transpose()?,
        deployer: document
            .deployer
            .as_ref()
            .map(|from| read_deployer(from, secrets))
            .transpose()?,
        infras,
        node_keys: each("nodeKeys", document.node_keys, |key| read_node_key(key, secrets))?,
        requesters: each("requesters", document.requesters, |login| {
            Login::parse(login).map_err(|error| error.to_string())
        })?,
        directories: each("directories", document.directories, |directory| {
            read_directory(directory, secrets)
        })?,
        certificate_authorities: each(
            "certificateAuthorities",
            document.certificate_authorities,
            |path| {
                let path = secrets.path(&path);
                std::fs::read(&path)
                    .map_err(|error| format!("`{}` cannot be read: {error}", path.display()))
            },
        )?,
    })
}

/// The entries of a list. An error names the entry.
fn each<D, T>(
    list: &str,
    documents: Vec<D>,
    mut read: impl FnMut(D) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let place =
        |(index, document)| read(document).map_err(|fault| format!("`{list}[{index}]`: {fault}"));
    documents.into_iter().enumerate().map(place).collect()
}

fn parsed<T, E: fmt::Display>(field: &str, value: Result<T, E>) -> Result<T, String> {
    value.map_err(|error| format!("`{field}`: {error}"))
}

fn read_deployer(
    document: &DeployerDocument,
    secrets: &SecretsBeside<'_>,
) -> Result<NodeSettings, String> {
    let address = parsed("deployer.url", NodeAddress::parse(&document.url))?;
    let key = parsed("deployer.adminApiKey", key(&document.admin_api_key, secrets))?;
    let trusts = document.trust_all_certificates;
    Ok(NodeSettings::new(address, key).with_trust_all_certificates(trusts))
}

fn read_node_key(
    document: NodeKeyDocument,
    secrets: &SecretsBeside<'_>,
) -> Result<NodeKey, String> {
    Ok(NodeKey {
        infra: parsed("infra", InfraId::parse(document.infra))?,
        node: document.node.map(|node| parsed("node", NodeId::parse(node))).transpose()?,
        key: parsed("adminApiKey", key(&document.admin_api_key, secrets))?,
    })
}

fn read_directory(
    document: DirectoryDocument,
    secrets: &SecretsBeside<'_>,
) -> Result<DirectoryAccess, String> {
    if document.bind_password.is_some() != document.bind_dn.is_some() {
        return Err("`bindDN` and `bindPassword` need each other; write both or none".to_owned());
    }
    let password = document.bind_password.map(|field| secrets.find(&field));
    Ok(DirectoryAccess {
        url: parsed("url", LdapUrl::parse(&document.url))?,
        bind_dn: document.bind_dn,
        bind_password: password.map(|password| parsed("bindPassword", password)).transpose()?,
        allow_clear_text_bind: document.allow_clear_text_bind,
        ldif: document.ldif.map(|path| secrets.path(&path)),
    })
}

fn key(field: &Value, secrets: &SecretsBeside<'_>) -> Result<ApiKeySecret, String> {
    let key = secrets.find(field)?;
    ApiKeySecret::new(key.expose_secret()).map_err(|error| error.to_string())
}
