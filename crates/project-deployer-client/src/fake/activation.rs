//! What an activation checks before it changes anything.

use std::collections::BTreeMap;

use project_deployer_core::bundle::RequiredConnection;
use project_deployer_core::messages::{InfoMessage, InfoMessages, Severity};
use project_deployer_core::{BundleId, ProjectKey};

use super::bundles::{missing_code_env, reported};
use super::caller::{Caller, ProjectRight};
use super::projects::{Imported, Project};
use super::refusal::Answer;
use super::state::NodeState;

impl NodeState {
    /// Makes a bundle the active one, or leaves everything as it is.
    pub(super) fn activate(
        &mut self,
        caller: &Caller,
        key: &ProjectKey,
        bundle: &BundleId,
        triggers: &BTreeMap<String, bool>,
    ) -> Answer<InfoMessages> {
        let project = self.project_for(caller, key, ProjectRight::Administer)?;
        let imported = project.bundle(bundle)?;
        let messages = reported(self.findings(caller, project, imported))?;
        let scenarios = imported.contents.scenarios.clone();
        let project = self.project_mut_for(caller, key, ProjectRight::Administer)?;
        project.active_bundle = Some(bundle.clone());
        project.replace_scenarios(&scenarios, triggers);
        Ok(messages)
    }

    fn findings(&self, caller: &Caller, project: &Project, imported: &Imported) -> InfoMessages {
        let remapping = &project.configuration.container_settings.remapping;
        let contents = &imported.contents;
        let connections = contents.connections.iter().filter_map(|wanted| {
            self.connection_finding(caller, wanted, remapping.connection(&wanted.name))
        });
        let code_envs = contents.code_envs.iter().filter_map(|wanted| {
            let env = (wanted.language.clone(), remapping.code_env(&wanted.name).to_owned());
            self.code_env_finding(&env, imported.preloaded)
        });
        let plugins =
            contents.plugins.iter().filter(|wanted| !self.plugins.contains_key(&wanted.id));
        let plugins = plugins.map(|wanted| missing_plugin(&wanted.id));
        connections.chain(code_envs).chain(plugins).collect()
    }

    /// A connection must be there, have the same type, and be usable by the caller (R-C2, R-A4).
    fn connection_finding(
        &self,
        caller: &Caller,
        wanted: &RequiredConnection,
        name: &str,
    ) -> Option<InfoMessage> {
        let Some(found) = self.connections.get(name) else {
            let code = "ERR_BUNDLE_ACTIVATE_MISSING_CONNECTION";
            return Some(error(code, format!("connection {name} does not exist")));
        };
        if let (Some(wanted), Some(found)) = (&wanted.kind, &found.kind)
            && wanted != found
        {
            let code = "ERR_BUNDLE_ACTIVATE_BAD_CONNECTION_TYPE";
            return Some(error(code, format!("connection {name} is {found} instead of {wanted}")));
        }
        if caller.may_use(found) {
            return None;
        }
        let code = "ERR_BUNDLE_ACTIVATE_BAD_CONNECTION_PERMISSIONS";
        Some(error(code, format!("{} may not use connection {name}", caller.name())))
    }

    /// A code environment must be there, and the bundle preloaded (R-A1).
    fn code_env_finding(&self, env: &(String, String), preloaded: bool) -> Option<InfoMessage> {
        if !self.code_envs.contains(env) {
            return Some(missing_code_env(env));
        }
        let text = || format!("the bundle's version of {} was not preloaded", env.1);
        (!preloaded).then(|| error("ERR_CODEENV_MISSING_ENV_VERSION", text()))
    }
}

fn error(code: &str, text: String) -> InfoMessage {
    InfoMessage::new(Severity::Error, code, "Bundle cannot be activated", text)
}

/// Only a warning (R-A5). No source gives a code for it.
fn missing_plugin(id: &str) -> InfoMessage {
    let text = format!("plugin {id} is not installed");
    InfoMessage::new(Severity::Warning, "", "Missing plugin", text)
}
