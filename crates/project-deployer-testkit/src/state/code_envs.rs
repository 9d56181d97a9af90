use serde_json::{Value, json};

use super::NodeState;
use super::activation::code_envs;
use super::container_settings::ContainerSettings;
use crate::answer::{Answer, Refusal};
use crate::seed::{CodeEnvLanguage, MockCodeEnv};

impl NodeState {
    /// wire-facts 1.7: a missing description comes as 500 with a message of the file system.
    pub(crate) fn code_env(&self, name: &str, language: CodeEnvLanguage) -> Answer<&MockCodeEnv> {
        self.code_envs.get(&(name.to_owned(), language)).ok_or_else(|| {
            Refusal::internal(format!("code-envs/desc/{language}/{name}/desc.json (No such file)"))
        })
    }

    /// The definition as it was saved, and what the node knows better.
    pub(crate) fn code_env_json(&self, name: &str, language: CodeEnvLanguage) -> Answer<Value> {
        let known = self.code_env(name, language)?.to_json();
        let place = (name.to_owned(), language);
        let mut document = self.code_env_definitions.get(&place).cloned().unwrap_or_default();
        for (field, value) in known.as_object().into_iter().flatten() {
            let is_fixed = ["envName", "envLang", "isUptodate"].contains(&field.as_str());
            if is_fixed || !document.contains_key(field) {
                document.insert(field.clone(), value.clone());
            }
        }
        Ok(Value::Object(document))
    }

    /// Which active bundles use an environment, or any. How that is spelled is our choice.
    pub(crate) fn code_env_usages(&self, wanted: Option<(&str, CodeEnvLanguage)>) -> Vec<Value> {
        let mut usages = Vec::new();
        for project in self.projects.values() {
            let active = project.active_bundle.as_deref();
            let Some(bundle) = active.and_then(|id| project.bundle(id).ok()) else { continue };
            for (name, language) in code_envs(bundle, &ContainerSettings::of(&project.settings)) {
                if wanted.is_none_or(|wanted| wanted == (name.as_str(), language)) {
                    usages.push(json!({
                        "projectKey": project.key,
                        "envName": name,
                        "envLang": language.as_str(),
                        "bundleId": active,
                    }));
                }
            }
        }
        usages
    }
}
