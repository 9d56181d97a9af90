//! Code environments of a node, one by one (wire-facts 3.4). [`super::instance::code_envs`] lists
//! them.

use project_deployer_core::ProjectKey;
use serde_json::Value;

use super::NodeRequest;

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

/// The definition of a code environment.
pub fn get(language: EnvLanguage, name: &str) -> NodeRequest {
    NodeRequest::get(format!("read code environment {name}"), &below(language, name, &[]))
}

/// Creates a code environment and waits until it is built.
pub fn create(language: EnvLanguage, name: &str, definition: Value) -> NodeRequest {
    NodeRequest::post(format!("create code environment {name}"), &below(language, name, &[]))
        .with_query("wait", "true")
        .with_body(definition)
        .task()
}

/// Replaces the definition of a code environment; its packages change when it is built again.
pub fn save(language: EnvLanguage, name: &str, definition: Value) -> NodeRequest {
    let operation = format!("write code environment {name}");
    NodeRequest::put(operation, &below(language, name, &[]), definition)
}

/// Deletes a code environment and waits for the end of it.
pub fn delete(language: EnvLanguage, name: &str) -> NodeRequest {
    NodeRequest::delete(format!("delete code environment {name}"), &below(language, name, &[]))
        .with_query("wait", "true")
        .task()
}

/// Builds the packages of a code environment, or of one of its versions, and waits for the end of it.
pub fn build(
    language: EnvLanguage,
    name: &str,
    rebuild: bool,
    version: Option<&str>,
) -> NodeRequest {
    let segments = below(language, name, &["packages"]);
    NodeRequest::post(format!("build code environment {name}"), &segments)
        .with_query("forceRebuildEnv", if rebuild { "true" } else { "false" })
        .with_optional_query("versionToUpdate", version)
        .with_query("wait", "true")
        .task()
}

/// Builds the container images of a code environment, or of one of its versions, and waits.
pub fn build_images(language: EnvLanguage, name: &str, version: Option<&str>) -> NodeRequest {
    let segments = below(language, name, &["images"]);
    NodeRequest::post(format!("build the images of code environment {name}"), &segments)
        .with_optional_query("envVersion", version)
        .with_query("wait", "true")
        .task()
}

/// Which version the active bundle of a project uses.
pub fn version_for(language: EnvLanguage, name: &str, project: &ProjectKey) -> NodeRequest {
    let operation = format!("find the version of code environment {name} for project {project}");
    NodeRequest::get(operation, &below(language, name, &[project.as_str(), "version"]))
}

/// Where a code environment is used.
pub fn usages(language: EnvLanguage, name: &str) -> NodeRequest {
    let operation = format!("list the uses of code environment {name}");
    NodeRequest::get(operation, &below(language, name, &["usages"])).list()
}

/// The logs of a code environment.
pub fn logs(language: EnvLanguage, name: &str) -> NodeRequest {
    let operation = format!("list the logs of code environment {name}");
    NodeRequest::get(operation, &below(language, name, &["logs"])).list()
}

/// One log of a code environment.
pub fn log(language: EnvLanguage, name: &str, log: &str) -> NodeRequest {
    let operation = format!("read log {log} of code environment {name}");
    NodeRequest::get(operation, &below(language, name, &["logs", log])).bulk()
}

/// Where code environments are used, all of them.
pub fn all_usages() -> NodeRequest {
    let segments = ["admin", "code-envs", "usages"];
    NodeRequest::get("list the uses of code environments", &segments).task().list()
}
