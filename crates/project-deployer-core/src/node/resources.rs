use std::fmt;

use serde::{Deserialize, Serialize};

use crate::identifier::{GroupName, NodeId};
use crate::lenient::{empty_as_none, null_as_default};
use crate::setters;

/// What a node is (`GET /instance-info`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct InstanceInfo {
    /// Its id.
    #[serde(deserialize_with = "empty_as_none")]
    pub node_id: Option<NodeId>,
    /// The display name.
    pub node_name: Option<String>,
    /// Its type.
    #[serde(deserialize_with = "empty_as_none")]
    pub node_type: Option<NodeType>,
    /// Its release, such as `15.2.0`.
    pub dss_version: Option<String>,
}

/// The type of a node. Only Automation nodes import bundles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum NodeType {
    /// A Design node, where projects are made.
    Design,
    /// An Automation node, where bundles run.
    Automation,
    /// A Deployer node, which manages deployments.
    Deployer,
    /// A value that the product added later.
    Other(String),
}

impl From<String> for NodeType {
    fn from(word: String) -> Self {
        match word.as_str() {
            "DESIGN" => Self::Design,
            "AUTOMATION" => Self::Automation,
            "DEPLOYER" => Self::Deployer,
            _ => Self::Other(word),
        }
    }
}

impl From<NodeType> for String {
    fn from(node_type: NodeType) -> Self {
        node_type.to_string()
    }
}

impl fmt::Display for NodeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Design => "DESIGN",
            Self::Automation => "AUTOMATION",
            Self::Deployer => "DEPLOYER",
            Self::Other(word) => word,
        })
    }
}

/// The identity of the caller on the node (`GET /auth/info`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct AuthInfo {
    /// A login, or the id of a key.
    #[serde(deserialize_with = "null_as_default")]
    pub auth_identifier: String,
    /// The groups; only a user has some.
    pub groups: Option<Vec<GroupName>>,
    /// Whether the caller is a global administrator, if the node reports it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin: Option<bool>,
}

/// The resources of a node that a bundle may need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeResources {
    /// The connections that the caller may see.
    pub connections: Vec<NodeConnection>,
    /// The code environments; none if the caller may not list them.
    pub code_envs: Option<Vec<CodeEnv>>,
    /// The plugins; none if the caller may not list them.
    pub plugins: Option<Vec<Plugin>>,
}

impl NodeResources {
    /// A connection by name.
    #[must_use]
    pub fn connection(&self, name: &str) -> Option<&NodeConnection> {
        self.connections.iter().find(|connection| connection.name == name)
    }
}

/// A connection of a node (wire-facts 3.3). Its parameters are not read: they hold secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeConnection {
    /// Its name.
    pub name: String,
    /// Its type; unknown if the node reported names only.
    pub kind: Option<String>,
    /// The groups that may use it; none means all users, or that the node reported names only.
    pub allowed_groups: Option<Vec<String>>,
}

impl NodeConnection {
    /// A connection of which the node reported the name only.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: None, allowed_groups: None }
    }
}

setters!(NodeConnection {
    with_kind(kind: Option<String>),
    with_allowed_groups(allowed_groups: Option<Vec<String>>),
});

/// A code environment of a node (wire-facts 3.4).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CodeEnv {
    /// Its name.
    #[serde(rename = "envName")]
    pub name: String,
    /// `PYTHON` or `R`.
    #[serde(rename = "envLang", default, deserialize_with = "null_as_default")]
    pub language: String,
}

impl CodeEnv {
    /// A code environment.
    #[must_use]
    pub fn new(name: impl Into<String>, language: impl Into<String>) -> Self {
        Self { name: name.into(), language: language.into() }
    }
}

/// For people: language and name.
impl fmt::Display for CodeEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} environment `{}`", self.language, self.name)
    }
}

/// A log that a node keeps of a code environment (wire-facts 3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CodeEnvLog {
    /// Its name.
    pub name: String,
    /// When it was last written to, in milliseconds since 1970, if the node reports it.
    pub last_modified: Option<i64>,
    /// Its size in bytes, if the node reports it.
    pub size: Option<u64>,
}

impl CodeEnvLog {
    /// A log of which the node reported the name only.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), last_modified: None, size: None }
    }
}

setters!(CodeEnvLog {
    with_last_modified(last_modified: Option<i64>),
    with_size(size: Option<u64>),
});

/// A plugin of a node (wire-facts 3.9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Plugin {
    /// Its id.
    pub id: String,
    /// Its version.
    #[serde(default)]
    pub version: Option<String>,
}

impl Plugin {
    /// A plugin, with its version if the node reported it.
    #[must_use]
    pub fn new(id: impl Into<String>, version: Option<String>) -> Self {
        Self { id: id.into(), version }
    }
}
