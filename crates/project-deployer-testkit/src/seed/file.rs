//! A seed as a file, for those who do not write Rust.

mod document;
mod error;
mod fields;
mod people;
mod resources;

use std::path::Path;

use serde_json::Value;

use crate::directory::MockDirectory;
use crate::node::{MockNode, MockNodeBuilder};
use crate::seed::{MockLdapSettings, NodeKind};

pub use error::{SeedFileError, SeedProblem};
use fields::{Fields, Problems};

/// What a node is seeded with, read from a JSON file.
///
/// Every field may be left out, and null says the same. A field that is not known is an error, since it
/// is mostly a misspelling. Fields and values are spelled as the public API spells them where it has
/// them.
///
/// | field | content |
/// |---|---|
/// | `nodeId`, `nodeName` | default: `mock`; the default name is the id |
/// | `nodeType` | `AUTOMATION` (default), `DESIGN` or `DEPLOYER` |
/// | `dssVersion` | the release that the node reports |
/// | `adminApiKey` | the secret of the key that administers the node |
/// | `users` | [{`login`, `displayName`, `email`, `groups`, `sourceType`, `userProfile`, `enabled`}] |
/// | `groups` | [{`name`, `description`, `sourceType`, `admin`, `ldapGroupNames`, `mayCreateProjects`, `mayWriteInRootProjectFolder`, `mayCreatePublishedProjects`}] |
/// | `connections` | [{`name`, `type`, `allowedGroups`, `params`}]; without `allowedGroups` all users may use it |
/// | `codeEnvs` | [{`envName`, `envLang`, `built`}]; default: `PYTHON` and built |
/// | `plugins` | [{`id`, `version`}] |
/// | `folders` | [{`id`, `name`, `parentId`, `readers`, `writers`}]; groups by name, a parent comes before its children; default: `ROOT` |
/// | `ldapSettings` | the fields of [`MockLdapSettings`] |
/// | `directoryPeople` | [{`login`, `displayName`, `email`, `groups`, `enabled`}]: who is in the directory behind the LDAP supplier |
///
/// A fresh node has a user `admin` and a group `administrators`; a seed that names them replaces them.
///
/// ```
/// use project_deployer_testkit::SeedFile;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let text = r#"{"nodeId": "auto-prod", "users": [{"login": "dana", "groups": ["deployers"]}]}"#;
/// let node = SeedFile::parse("seed.json", text)?.into_builder().start().await;
/// assert!(node.user("dana").is_some());
///
/// let misspelled = r#"{"users": [{"login": "dana", "gruops": []}]}"#;
/// let error = SeedFile::parse("seed.json", misspelled).err().map(|error| error.to_string());
/// assert!(error.is_some_and(|error| error.contains("seed.json: users[0].gruops: ")));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SeedFile {
    builder: MockNodeBuilder,
    names_admin_api_key: bool,
}

impl SeedFile {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or as for [`parse`](Self::parse).
    pub fn read(path: impl AsRef<Path>) -> Result<Self, SeedFileError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|source| SeedFileError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(path, &text)
    }

    /// Reads the text of a file, whose path is for errors only.
    ///
    /// # Errors
    ///
    /// It is not JSON, or fields of it are not as they should be. No error contains the value of a field
    /// that may be secret.
    pub fn parse(path: impl AsRef<Path>, text: &str) -> Result<Self, SeedFileError> {
        let path = path.as_ref();
        let document = document::parse(text)
            .map_err(|source| SeedFileError::NotJson { path: path.to_owned(), source })?;
        let mut problems = Problems::default();
        let seed = Self::from_document(document, &mut problems);
        let problems = problems.in_file(path);
        match seed {
            Some(seed) if problems.is_empty() => Ok(seed),
            _ => Err(SeedFileError::Wrong { problems }),
        }
    }

    /// Whether the file says what the secret of the admin key is.
    #[must_use]
    pub fn names_admin_api_key(&self) -> bool {
        self.names_admin_api_key
    }

    /// A builder with all that the file says.
    pub fn into_builder(self) -> MockNodeBuilder {
        self.builder
    }

    /// None when there is no object; then a problem says so.
    fn from_document(document: Value, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields::of(String::new(), document, problems)?;
        let (builder, names_admin_api_key) = node(&mut fields);
        let builder = people::seed(&mut fields, builder);
        let builder = resources::seed(&mut fields, builder);
        let builder = supplier(&mut fields, builder);
        fields.end();
        Some(Self { builder, names_admin_api_key })
    }
}

/// What the node is, and whether its admin key is named.
fn node(fields: &mut Fields<'_>) -> (MockNodeBuilder, bool) {
    let mut id = "mock".to_owned();
    fields.set_name("nodeId", &mut id);
    let mut builder = MockNode::builder(id);
    let (mut name, mut version) = (String::new(), String::new());
    if fields.set_name("nodeName", &mut name) {
        builder = builder.node_name(name);
    }
    if fields.set_name("dssVersion", &mut version) {
        builder = builder.version(version);
    }
    let mut kind = NodeKind::default();
    fields.set("nodeType", &mut kind);
    let mut key = String::new();
    let names_key = fields.set("adminApiKey", &mut key);
    if names_key && can_be_sent(&key) {
        builder = builder.admin_api_key(key);
    } else if names_key {
        let reason = "should be visible ASCII characters without `:`; write at least one";
        fields.refuse("adminApiKey", reason);
    }
    (builder.kind(kind), names_key)
}

/// Whether a key goes through a header, as bearer and as the user of basic credentials.
fn can_be_sent(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|character| character.is_ascii_graphic() && character != ':')
}

fn supplier(fields: &mut Fields<'_>, builder: MockNodeBuilder) -> MockNodeBuilder {
    let mut settings = MockLdapSettings::default();
    if let Some(mut given) = fields.object("ldapSettings") {
        people::set_ldap_settings(&mut given, &mut settings);
        given.end();
    }
    let directory = MockDirectory::new();
    people::put_into(&directory, fields);
    builder.ldap(settings, &directory)
}

#[cfg(test)]
mod tests;
