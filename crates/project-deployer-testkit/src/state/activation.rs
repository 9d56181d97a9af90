use std::collections::{BTreeMap, BTreeSet};

use super::NodeState;
use super::container_settings::{ContainerSettings, ImportTimeMode};
use super::project::{ImportedBundle, Project};
use crate::answer::{Answer, Message, any_fatal};
use crate::caller::Caller;
use crate::seed::{CodeEnvLanguage, MockCodeEnv, Quirk};

impl NodeState {
    /// Prepares the code environments of a bundle (R-A1, R-A3). Safe to repeat.
    ///
    /// # Errors
    ///
    /// The caller does not administer the project, or the bundle is not there. What else goes wrong
    /// is reported in the messages.
    pub(crate) fn preload(&mut self, caller: &Caller, key: &str, id: &str) -> Answer<Vec<Message>> {
        let project = self.project(caller, key, "admin")?;
        let settings = ContainerSettings::of(&project.settings);
        let wanted = code_envs(project.bundle(id)?, &settings);
        let builds = !self.has(Quirk::CodeEnvsAreNotBuilt);
        let mut messages = Vec::new();
        for (name, language) in wanted {
            let place = (name, language);
            if self.code_envs.get(&place).is_some_and(|env| env.built) {
                continue;
            }
            match settings.import_time_mode {
                ImportTimeMode::InstallIfMissing => {
                    let env = MockCodeEnv { name: place.0.clone(), language, built: builds };
                    self.code_envs.insert(place, env);
                }
                ImportTimeMode::FailIfMissing => messages.push(missing_env(&place.0, language)),
                ImportTimeMode::DoNothing => {}
            }
        }
        if !any_fatal(&messages) {
            self.project_mut(caller, key, "admin")?.bundle_mut(id)?.preloaded = true;
        }
        Ok(messages)
    }

    /// Makes a bundle the active one. When a message is fatal, the node stays as it was.
    ///
    /// # Errors
    ///
    /// As for [`preload`](Self::preload).
    pub(crate) fn activate(
        &mut self,
        caller: &Caller,
        key: &str,
        id: &str,
        scenarios: &BTreeMap<String, bool>,
    ) -> Answer<Vec<Message>> {
        let project = self.project(caller, key, "admin")?;
        let messages = self.check(caller, project, project.bundle(id)?);
        if !any_fatal(&messages) {
            let overwrites = self.has(Quirk::BundlesOverwriteLocalScenarios);
            self.project_mut(caller, key, "admin")?.take_over(id, scenarios, overwrites)?;
        }
        Ok(messages)
    }

    fn check(&self, caller: &Caller, project: &Project, bundle: &ImportedBundle) -> Vec<Message> {
        let settings = ContainerSettings::of(&project.settings);
        let connections = bundle.contents.connections.iter().filter_map(|(source, kind)| {
            self.check_connection(caller, settings.connection(source), kind.as_deref())
        });
        let envs = code_envs(bundle, &settings)
            .into_iter()
            .filter_map(|(name, language)| self.check_code_env(name, language, bundle.preloaded));
        let plugins =
            bundle.contents.plugins.iter().filter(|id| !self.plugins.contains_key(*id)).map(|id| {
                // R-A5. No source names the code.
                Message::warning(
                    "WARN_BUNDLE_ACTIVATE_MISSING_PLUGIN",
                    "Missing plugin",
                    format!("Plugin {id} is not installed"),
                )
            });
        connections.chain(envs).chain(plugins).collect()
    }

    /// R-C2, R-A4.
    fn check_connection(
        &self,
        caller: &Caller,
        name: &str,
        wanted: Option<&str>,
    ) -> Option<Message> {
        let Some(found) = self.connections.get(name) else {
            return Some(Message::fatal(
                "ERR_BUNDLE_ACTIVATE_MISSING_CONNECTION",
                "Missing connection",
                format!("Connection {name} does not exist on this node"),
            ));
        };
        if let Some(wanted) = wanted
            && wanted != found.kind
        {
            return Some(Message::fatal(
                "ERR_BUNDLE_ACTIVATE_BAD_CONNECTION_TYPE",
                "Connection of another type",
                format!("Connection {name} is a {} connection, not {wanted}", found.kind),
            ));
        }
        if caller.may_use(found) {
            return None;
        }
        Some(Message::fatal(
            "ERR_BUNDLE_ACTIVATE_BAD_CONNECTION_PERMISSIONS",
            "Connection is not usable",
            format!("{} may not use connection {name}", caller.name()),
        ))
    }

    /// R-A1, R-A2. An environment without a version for the bundle is one that was not preloaded.
    fn check_code_env(
        &self,
        name: String,
        language: CodeEnvLanguage,
        preloaded: bool,
    ) -> Option<Message> {
        let place = (name, language);
        let Some(env) = self.code_envs.get(&place) else {
            return Some(missing_env(&place.0, language));
        };
        if env.built && preloaded {
            return None;
        }
        Some(Message::fatal(
            "ERR_CODEENV_MISSING_ENV_VERSION",
            "Missing version of a code environment",
            format!("{language} code environment {} has no version for this bundle", place.0),
        ))
    }
}

/// The environments on the node that a bundle needs.
pub(crate) fn code_envs(
    bundle: &ImportedBundle,
    settings: &ContainerSettings,
) -> BTreeSet<(String, CodeEnvLanguage)> {
    let envs = bundle.contents.code_envs.iter();
    envs.map(|(name, language)| (settings.code_env(name).to_owned(), *language)).collect()
}

fn missing_env(name: &str, language: CodeEnvLanguage) -> Message {
    Message::fatal(
        "ERR_CODEENV_MISSING_ENV",
        "Missing code environment",
        format!("{language} code environment {name} does not exist on this node"),
    )
}

impl Project {
    /// The effect of an activation that has passed its checks.
    fn take_over(
        &mut self,
        id: &str,
        active: &BTreeMap<String, bool>,
        overwrites: bool,
    ) -> Answer<()> {
        let contents = self.bundle(id)?.contents.clone();
        let settings = ContainerSettings::of(&self.settings);
        self.connections_in_use = contents
            .connections
            .iter()
            .map(|(source, _)| settings.connection(source).to_owned())
            .collect();
        // R-A9: standard variables travel with bundles, local ones stay.
        self.standard_variables = contents.standard_variables;
        for (name, value) in contents.settings {
            if name != "bundleContainerSettings" {
                self.settings.insert(name, value);
            }
        }
        self.datasets = contents.datasets;
        self.webapps = contents.webapps.into_iter().filter_map(by_id).collect();
        self.take_over_scenarios(contents.scenarios, active, overwrites);
        self.active_bundle = Some(id.to_owned());
        Ok(())
    }
}

type Document = serde_json::Map<String, serde_json::Value>;

pub(crate) fn by_id(document: Document) -> Option<(String, Document)> {
    let id = document.get("id")?.as_str()?.to_owned();
    Some((id, document))
}
