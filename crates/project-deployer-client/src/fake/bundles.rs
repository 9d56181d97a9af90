//! Bundles on a node: creation of projects, import, preload.

use std::collections::BTreeSet;

use project_deployer_core::bundle::{BundleContents, RequiredCodeEnv};
use project_deployer_core::deployment::ImportTimeMode;
use project_deployer_core::messages::{InfoMessage, InfoMessages, Severity};
use project_deployer_core::node::propagate;
use project_deployer_core::{BundleId, GroupName, Login, ProjectKey};

use super::caller::{Caller, ProjectRight};
use super::projects::{Imported, Project};
use super::refusal::{Answer, refused};
use super::state::{NodeState, ROOT};
use crate::automation_node::BundleProjectOptions;
use crate::error::NodeErrorKind;

/// Messages; fatal ones are the error that [`crate::response::report`] makes of them.
pub(super) fn reported(messages: InfoMessages) -> Answer<InfoMessages> {
    if messages.is_fatal() { Err(NodeErrorKind::Reported(messages)) } else { Ok(messages) }
}

impl NodeState {
    pub(super) fn create_from_bundle(
        &mut self,
        caller: &Caller,
        contents: BundleContents,
        options: &BundleProjectOptions,
    ) -> Answer<ProjectKey> {
        self.must_create_in(caller, options.folder.as_deref().unwrap_or(ROOT))?;
        self.must_be_free(&contents.project_key)?;
        let users: BTreeSet<Login> = self.users.keys().cloned().collect();
        let groups: BTreeSet<GroupName> = self.groups.keys().cloned().collect();
        let policy = options.permissions_propagation;
        let (permissions, _) = propagate(policy, &contents.permissions, &users, &groups);
        let owner = Login::parse(caller.name()).ok();
        let mut project = Project::new(options.folder.as_deref(), owner, permissions);
        let key = contents.project_key.clone();
        project.bundles.push(Imported { contents, preloaded: false });
        self.projects.insert(key.clone(), project);
        Ok(key)
    }

    pub(super) fn import_bundle(
        &mut self,
        caller: &Caller,
        key: &ProjectKey,
        contents: BundleContents,
    ) -> Answer<()> {
        let project = self.project_mut_for(caller, key, ProjectRight::Administer)?;
        if project.bundle(&contents.bundle_id).is_ok() {
            return Err(refused(format!(
                "bundle {} was already imported into project {key}",
                contents.bundle_id
            )));
        }
        project.bundles.push(Imported { contents, preloaded: false });
        Ok(())
    }

    /// Prepares the code environments of a bundle as the project's container settings say (R-A3).
    pub(super) fn preload(
        &mut self,
        caller: &Caller,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Answer<InfoMessages> {
        let project = self.project_for(caller, key, ProjectRight::Administer)?;
        let settings = &project.configuration.container_settings;
        let mode = settings.code_envs_behavior.import_time_mode;
        let wanted = |env: &RequiredCodeEnv| {
            let name = settings.remapping.code_env(&env.name).to_owned();
            (env.language.clone(), name)
        };
        let contents = &project.bundle(bundle)?.contents;
        let missing: Vec<_> = contents
            .code_envs
            .iter()
            .map(wanted)
            .filter(|env| !self.code_envs.contains(env))
            .collect();
        let messages = match mode {
            ImportTimeMode::InstallIfMiss => {
                let installed = missing.iter().map(installed).collect();
                self.code_envs.extend(missing);
                installed
            }
            ImportTimeMode::FailIfMiss => missing.iter().map(missing_code_env).collect(),
            ImportTimeMode::DoNothing => InfoMessages::default(),
        };
        let messages = reported(messages)?;
        let project = self.project_mut_for(caller, key, ProjectRight::Administer)?;
        project.bundle_mut(bundle)?.preloaded = true;
        Ok(messages)
    }
}

fn installed((language, name): &(String, String)) -> InfoMessage {
    let text = format!("{language} environment {name} was created");
    InfoMessage::new(Severity::Info, "", "Code environment created", text)
}

pub(super) fn missing_code_env((language, name): &(String, String)) -> InfoMessage {
    let text = format!("{language} environment {name} does not exist");
    InfoMessage::new(Severity::Error, "ERR_CODEENV_MISSING_ENV", "Missing code environment", text)
}
