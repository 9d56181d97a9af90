//! What the JSON of a node means, and how documents are changed without losing a field: pure
//! functions between [`crate::response`] and the boundary traits.

use std::fmt;

use project_deployer_core::accounts::Unreadable;
use project_deployer_core::deployment::BundleContainerSettings;
use project_deployer_core::document::Document;
use project_deployer_core::node::{
    CodeEnvLog, ImportedBundle, InstanceInfo, NodeConnection, NodeProject, ScenarioOutcome,
};
use project_deployer_core::{ApiKeySecret, BundleId, Login, ProjectKey, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::automation_node::ScenarioChange;
use crate::error::NodeErrorKind;
use crate::node_accounts::{ExternalUser, PersonalKey};
use crate::request::projects::ListedProject;
use crate::request::scenarios::TriggerFire;
use crate::response::{decode, excerpt, report};

type Read<T> = Result<T, NodeErrorKind>;

fn malformed<T>(reason: impl Into<String>) -> Read<T> {
    Err(NodeErrorKind::Malformed(reason.into()))
}

/// A document of the product.
pub(crate) fn document<T: Document>(answer: Value) -> Read<T> {
    T::from_document(answer).map_err(|problems| NodeErrorKind::Malformed(problems.to_string()))
}

/// Connections from the administrators' map of name to connection (wire-facts 3.3).
pub(crate) fn connections(map: &Value) -> Read<Vec<NodeConnection>> {
    let Some(map) = map.as_object() else {
        return malformed("connections are not a map");
    };
    let connection = |(name, definition): (&String, &Value)| {
        let text = |field: &str| definition.get(field).and_then(Value::as_str).map(str::to_owned);
        let groups = || -> Vec<String> {
            let listed = definition.get("allowedGroups").and_then(Value::as_array);
            let names = listed.into_iter().flatten().filter_map(Value::as_str);
            names.map(str::to_owned).collect()
        };
        let restricted = definition.get("usableBy").and_then(Value::as_str) == Some("ALLOWED");
        NodeConnection::new(name.clone())
            .with_kind(text("type"))
            .with_allowed_groups(restricted.then(groups))
    };
    Ok(map.iter().map(connection).collect())
}

/// A project from its summary and its list of bundles. Which bundle is active is read from
/// `activeBundleState` (wire-facts 9.2) or `activeBundleId` of the summary, or from `active: true` of
/// a bundle, whichever is there.
pub(crate) fn node_project(
    key: &ProjectKey,
    summary: &Value,
    imported: &Value,
) -> Read<NodeProject> {
    let Some(bundles) = imported.get("bundles").and_then(Value::as_array) else {
        return malformed("the list of bundles has no `bundles`");
    };
    let mut project = NodeProject::new(key.clone());
    project.active_bundle = active_bundle(|name| summary.get(name))?;
    for bundle in bundles {
        let Some(id) = bundle.get("bundleId").and_then(Value::as_str) else {
            return malformed("a bundle has no `bundleId`");
        };
        let id = bundle_id(id)?;
        if bundle.get("active").and_then(Value::as_bool) == Some(true) {
            project.active_bundle.get_or_insert_with(|| id.clone());
        }
        let mut imported = ImportedBundle::new(id);
        imported.imported_on = imported_on(bundle);
        project.imported.push(imported);
    }
    Ok(project)
}

/// The active bundle from a list of projects, where the summary of the project does not have it.
pub(crate) fn active_in_list(
    key: &ProjectKey,
    projects: &[ListedProject],
) -> Read<Option<BundleId>> {
    let listed = projects.iter().find(|project| project.project_key == *key);
    listed.map_or(Ok(None), |project| active_bundle(|name| project.extra.get(name)))
}

fn active_bundle<'a>(field: impl Fn(&str) -> Option<&'a Value>) -> Read<Option<BundleId>> {
    let state = field("activeBundleState").and_then(|state| state.get("bundleId"));
    let active = state.or_else(|| field("activeBundleId")).and_then(Value::as_str);
    active.map(bundle_id).transpose()
}

/// When a bundle was imported: `importState.importedOn`, a text (wire-facts 9.2), or `importedOn`.
fn imported_on(bundle: &Value) -> Option<Timestamp> {
    let state = bundle.get("importState").and_then(|state| state.get("importedOn"));
    match state.or_else(|| bundle.get("importedOn"))? {
        Value::String(text) => Timestamp::parse(text),
        other => other.as_i64().map(Timestamp::from_millis),
    }
}

fn bundle_id(text: &str) -> Read<BundleId> {
    BundleId::parse(text).map_err(|error| NodeErrorKind::Malformed(error.to_string()))
}

/// The key of a project that was created from a bundle.
pub(crate) fn created_project_key(created: &Value) -> Read<ProjectKey> {
    match created.get("projectKey").and_then(Value::as_str) {
        Some(key) => {
            ProjectKey::parse(key).map_err(|error| NodeErrorKind::Malformed(error.to_string()))
        }
        None => malformed("the response does not name the project"),
    }
}

/// The container settings within a project's settings (wire-facts 3.6).
pub(crate) fn container_settings(settings: &Value) -> Read<BundleContainerSettings> {
    match settings.get("bundleContainerSettings") {
        None | Some(Value::Null) => Ok(BundleContainerSettings::default()),
        Some(found) => decode(found.clone()),
    }
}

/// The project's settings with other container settings; everything else stays.
pub(crate) fn with_container_settings(
    mut settings: Value,
    wanted: &BundleContainerSettings,
) -> Read<Value> {
    set(&mut settings, "bundleContainerSettings", written(wanted))?;
    Ok(settings)
}

/// The definition of a scenario, changed; everything else stays.
pub(crate) fn with_scenario_change(mut definition: Value, change: &ScenarioChange) -> Read<Value> {
    if let Some(active) = change.active {
        set(&mut definition, "active", json!(active))?;
    }
    if let Some(login) = &change.run_as_user {
        set(&mut definition, "runAsUser", json!(login))?;
    }
    Ok(definition)
}

/// The definition of a webapp that runs as this user; everything else stays. No source names the field: it is spelled as
/// that of scenarios (wire-facts 8.1, item 5).
pub(crate) fn with_webapp_user(mut definition: Value, user: &Login) -> Read<Value> {
    set(&mut definition, "runAsUser", json!(user))?;
    Ok(definition)
}

/// The logs of a code environment. No source shows their list: it may be of names, or of objects with a name.
pub(crate) fn code_env_logs(list: &Value) -> Read<Vec<CodeEnvLog>> {
    let Some(list) = list.as_array() else {
        return malformed("the logs are not a list");
    };
    let log = |entry: &Value| {
        let name = entry.as_str().or_else(|| entry.get("name").and_then(Value::as_str))?;
        let number = |field: &str| entry.get(field).and_then(Value::as_i64);
        let size = number("totalSize").or_else(|| number("size"));
        Some(
            CodeEnvLog::new(name)
                .with_last_modified(number("lastModified"))
                .with_size(size.and_then(|size| u64::try_from(size).ok())),
        )
    };
    Ok(list.iter().filter_map(log).collect())
}

/// The document of a user who may log in or not; everything else stays.
pub(crate) fn with_enabled(mut user: Value, enabled: bool) -> Read<Value> {
    set(&mut user, "enabled", json!(enabled))?;
    Ok(user)
}

pub(crate) fn set(document: &mut Value, field: &str, value: Value) -> Read<()> {
    match document.as_object_mut() {
        Some(object) => {
            object.insert(field.to_owned(), value);
            Ok(())
        }
        None => malformed("the document is not an object"),
    }
}

/// A document of ours as JSON.
pub(crate) fn written(document: &impl Serialize) -> Value {
    serde_json::to_value(document).unwrap_or_default()
}

/// The user that a scenario or a webapp runs as; an empty text means the last editor.
pub(crate) fn run_as_user(definition: &Value) -> Option<String> {
    let user = definition.get("runAsUser").and_then(Value::as_str);
    user.filter(|user| !user.is_empty()).map(str::to_owned)
}

/// The outcome of the newest finished run of a list.
pub(crate) fn last_outcome(runs: &Value) -> Read<Option<ScenarioOutcome>> {
    let Some(runs) = runs.as_array() else {
        return malformed("the runs are not a list");
    };
    runs.iter().find_map(|run| run_result(run).transpose()).transpose()
}

/// The outcome of the run behind a trigger; none while it runs.
pub(crate) fn run_outcome(answer: &Value) -> Read<Option<ScenarioOutcome>> {
    answer.get("scenarioRun").filter(|run| !run.is_null()).map_or(Ok(None), run_result)
}

/// How a run ended; none while it runs.
pub(crate) fn run_result(run: &Value) -> Read<Option<ScenarioOutcome>> {
    match run.get("result").and_then(|result| result.get("outcome")) {
        None | Some(Value::Null) => Ok(None),
        Some(outcome) => decode(outcome.clone()).map(Some),
    }
}

/// A start of a scenario.
pub(crate) fn trigger_fire(fire: &Value) -> Read<TriggerFire> {
    let text = |pointer| fire.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    match (text("/trigger/id"), text("/runId")) {
        (Some(trigger_id), Some(run_id)) => Ok(TriggerFire { trigger_id, run_id }),
        _ => malformed("the start names no run"),
    }
}

/// The users that a supplier knows of: their attributes are one level down (wire-facts 5.4).
pub(crate) fn external_users(result: Value) -> Read<Vec<ExternalUser>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Found {
        user_attributes: ExternalUser,
    }
    let found: Vec<Found> = decode(result)?;
    Ok(found.into_iter().map(|found| found.user_attributes).collect())
}

/// A personal key that was created.
pub(crate) fn personal_key(created: &Value) -> Read<PersonalKey> {
    let text = |field: &str| created.get(field).and_then(Value::as_str);
    let (Some(id), Some(key)) = (text("id"), text("key")) else {
        return malformed("the new key has no `id` or no `key`");
    };
    let secret =
        ApiKeySecret::new(key).map_err(|error| NodeErrorKind::Malformed(error.to_string()))?;
    Ok(PersonalKey { id: id.to_owned(), secret })
}

/// The accounts of a list that could be read. An unreadable entry that may have a valid login is an error,
/// since that account must not read as absent. One whose text is no login is ignored: no caller can ask for
/// it.
pub(crate) fn readable<T>(list: Result<(T, Vec<Unreadable>), impl fmt::Display>) -> Read<T> {
    let (accounts, unreadable) =
        list.map_err(|problem| NodeErrorKind::Malformed(excerpt(&problem.to_string())))?;
    all_readable(accounts, &unreadable)
}

/// Accounts, unless one of those that could not be read could be asked for.
pub(crate) fn all_readable<T>(accounts: T, unreadable: &[Unreadable]) -> Read<T> {
    let could_be_asked_for = |entry: &&Unreadable| {
        entry.name.as_deref().is_none_or(|name| Login::parse(name).is_ok() || name.ends_with('…'))
    };
    match unreadable.iter().find(could_be_asked_for) {
        Some(entry) => Err(NodeErrorKind::Malformed(excerpt(&entry.to_string()))),
        None => Ok(accounts),
    }
}

/// What a node is. Something that answers JSON without saying anything of a node is none.
pub(crate) fn instance_info(answer: Value) -> Read<InstanceInfo> {
    const FIELDS: [&str; 3] = ["nodeId", "nodeType", "dssVersion"];
    if !FIELDS.iter().any(|field| answer.get(field).is_some()) {
        return Err(NodeErrorKind::UnexpectedServer("JSON that says nothing of a node".to_owned()));
    }
    decode(answer)
}

/// What became of users that were to be created: no source shows the answer, and bulk calls on users
/// list a status for each (wire-facts 5.2).
pub(crate) fn provisioned(result: &Value) -> Result<(), NodeErrorKind> {
    if result.get("messages").is_some() {
        return report(result.clone()).map(|_| ());
    }
    let entries = result.as_array().map(Vec::as_slice).unwrap_or_default();
    let failed = entries.iter().filter(|entry| entry["status"] == "FAILURE").map(|entry| {
        let text = |field: &str| entry[field].as_str().unwrap_or("unknown");
        format!("{}: {}", text("login"), text("error"))
    });
    let failed: Vec<_> = failed.collect();
    if failed.is_empty() {
        Ok(())
    } else {
        Err(NodeErrorKind::ErrorInSuccessResponse(excerpt(&failed.join("; "))))
    }
}
