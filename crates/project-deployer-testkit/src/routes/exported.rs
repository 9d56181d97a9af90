//! Bundles that are made on a Design node, and published (wire-facts 4).

use super::Fetched;
use crate::api::{ApiCall, Archive, Routes};
use crate::state::NodeState;
use crate::state::exported::Export;

pub(super) fn routes() -> Routes {
    const ALL: &str = "/projects/{key}/bundles/exported";
    const ONE: &str = "/projects/{key}/bundles/exported/{bundle}";
    const READ: &str = "readProjectContent";
    Routes::of_node()
        .read(ALL, READ, |project, _| Ok(project.exported_json()))
        // The REST reference documents the id in a body (wire-facts 7.9); how it is named there is
        // our choice.
        .put(ALL, export_named)
        .delete(ALL, |node, call| {
            node.remove_exported(&call.caller, call.id(), &call.needed_text("bundleId")?)
        })
        .read(ONE, READ, |project, call| Ok(project.exported(call.second_id())?.details()))
        .put(ONE, export)
        .delete(ONE, |node, call| node.remove_exported(&call.caller, call.id(), call.second_id()))
        .read(&format!("{ONE}/archive"), READ, |project, call| {
            Ok(Archive(project.exported(call.second_id())?.archive.clone()))
        })
        .post("/projects/{key}/bundles/{bundle}/publish", publish)
}

fn export(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let wanted = wanted(call, call.second_id().to_owned(), call.query("releaseNotes"));
    node.export(&call.caller, call.id(), &wanted)
}

fn export_named(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let notes = call.text("releaseNotes")?.or_else(|| call.query("releaseNotes"));
    let wanted = wanted(call, call.needed_text("bundleId")?, notes);
    node.export(&call.caller, call.id(), &wanted)
}

fn wanted(call: &ApiCall, bundle_id: String, release_notes: Option<String>) -> Export {
    let with_standards_checks = !call.is_off("evaluateProjectStandardsChecks");
    Export { bundle_id, release_notes, with_standards_checks }
}

fn publish(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let published_key = call.query("publishedProjectKey");
    node.publish(&call.caller, call.id(), call.second_id(), published_key)
}
