//! What a bundle needs of a node, compared before the first write.

use project_deployer_core::ProjectKey;
use project_deployer_core::deployment::ImportTimeMode;
use project_deployer_core::messages::{InfoMessage, InfoMessages, Severity};
use project_deployer_core::node::CodeEnv;

use super::event::StepOutcome;
use super::plan::UpdatePlan;

/// What happens to a code environment that a node lacks (R-A3): how severe that is, and what to do. Readiness, plan and
/// update decide by it alike.
#[must_use]
pub(crate) fn when_missing(mode: ImportTimeMode) -> (Severity, &'static str) {
    match mode {
        ImportTimeMode::InstallIfMiss => (Severity::Info, "none needed: preloading creates it"),
        ImportTimeMode::DoNothing => {
            (Severity::Warning, "create it there or remap it before recipes that use it run")
        }
        // A mode that this release does not know may fail as well.
        _ => (Severity::Error, "create it there, remap it, or let preloading create it"),
    }
}

/// What counts for an environment that the manifest does not list: a guess stops no update.
#[must_use]
pub(crate) fn mode_of_guess(mode: ImportTimeMode) -> ImportTimeMode {
    match mode {
        ImportTimeMode::InstallIfMiss => ImportTimeMode::InstallIfMiss,
        _ => ImportTimeMode::DoNothing,
    }
}

/// What a node has of the needs of a bundle, as far as it says so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeHas {
    /// Its code environments, or why they are unknown.
    pub code_envs: Result<Vec<CodeEnv>, String>,
    /// The projects that are not there.
    pub absent: Vec<ProjectKey>,
    /// The projects of which nobody knows whether they are there, with the reason.
    pub unknown: Vec<(ProjectKey, String)>,
}

impl NodeHas {
    /// Code environments, and all projects.
    #[must_use]
    pub fn new(code_envs: Result<Vec<CodeEnv>, String>) -> Self {
        Self { code_envs, absent: Vec::new(), unknown: Vec::new() }
    }

    /// Without these projects.
    #[must_use]
    pub fn without(self, absent: Vec<ProjectKey>) -> Self {
        Self { absent, ..self }
    }

    /// Whether these projects are there is unknown, each for a reason.
    #[must_use]
    pub fn unsure_of(self, unknown: Vec<(ProjectKey, String)>) -> Self {
        Self { unknown, ..self }
    }
}

/// Compares what the bundle needs with a node: its code environments, and the projects whose objects it uses. An
/// environment that the manifest lists and that is missing ends the update where the settings say so, before anything was
/// written (F6). What is guessed or unknown ends none. A project that has to be deployed first is a warning (E7).
#[must_use]
pub fn check_needs(plan: &UpdatePlan, has: &NodeHas) -> StepOutcome {
    let mut messages: Vec<_> =
        has.absent.iter().map(|project| has_to_be_first(plan, project)).collect();
    messages.extend(has.unknown.iter().map(|(project, why)| {
        let text = format!("whether project {project} is there is unknown: {why}");
        message(Severity::Info, "UPSTREAM_PROJECTS", text)
    }));
    let known = match &has.code_envs {
        Ok(known) => known,
        Err(why) => {
            let text = format!("whether all code environments are there is unknown: {why}");
            messages.push(message(Severity::Info, "CODE_ENVS", text));
            let messages = InfoMessages(messages);
            return StepOutcome::Needs { missing_code_envs: Vec::new(), messages };
        }
    };
    let mode = plan.desired.container_settings.code_envs_behavior.import_time_mode;
    let missing = plan.needed_code_envs.iter().filter(|env| !known.contains(env));
    let missing_code_envs: Vec<CodeEnv> = missing.cloned().collect();
    let is_guess = |env: &&CodeEnv| plan.guessed_code_envs.contains(*env);
    let (severity, remedy) = when_missing(mode);
    if severity == Severity::Error {
        let missing = missing_code_envs.iter().filter(|env| !is_guess(env));
        let lacks: Vec<_> = missing.map(|env| lacks(plan, env, "needs")).collect();
        if !lacks.is_empty() {
            let reason = format!("{}; {remedy}", lacks.join("; "));
            return StepOutcome::Failed { reason, retry_after_ms: None };
        }
    }
    messages.extend(missing_code_envs.iter().map(|env| match is_guess(&env) {
        true => missing_env(plan, env, mode_of_guess(mode), "may need"),
        false => missing_env(plan, env, mode, "needs"),
    }));
    StepOutcome::Needs { missing_code_envs, messages: InfoMessages(messages) }
}

fn lacks(plan: &UpdatePlan, env: &CodeEnv, needs: &str) -> String {
    format!("there is no {env}, which bundle {} {needs}", plan.bundle.id)
}

fn missing_env(plan: &UpdatePlan, env: &CodeEnv, mode: ImportTimeMode, needs: &str) -> InfoMessage {
    let (severity, remedy) = when_missing(mode);
    let fate = match mode {
        ImportTimeMode::InstallIfMiss => "preloading creates it",
        _ => remedy,
    };
    message(severity, "CODE_ENVS", format!("{}: {fate}", lacks(plan, env, needs)))
}

fn has_to_be_first(plan: &UpdatePlan, project: &ProjectKey) -> InfoMessage {
    let text = format!(
        "there is no project {project}, whose objects bundle {} uses: deploy it there first",
        plan.bundle.id
    );
    message(Severity::Warning, "UPSTREAM_PROJECTS", text)
}

fn message(severity: Severity, code: &str, text: String) -> InfoMessage {
    InfoMessage::new(severity, code, "Needs of the bundle", text)
}
