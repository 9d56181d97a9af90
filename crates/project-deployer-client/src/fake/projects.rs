//! Projects, bundles and scenarios of a node: the rules.

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::bundle::{BundleContents, BundleScenario, RequiredConnection};
use project_deployer_core::deployment::ImportTimeMode;
use project_deployer_core::messages::{InfoMessage, InfoMessages, Severity};
use project_deployer_core::node::{
    CodeEnv, NodeConnection, ProjectFolder, Scenario, ScenarioOutcome, Webapp, propagate,
};
use project_deployer_core::{BundleId, GroupName, Login, ProjectKey};

use super::contents::{
    ADMINISTER, Answer, Caller, Contents, ROOT, RUN, Resources, SEE, find_project, forbidden,
    not_found, refused,
};
use crate::automation_node::{BundleProjectOptions, ProjectConfiguration};
use crate::error::NodeErrorKind;

fn message(severity: Severity, code: &str, text: String) -> InfoMessage {
    InfoMessage::new(severity, code, "Bundle", text)
}

fn missing(env: &CodeEnv) -> InfoMessage {
    let text = format!("{} environment {} does not exist", env.language, env.name);
    message(Severity::Error, "ERR_CODEENV_MISSING_ENV", text)
}

/// Messages; fatal ones are the error that [`crate::response::report`] makes of them.
fn reported(messages: InfoMessages) -> Answer<InfoMessages> {
    if messages.is_fatal() { Err(NodeErrorKind::Reported(messages)) } else { Ok(messages) }
}

#[derive(Default)]
pub(super) struct Project {
    folder: String,
    pub(super) configuration: ProjectConfiguration,
    /// In the order of their import.
    pub(super) bundles: Vec<BundleContents>,
    preloaded: BTreeSet<BundleId>,
    pub(super) active_bundle: Option<BundleId>,
    /// What the node keeps of scenarios over activations (R-A6), by their id.
    kept: BTreeMap<String, Scenario>,
    /// The webapps that the active bundle brought, by their id.
    pub(super) webapps: BTreeMap<String, Webapp>,
    /// The users that the backends which run were started with, empty for the last editor. An activation leaves
    /// backends alone.
    pub(super) backends: BTreeMap<String, String>,
}

impl Project {
    pub(super) fn bundle(&self, id: &BundleId) -> Answer<&BundleContents> {
        let found = self.bundles.iter().find(|contents| contents.bundle_id == *id);
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
        let brought = active.into_iter().flat_map(|contents| &contents.scenarios);
        let merged = |brought: &BundleScenario| {
            let kept = self.kept.get(&brought.id).cloned().unwrap_or_default();
            Scenario::new(&brought.id, &brought.name)
                .with_active(kept.active)
                .with_marked_as_test(brought.marked_as_test)
                .with_run_as_user(kept.run_as_user.or_else(|| brought.run_as_user.clone()))
                .with_last_outcome(kept.last_outcome)
        };
        brought.map(merged).collect()
    }

    /// What the node keeps of a scenario of the active bundle.
    pub(super) fn kept(&mut self, id: &str) -> Answer<&mut Scenario> {
        let scenarios = self.scenarios();
        scenarios.iter().find(|found| found.id == id).ok_or_else(|| not_found("scenario", id))?;
        Ok(self.kept.entry(id.to_owned()).or_default())
    }

    /// Brings the webapps of a bundle, with their definitions and without a user.
    fn bring_webapps(&mut self, bundle: &BundleId) -> Answer<()> {
        let brought = self.bundle(bundle)?.webapps.iter();
        let brought = brought.map(|found| (found.id.clone(), Webapp::new(&found.id, &found.name)));
        self.webapps = brought.collect();
        self.backends.retain(|id, _| self.webapps.contains_key(id));
        Ok(())
    }

    pub(super) fn webapp(&mut self, id: &str) -> Answer<&mut Webapp> {
        self.webapps.get_mut(id).ok_or_else(|| not_found("webapp", id))
    }
}

impl Contents {
    /// A new project of this key, if the caller may create it in that folder.
    pub(super) fn new_project(
        &mut self,
        by: &Caller,
        key: &ProjectKey,
        folder: Option<&String>,
    ) -> Answer<&mut Project> {
        let folder = folder.map_or(ROOT, String::as_str);
        let may_write = match self.folders.get(folder) {
            _ if folder == ROOT => by.writes_in_root,
            Some(found) => by.is_in(&found.writers),
            None => return Err(not_found("project folder", folder)),
        };
        if !by.creates_projects || !may_write {
            return Err(forbidden(format!("{} may not create projects in {folder}", by.name())));
        }
        if self.projects.contains_key(key) {
            return Err(refused(format!(
                "ERR_PROJECT_INVALID_PROJECT_KEY: project key is already used: {key}"
            )));
        }
        let project = Project { folder: folder.to_owned(), ..Project::default() };
        Ok(self.projects.entry(key.clone()).or_insert(project))
    }

    /// None when it is absent or hidden from the caller. All callers see the root folder.
    pub(super) fn folder(&self, caller: &Caller, id: &str) -> Option<ProjectFolder> {
        let found = self.folders.get(id);
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
        project.bundles.push(contents);
        Ok(key)
    }

    /// Prepares the code environments of a bundle as the project's container settings say (R-A3).
    pub(super) fn preload(
        &mut self,
        caller: &Caller,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Answer<InfoMessages> {
        let project = find_project(&mut self.projects, caller, key, ADMINISTER)?;
        let built = &mut self.resources.code_envs;
        let mut absent = project.code_envs(project.bundle(bundle)?);
        absent.retain(|env| !built.contains(env));
        let created = |env: &CodeEnv| {
            message(Severity::Info, "", format!("environment {} was created", env.name))
        };
        let behavior = &project.configuration.container_settings.code_envs_behavior;
        let messages = match behavior.import_time_mode {
            ImportTimeMode::InstallIfMiss => {
                let messages = absent.iter().map(created).collect();
                built.extend(absent);
                messages
            }
            ImportTimeMode::FailIfMiss => absent.iter().map(missing).collect(),
            // A mode that the fake does not know installs nothing either.
            _ => InfoMessages::default(),
        };
        let messages = reported(messages)?;
        project.preloaded.insert(bundle.clone());
        Ok(messages)
    }

    /// Makes a bundle the active one, and sets the triggers of these scenarios.
    pub(super) fn activate(
        &mut self,
        caller: &Caller,
        key: &ProjectKey,
        bundle: &BundleId,
        triggers: &BTreeMap<String, bool>,
    ) -> Answer<InfoMessages> {
        let project = find_project(&mut self.projects, caller, key, ADMINISTER)?;
        let messages = reported(self.resources.findings(caller, project, bundle)?)?;
        project.active_bundle = Some(bundle.clone());
        project.bring_webapps(bundle)?;
        for (id, active) in triggers {
            project.kept.entry(id.clone()).or_default().active = *active;
        }
        Ok(messages)
    }

    pub(super) fn run(
        &mut self,
        caller: &Caller,
        key: &ProjectKey,
        id: &str,
    ) -> Answer<ScenarioOutcome> {
        let project = find_project(&mut self.projects, caller, key, RUN)?;
        let may_log_in = |login: &str| self.users.get(login).is_some_and(|user| user.enabled);
        let scenario = project.scenarios().into_iter().find(|scenario| scenario.id == id);
        let outcome = match scenario.and_then(|scenario| scenario.run_as_user) {
            // The run fails when its user is absent or disabled (R-S9).
            Some(login) if !may_log_in(&login) => ScenarioOutcome::Failed,
            _ => {
                let chosen = self.outcomes.get(&(key.clone(), id.to_owned()));
                chosen.copied().unwrap_or(ScenarioOutcome::Success)
            }
        };
        project.kept(id)?.last_outcome = Some(outcome);
        Ok(outcome)
    }

    /// The text of the log of a code environment.
    pub(super) fn code_env_log(&self, env: &CodeEnv) -> Answer<String> {
        if !self.resources.code_envs.contains(env) {
            return Err(not_found("code environment", &env.name));
        }
        let written = self.code_env_logs.get(env).cloned();
        Ok(written.unwrap_or_else(|| format!("Code environment {} was installed", env.name)))
    }
}

impl Resources {
    /// What an activation checks before it changes anything (R-A1, R-A4, R-A5).
    fn findings(
        &self,
        caller: &Caller,
        project: &Project,
        bundle: &BundleId,
    ) -> Answer<InfoMessages> {
        let contents = project.bundle(bundle)?;
        let remapping = &project.configuration.container_settings.remapping;
        let connections = contents.connections.iter().filter_map(|wanted| {
            self.connection_finding(caller, wanted, remapping.connection(&wanted.name))
        });
        let envs = project.code_envs(contents);
        let envs = envs.iter().filter_map(|env| match self.code_envs.contains(env) {
            false => Some(missing(env)),
            true if project.preloaded.contains(bundle) => None,
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
}
