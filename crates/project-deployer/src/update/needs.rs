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

/// Compares what the bundle needs with a node: its code environments, `None` where it does not report them, and the
/// projects that it lacks. A missing environment ends the update where the settings say so, before anything was written
/// (F6). A project that has to be deployed first is a warning (E7).
#[must_use]
pub fn check_needs(
    plan: &UpdatePlan,
    known: Option<&[CodeEnv]>,
    absent_projects: &[ProjectKey],
) -> StepOutcome {
    let mut messages: Vec<_> =
        absent_projects.iter().map(|project| has_to_be_first(plan, project)).collect();
    let Some(known) = known else {
        let text = "the node does not report its code environments, so it is unknown whether all are there";
        messages.push(message(Severity::Info, "CODE_ENVS", text.to_owned()));
        let messages = InfoMessages(messages);
        return StepOutcome::Needs { missing_code_envs: Vec::new(), messages };
    };
    let mode = plan.desired.container_settings.code_envs_behavior.import_time_mode;
    let missing = plan.needed_code_envs.iter().filter(|env| !known.contains(env));
    let missing_code_envs: Vec<CodeEnv> = missing.cloned().collect();
    let (severity, remedy) = when_missing(mode);
    let lacks = |env: &CodeEnv| format!("there is no {env}, which bundle {} needs", plan.bundle.id);
    if severity == Severity::Error && !missing_code_envs.is_empty() {
        let lacks: Vec<_> = missing_code_envs.iter().map(lacks).collect();
        let reason = format!("{}; {remedy}", lacks.join("; "));
        return StepOutcome::Failed { reason, retry_after_ms: None };
    }
    let fate = match mode {
        ImportTimeMode::InstallIfMiss => "preloading creates it",
        _ => remedy,
    };
    let text = |env: &CodeEnv| message(severity, "CODE_ENVS", format!("{}: {fate}", lacks(env)));
    messages.extend(missing_code_envs.iter().map(text));
    StepOutcome::Needs { missing_code_envs, messages: InfoMessages(messages) }
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
