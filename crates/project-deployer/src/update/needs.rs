//! What a bundle needs of a node, compared before the first write.

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

/// Compares the code environments of the bundle with those of a node; `None` where the node does not report them. One
/// that is missing ends the update where the settings say so, before anything was written (F6).
#[must_use]
pub fn check_needs(plan: &UpdatePlan, known: Option<&[CodeEnv]>) -> StepOutcome {
    let Some(known) = known else {
        let text = "the node does not report its code environments, so it is unknown whether all are there";
        let messages = InfoMessages(vec![message(Severity::Info, text.to_owned())]);
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
    let text = |env: &CodeEnv| message(severity, format!("{}: {fate}", lacks(env)));
    let messages = missing_code_envs.iter().map(text).collect();
    StepOutcome::Needs { missing_code_envs, messages }
}

fn message(severity: Severity, text: String) -> InfoMessage {
    InfoMessage::new(severity, "CODE_ENVS", "Code environments", text)
}
