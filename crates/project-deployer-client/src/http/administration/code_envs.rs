use project_deployer_core::messages::InfoMessages;
use project_deployer_core::{ProjectKey, UnknownFields};
use serde::Deserialize;
use serde_json::Value;

use super::connections::messages_in;
use crate::documents::written;
use crate::error::NodeError;
use crate::http::HttpNode;
use crate::request::code_envs::{self, EnvLanguage};
use crate::request::instance;

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

impl HttpNode {
    /// All code environments; for administrators.
    pub async fn code_envs(&self) -> Result<Vec<ListedCodeEnv>, NodeError> {
        self.json(&instance::code_envs()).await
    }

    /// The definition of a code environment. A missing one may be reported as a failure (500) rather than
    /// as not found (wire-facts 1.7).
    pub async fn code_env(
        &self,
        language: EnvLanguage,
        name: &str,
    ) -> Result<UnknownFields, NodeError> {
        self.json(&code_envs::get(language, name)).await
    }

    /// Creates a code environment and waits until it is built.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or a message is fatal.
    pub async fn create_code_env(
        &self,
        language: EnvLanguage,
        name: &str,
        definition: &UnknownFields,
    ) -> Result<InfoMessages, NodeError> {
        let request = code_envs::create(language, name, written(definition));
        self.result(&request, messages_in).await
    }

    /// Replaces the definition of a code environment: change what [`Self::code_env`] gave.
    pub async fn save_code_env(
        &self,
        language: EnvLanguage,
        name: &str,
        definition: &UnknownFields,
    ) -> Result<(), NodeError> {
        self.nothing(&code_envs::save(language, name, written(definition))).await
    }

    /// Deletes a code environment and waits for the end of it.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or a message is fatal.
    pub async fn delete_code_env(
        &self,
        language: EnvLanguage,
        name: &str,
    ) -> Result<InfoMessages, NodeError> {
        self.result(&code_envs::delete(language, name), messages_in).await
    }

    /// Builds the packages of a code environment, or of one of its versions, and waits.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or a message is fatal.
    pub async fn build_code_env(
        &self,
        language: EnvLanguage,
        name: &str,
        rebuild: bool,
        version: Option<&str>,
    ) -> Result<InfoMessages, NodeError> {
        self.result(&code_envs::build(language, name, rebuild, version), messages_in).await
    }

    /// Builds the container images of a code environment, or of one of its versions, and waits.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or a message is fatal.
    pub async fn build_code_env_images(
        &self,
        language: EnvLanguage,
        name: &str,
        version: Option<&str>,
    ) -> Result<InfoMessages, NodeError> {
        self.result(&code_envs::build_images(language, name, version), messages_in).await
    }

    /// Which version of a code environment the active bundle of a project uses.
    pub async fn code_env_version(
        &self,
        language: EnvLanguage,
        name: &str,
        project: &ProjectKey,
    ) -> Result<CodeEnvVersion, NodeError> {
        self.json(&code_envs::version_for(language, name, project)).await
    }

    /// Where a code environment is used. No source documents the format.
    pub async fn code_env_usages(
        &self,
        language: EnvLanguage,
        name: &str,
    ) -> Result<Value, NodeError> {
        self.json(&code_envs::usages(language, name)).await
    }

    /// Where code environments are used, all of them. No source documents the format.
    pub async fn all_code_env_usages(&self) -> Result<Value, NodeError> {
        self.json(&code_envs::all_usages()).await
    }

    /// The logs of a code environment. No source documents the format.
    pub async fn code_env_logs(
        &self,
        language: EnvLanguage,
        name: &str,
    ) -> Result<Value, NodeError> {
        self.json(&code_envs::logs(language, name)).await
    }

    /// One log of a code environment.
    pub async fn code_env_log(
        &self,
        language: EnvLanguage,
        name: &str,
        log: &str,
    ) -> Result<String, NodeError> {
        self.text(&code_envs::log(language, name, log)).await
    }
}
