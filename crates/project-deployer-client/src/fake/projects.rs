//! Projects, bundles and scenarios of a node: the rules.

use std::collections::BTreeSet;

use project_deployer_core::bundle::{BundleContents, BundleScenario, RequiredConnection};
use project_deployer_core::deployment::ImportTimeMode;
use project_deployer_core::messages::{InfoMessage, InfoMessages, Severity};
use project_deployer_core::node::{
    CodeEnv, NodeConnection, NodeResources, ProjectFolder, Scenario, ScenarioOutcome, Webapp,
    WebappBackend, propagate,
};
use project_deployer_core::{BundleId, GroupName, Login, ProjectKey};

use super::contents::{
    ADMINISTER, Answer, Caller, Contents, FakeWebapp, LocalState, Project, ROOT, RUN, SEE,
    forbidden, not_found,
};
use crate::automation_node::BundleProjectOptions;
use crate::error::NodeErrorKind;

fn message(severity: Severity, code: &str, text: String) -> InfoMessage {
    InfoMessage::new(severity, code, "Bundle", text)
}

fn missing(env: &CodeEnv) -> InfoMessage {
    let text = format!("{} environment {} does not exist", env.language, env.name);
    message(Severity::Error, "ERR_CODEENV_MISSING_ENV", text)
}

/// Messages; fatal ones are the error that [`crate::response::report`] makes of them.
pub(super) fn reported(messages: InfoMessages) -> Answer<InfoMessages> {
    if messages.is_fatal() { Err(NodeErrorKind::Reported(messages)) } else { Ok(messages) }
}

impl Project {
    pub(super) fn bundle(&self, id: &BundleId) -> Answer<&(BundleContents, bool)> {
        let found = self.bundles.iter().find(|(contents, _)| contents.bundle_id == *id);
        found.ok_or_else(|| not_found("bundle", id))
    }

    /// The code environments that a bundle needs here.
    fn code_envs(&self, contents: &BundleContents) -> Vec<CodeEnv> {
        let remapping = &self.configuration.container_settings.remapping;
        let needed = contents.code_envs.iter().map(|env| {
            CodeEnv::new(remapping.code_env(&env.name).to_owned(), env.language.clone())
        });
        needed.collect()
    }

    /// The scenarios of the active bundle, with what the node keeps of them. A scenario that is new to
    /// the node is not active.
    pub(super) fn scenarios(&self) -> Vec<Scenario> {
        let active = self.active_bundle.as_ref().and_then(|id| self.bundle(id).ok());
        let brought = active.into_iter().flat_map(|(contents, _)| &contents.scenarios);
        let merged = |brought: &BundleScenario| {
            let local = self.local.get(&brought.id).cloned().unwrap_or_default();
            Scenario::new(&brought.id, &brought.name)
                .with_active(local.active)
                .with_marked_as_test(brought.marked_as_test)
                .with_run_as_user(local.run_as_user.or_else(|| brought.run_as_user.clone()))
                .with_last_outcome(local.last_outcome)
        };
        brought.map(merged).collect()
    }

    pub(super) fn scenario(&self, id: &str) -> Answer<Scenario> {
        let found = self.scenarios().into_iter().find(|scenario| scenario.id == id);
        found.ok_or_else(|| not_found("scenario", id))
    }

    pub(super) fn local(&mut self, id: &str) -> &mut LocalState {
        self.local.entry(id.to_owned()).or_default()
    }

    /// Brings the webapps of the active bundle, with their definitions and without a user.
    pub(super) fn bring_webapps(&mut self) {
        let active = self.active_bundle.as_ref().and_then(|id| self.bundle(id).ok());
        let brought = active.map(|(contents, _)| contents.webapps.clone()).unwrap_or_default();
        let mut before = std::mem::take(&mut self.webapps);
        for webapp in brought {
            let backend = before.remove(&webapp.id).and_then(|webapp| webapp.backend);
            let brought = FakeWebapp { name: webapp.name, run_as_user: None, backend };
            self.webapps.insert(webapp.id, brought);
        }
    }

    pub(super) fn webapps(&self, backends_are_hidden: bool) -> Vec<Webapp> {
        let seen = |(id, webapp): (&String, &FakeWebapp)| {
            let backend = match backends_are_hidden {
                true => WebappBackend::Unknown("not allowed: no".to_owned()),
                false => webapp.backend.is_some().into(),
            };
            Webapp::new(id, &webapp.name)
                .with_run_as_user(webapp.run_as_user.clone())
                .with_backend(backend)
        };
        self.webapps.iter().map(seen).collect()
    }

    pub(super) fn webapp_mut(&mut self, id: &str) -> Answer<&mut FakeWebapp> {
        self.webapps.get_mut(id).ok_or_else(|| not_found("webapp", id))
    }
}

impl Contents {
    /// Administrators see everything; others the names of the connections that they may use
    /// (wire-facts 3.3).
    pub(super) fn resources(&self, caller: &Caller) -> NodeResources {
        let mut resources = NodeResources::default();
        if caller.admin {
            resources.connections = self.connections.values().cloned().collect();
            resources.code_envs = Some(self.code_envs.clone());
            resources.plugins = Some(self.plugins.clone());
            return resources;
        }
        let usable = self.connections.values().filter(|found| caller.may_use(found));
        resources.connections = usable.map(|found| NodeConnection::new(&*found.name)).collect();
        resources
    }

    /// None when it is absent or hidden from the caller. All callers see the root folder.
    pub(super) fn folder(&self, caller: &Caller, id: &str) -> Option<ProjectFolder> {
        let found = self.folders.iter().find(|found| found.id == id);
        let found =
            found.filter(|found| caller.is_in(&found.readers) || caller.is_in(&found.writers));
        if id != ROOT && found.is_none() {
            return None;
        }
        let inside = self.projects.iter();
        let inside = inside.filter(|(_, project)| project.folder == id && caller.has(SEE, project));
        let mut folder = ProjectFolder::default();
        folder.id = id.to_owned();
        folder.name = found.map(|found| found.name.clone());
        folder.project_keys = inside.map(|(key, _)| key.as_str().to_owned()).collect();
        Some(folder)
    }

    pub(super) fn create_from_bundle(
        &mut self,
        caller: &Caller,
        contents: BundleContents,
        options: &BundleProjectOptions,
    ) -> Answer<ProjectKey> {
        let users: BTreeSet<Login> = self.users.keys().cloned().collect();
        let groups: BTreeSet<GroupName> = self.groups.keys().cloned().collect();
        let policy = options.permissions_propagation;
        let key = contents.project_key.clone();
        let project = self.new_project(caller, &key, options.folder.as_ref())?;
        let permissions = &mut project.configuration.permissions;
        permissions.owner = Login::parse(caller.name()).ok();
        (permissions.permissions, _) = propagate(policy, &contents.permissions, &users, &groups);
        project.bundles.push((contents, false));
        Ok(key)
    }

    /// Prepares the code environments of a bundle as the project's container settings say (R-A3).
    pub(super) fn preload(
        &mut self,
        caller: &Caller,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Answer<InfoMessages> {
        let project = self.project(caller, key, ADMINISTER)?;
        let settings = &project.configuration.container_settings;
        let needed = project.code_envs(&project.bundle(bundle)?.0);
        let absent = needed.into_iter().filter(|env| !self.code_envs.contains(env));
        let absent: Vec<_> = absent.collect();
        let created = |env: &CodeEnv| {
            message(Severity::Info, "", format!("environment {} was created", env.name))
        };
        let messages = match settings.code_envs_behavior.import_time_mode {
            ImportTimeMode::InstallIfMiss => {
                let messages = absent.iter().map(created).collect();
                self.code_envs.extend(absent);
                messages
            }
            ImportTimeMode::FailIfMiss => absent.iter().map(missing).collect(),
            // A mode that the fake does not know installs nothing either.
            _ => InfoMessages::default(),
        };
        let messages = reported(messages)?;
        let bundles = &mut self.project_mut(caller, key, ADMINISTER)?.bundles;
        let found = bundles.iter_mut().find(|(contents, _)| contents.bundle_id == *bundle);
        found.ok_or_else(|| not_found("bundle", bundle))?.1 = true;
        Ok(messages)
    }

    /// The text of the log of a code environment.
    pub(super) fn code_env_log(&self, caller: &Caller, env: &CodeEnv) -> Answer<String> {
        if !caller.admin {
            return Err(forbidden(format!("{} may not read code environments", caller.name())));
        }
        if !self.code_envs.contains(env) {
            return Err(not_found("code environment", &env.name));
        }
        let written = self.code_env_logs.get(env).cloned();
        Ok(written.unwrap_or_else(|| format!("Code environment {} was installed", env.name)))
    }

    /// What an activation checks before it changes anything (R-A1, R-A4, R-A5).
    pub(super) fn findings(
        &self,
        caller: &Caller,
        project: &Project,
        bundle: &BundleId,
    ) -> Answer<InfoMessages> {
        let (contents, preloaded) = project.bundle(bundle)?;
        let remapping = &project.configuration.container_settings.remapping;
        let connections = contents.connections.iter().filter_map(|wanted| {
            self.connection_finding(caller, wanted, remapping.connection(&wanted.name))
        });
        let envs = project.code_envs(contents);
        let envs = envs.iter().filter_map(|env| match self.code_envs.contains(env) {
            false => Some(missing(env)),
            true if *preloaded => None,
            true => {
                let text = format!("the bundle's version of {} was not preloaded", env.name);
                Some(message(Severity::Error, "ERR_CODEENV_MISSING_ENV_VERSION", text))
            }
        });
        let plugins = contents.plugins.iter();
        let plugins =
            plugins.filter(|wanted| self.plugins.iter().all(|found| found.id != wanted.id));
        let plugins = plugins.map(|wanted| {
            message(Severity::Warning, "", format!("plugin {} is not installed", wanted.id))
        });
        Ok(connections.chain(envs).chain(plugins).collect())
    }

    /// A connection must be there, have the same type, and be usable by the caller (R-C2, R-A4).
    fn connection_finding(
        &self,
        caller: &Caller,
        wanted: &RequiredConnection,
        name: &str,
    ) -> Option<InfoMessage> {
        let found = self.connections.get(name);
        let (what, reason) = match (found, &wanted.kind) {
            (None, _) => ("MISSING_CONNECTION", "does not exist"),
            (Some(NodeConnection { kind: Some(found), .. }), Some(wanted)) if found != wanted => {
                ("BAD_CONNECTION_TYPE", "has another type")
            }
            (Some(found), _) if caller.may_use(found) => return None,
            (Some(_), _) => ("BAD_CONNECTION_PERMISSIONS", "is not for the caller"),
        };
        let code = format!("ERR_BUNDLE_ACTIVATE_{what}");
        Some(message(Severity::Error, &code, format!("connection {name} {reason}")))
    }

    pub(super) fn run(
        &mut self,
        caller: &Caller,
        key: &ProjectKey,
        id: &str,
    ) -> Answer<ScenarioOutcome> {
        let scenario = self.project(caller, key, RUN)?.scenario(id)?;
        let may_log_in = |login: &str| self.users.get(login).is_some_and(|user| user.enabled);
        let outcome = match scenario.run_as_user {
            // The run fails when its user is absent or disabled (R-S9).
            Some(login) if !may_log_in(&login) => ScenarioOutcome::Failed,
            _ => {
                let chosen = self.outcomes.get(&(key.clone(), id.to_owned()));
                chosen.copied().unwrap_or(ScenarioOutcome::Success)
            }
        };
        self.project_mut(caller, key, RUN)?.local(id).last_outcome = Some(outcome);
        Ok(outcome)
    }
}
