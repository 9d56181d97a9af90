//! Code environments of a node, one by one (wire-facts 3.4). [`super::instance::code_envs`] lists
//! them.

use project_deployer_core::messages::InfoMessages;
use project_deployer_core::{ProjectKey, UnknownFields};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::connections::messages_in;
use super::{Call, NodeRequest};

/// A code environment in a list (wire-facts 3.4).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListedCodeEnv {
    /// Its name.
    pub env_name: String,
    /// `PYTHON` or `R`.
    pub env_lang: String,
    /// How it is kept: `AUTOMATION_VERSIONED`, `DESIGN_MANAGED`…
    #[serde(default)]
    pub deployment_mode: Option<String>,
    /// Whether it is built as it is defined.
    #[serde(default)]
    pub is_uptodate: Option<bool>,
    /// The owner.
    #[serde(default)]
    pub owner: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

/// Which version of a code environment the active bundle of a project uses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct CodeEnvVersion {
    /// The version.
    pub version: Option<String>,
    /// The bundle.
    pub bundle_id: Option<String>,
}

/// The language of a code environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EnvLanguage {
    /// Python.
    Python,
    /// R.
    R,
}

impl EnvLanguage {
    /// The language of this word on the wire.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Python, Self::R].into_iter().find(|language| language.as_str() == word)
    }

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Python => "PYTHON",
            Self::R => "R",
        }
    }
}

fn below<'a>(language: EnvLanguage, name: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    let mut segments = vec!["admin", "code-envs", language.as_str(), name];
    segments.extend(rest);
    segments
}

/// Waits for the end of what the node works on.
fn ended(request: NodeRequest) -> Call<InfoMessages> {
    request.with_query("wait", "true").task().result(messages_in)
}

/// The definition of a code environment. A missing one may be reported as a failure (500) rather than
/// as not found (wire-facts 1.7).
pub fn get(language: EnvLanguage, name: &str) -> Call<UnknownFields> {
    NodeRequest::get(format!("read code environment {name}"), &below(language, name, &[])).json()
}

/// Creates a code environment and waits until it is built.
pub fn create(
    language: EnvLanguage,
    name: &str,
    definition: &impl Serialize,
) -> Call<InfoMessages> {
    let operation = format!("create code environment {name}");
    ended(NodeRequest::post(operation, &below(language, name, &[])).with_body(definition))
}

/// Replaces the definition of a code environment; its packages change when it is built again.
pub fn save(language: EnvLanguage, name: &str, definition: &impl Serialize) -> Call<()> {
    let operation = format!("write code environment {name}");
    NodeRequest::put(operation, &below(language, name, &[]), definition).nothing()
}

/// Deletes a code environment and waits for the end of it.
pub fn delete(language: EnvLanguage, name: &str) -> Call<InfoMessages> {
    let operation = format!("delete code environment {name}");
    ended(NodeRequest::delete(operation, &below(language, name, &[])))
}

/// Builds the packages of a code environment, or of one of its versions, and waits for the end of it.
pub fn build(
    language: EnvLanguage,
    name: &str,
    rebuild: bool,
    version: Option<&str>,
) -> Call<InfoMessages> {
    let segments = below(language, name, &["packages"]);
    let request = NodeRequest::post(format!("build code environment {name}"), &segments)
        .with_query("forceRebuildEnv", rebuild.to_string())
        .with_optional_query("versionToUpdate", version);
    ended(request)
}

/// Builds the container images of a code environment, or of one of its versions, and waits.
pub fn build_images(
    language: EnvLanguage,
    name: &str,
    version: Option<&str>,
) -> Call<InfoMessages> {
    let segments = below(language, name, &["images"]);
    let operation = format!("build the images of code environment {name}");
    ended(NodeRequest::post(operation, &segments).with_optional_query("envVersion", version))
}

/// Which version of a code environment the active bundle of a project uses.
pub fn version_for(
    language: EnvLanguage,
    name: &str,
    project: &ProjectKey,
) -> Call<CodeEnvVersion> {
    let operation = format!("find the version of code environment {name} for project {project}");
    NodeRequest::get(operation, &below(language, name, &[project.as_str(), "version"])).json()
}

/// Where a code environment is used. No source documents the format.
pub fn usages(language: EnvLanguage, name: &str) -> Call<Value> {
    let operation = format!("list the uses of code environment {name}");
    NodeRequest::get(operation, &below(language, name, &["usages"])).list().json()
}

/// The logs of a code environment. No source documents the format.
pub fn logs(language: EnvLanguage, name: &str) -> Call<Value> {
    let operation = format!("list the logs of code environment {name}");
    NodeRequest::get(operation, &below(language, name, &["logs"])).list().json()
}

/// One log of a code environment.
pub fn log(language: EnvLanguage, name: &str, log: &str) -> Call<String> {
    let operation = format!("read log {log} of code environment {name}");
    NodeRequest::get(operation, &below(language, name, &["logs", log])).list().text()
}

/// Where code environments are used, all of them. No source documents the format.
pub fn all_usages() -> Call<Value> {
    let segments = ["admin", "code-envs", "usages"];
    NodeRequest::get("list the uses of code environments", &segments).task().list().json()
}
