//! Bundles on an Automation node (wire-facts 3.7).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Fetched;
use crate::answer::{Answer, Message, Refusal, done_at_once, report};
use crate::api::{ApiCall, Routes};
use crate::bundle::{BundleContents, read};
use crate::state::NodeState;
use crate::state::bundles::{FromBundle, Propagation};
use crate::state::exported::invalid;

pub(super) fn routes() -> Routes {
    const ONE: &str = "/projects/{key}/bundles/imported/{bundle}";
    Routes::of_node()
        .post("/projectsFromBundle", create_project)
        .post("/projectsFromBundle/fromArchive", create_project_from_archive)
        .read("/projects/{key}/bundles/imported", "see", |project, _| Ok(project.imported_json()))
        // Answers nothing: the caller has to list the bundles to learn what it has imported.
        .post("/projects/{key}/bundles/imported/actions/importFromStream", |node, call| {
            node.import_bundle(&call.caller, call.id(), contents(call)?).map(drop)
        })
        // Returns what it has imported, unlike an upload.
        .post("/projects/{key}/bundles/imported/actions/importFromArchive", |node, call| {
            let contents = named_archive(node, call)?;
            node.import_bundle(&call.caller, call.id(), contents)
        })
        .delete(ONE, |node, call| node.remove_bundle(&call.caller, call.id(), call.second_id()))
        .post(&format!("{ONE}/actions/preload"), preload)
        .post(&format!("{ONE}/actions/activate"), activate)
}

fn create_project(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let wanted = from_bundle(call)?;
    let contents = contents(call)?;
    let created = node.create_from_bundle(&call.caller, contents, &wanted);
    node.start_task_or_answer(&call.caller, created, Value::clone)
}

fn create_project_from_archive(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let wanted = from_bundle(call)?;
    let contents = named_archive(node, call)?;
    let created = node.create_from_bundle(&call.caller, contents, &wanted);
    node.start_task_or_answer(&call.caller, created, Value::clone)
}

/// What lies at the path that the query names.
fn named_archive(node: &NodeState, call: &ApiCall) -> Answer<BundleContents> {
    node.archive_at(&call.needed("archivePath")?)
}

fn from_bundle(call: &ApiCall) -> Answer<FromBundle> {
    let policy = call.query("permissionsPropagationPolicy");
    Ok(FromBundle {
        folder: call.query("projectFolderId"),
        propagation: Propagation::parse(policy.as_deref())?,
        // R-S5: failing is the endpoint's default.
        fail_on_missing: !call.is_off("failOnMissingUsersOrGroups"),
    })
}

fn preload(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let messages = node.preload(&call.caller, call.id(), call.second_id());
    let reported = messages.map(|messages| report(&messages));
    node.start_task_or_answer(&call.caller, reported, Value::clone)
}

/// The answer has the shape that is documented for activation.
fn activate(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let scenarios = scenarios_to_activate(call.json()?)?;
    let messages = node.activate(&call.caller, call.id(), call.second_id(), &scenarios);
    let reported = messages.map(|messages| activation_report(&messages));
    node.start_task_or_answer(&call.caller, reported, done_at_once)
}

fn scenarios_to_activate(options: &Value) -> Answer<BTreeMap<String, bool>> {
    match options.get("scenariosActiveOnActivation") {
        None | Some(Value::Null) => Ok(BTreeMap::new()),
        Some(found) => serde_json::from_value(found.clone())
            .map_err(|error| Refusal::illegal(format!("scenariosActiveOnActivation: {error}"))),
    }
}

fn activation_report(messages: &[Message]) -> Value {
    let mut report = report(messages);
    report["neededAMigration"] = json!(false);
    report
}

/// The bundle that was sent.
fn contents(call: &ApiCall) -> Answer<BundleContents> {
    read(call.file()?).map_err(|error| invalid(error.to_string()))
}
