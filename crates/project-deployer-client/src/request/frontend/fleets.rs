//! Fleets, whose nodes register themselves as infrastructures.

use project_deployer_core::{FleetId, InfraId, NodeId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::{Call, NodeRequest};
use super::{get, items, ours};

/// A fleet, with what is known of it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FleetFound {
    /// Its id.
    pub id: FleetId,
    /// Its settings, without secrets.
    pub settings: Value,
    /// When its nodes were last read.
    pub read: Option<Timestamp>,
    /// Why they could not be read the last time, if so.
    pub problem: Option<String>,
    /// The answer that waits for a confirmation.
    pub pending: Option<PendingFound>,
    /// What the last synchronization did not do, and why.
    pub notes: Vec<FleetRemarkFound>,
    /// The last synchronization that changed something, or failed to.
    pub last_change: Option<FleetResultFound>,
    /// The infrastructures that it manages.
    pub infrastructures: Vec<ManagedFound>,
}

/// An answer that lacks many nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PendingFound {
    /// What to confirm.
    pub answer: String,
    /// How many nodes are missing.
    pub missing: usize,
    /// How many infrastructures the fleet manages, apart from those in a quarantine that was confirmed.
    pub registered: usize,
    /// Since when it waits.
    pub since: Timestamp,
}

/// An infrastructure that a fleet manages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ManagedFound {
    /// The infrastructure.
    pub infrastructure: InfraId,
    /// Its fleet.
    pub fleet: FleetId,
    /// Its node in the fleet.
    pub node: NodeId,
    /// What is edited in the fleet only.
    pub fields: Vec<String>,
    /// Since when its fleet no longer reports the node. Updates are refused.
    pub quarantined_since: Option<Timestamp>,
    /// Why it is in quarantine.
    pub quarantine_reason: Option<String>,
}

/// What a synchronization does or did.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FleetResultFound {
    /// When it ended; none for a plan.
    pub at: Option<Timestamp>,
    /// How many nodes the fleet reports.
    pub reported: usize,
    /// How many infrastructures stay as they are.
    pub unchanged: usize,
    /// The digest of the answer of the fleet.
    pub answer: String,
    /// Set if nothing is done before this answer is confirmed: how many nodes are missing.
    pub missing: Option<usize>,
    /// Of how many.
    #[serde(default)]
    pub registered: Option<usize>,
    /// What is done.
    pub changes: Vec<FleetLineFound>,
    /// How many changes are not listed.
    pub more: usize,
    /// What is not done, and why.
    pub notes: Vec<FleetRemarkFound>,
}

/// What is done with one infrastructure.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct FleetLineFound {
    /// `register`, `update`, `quarantine` or `lift`.
    pub kind: String,
    /// The infrastructure.
    pub infrastructure: String,
    /// Its node.
    pub node: String,
    /// The fields that change.
    pub fields: Vec<String>,
    /// Why.
    pub reason: String,
    /// Why it was not done, if it was not.
    pub failure: Option<String>,
}

/// What is not done, and why.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct FleetRemarkFound {
    /// The kind.
    pub kind: String,
    /// The infrastructure, if it is about one.
    pub infrastructure: Option<String>,
    /// The node, if it is about one.
    pub node: Option<String>,
    /// What is so, and what to do.
    pub text: String,
}

/// All fleets.
pub fn list() -> Call<Vec<FleetFound>> {
    get("list fleets", &["fleets"]).list().reading(items)
}

/// One fleet.
pub fn show(id: &FleetId) -> Call<FleetFound> {
    get("show a fleet", &["fleets", id.as_str()]).list().json()
}

/// Creates a fleet. The settings may hold secrets.
pub fn create(settings: &Value) -> Call<FleetFound> {
    ours(NodeRequest::post("create a fleet", &["fleets"])).with_body(settings).json()
}

/// Replaces the settings of a fleet, whatever they are now. Secrets that are left out stay.
pub fn save(id: &FleetId, settings: &Value) -> Call<()> {
    let request = NodeRequest::put("edit a fleet", &["fleets", id.as_str()], settings);
    ours(request).overwriting().nothing()
}

/// Deletes a fleet that manages no infrastructure.
pub fn delete(id: &FleetId) -> Call<()> {
    ours(NodeRequest::delete("delete a fleet", &["fleets", id.as_str()])).nothing()
}

/// What a synchronization would do.
pub fn plan(id: &FleetId) -> Call<FleetResultFound> {
    get("plan a fleet", &["fleets", id.as_str(), "plan"]).list().task().json()
}

/// Synchronizes a fleet.
pub fn sync(id: &FleetId) -> Call<FleetResultFound> {
    let request = NodeRequest::post("synchronize a fleet", &["fleets", id.as_str(), "sync"]);
    ours(request).list().task().json()
}

/// Confirms an answer that lacks many nodes, and synchronizes.
pub fn confirm(id: &FleetId, answer: &str) -> Call<FleetResultFound> {
    let path = ["fleets", id.as_str(), "confirm"];
    let request = ours(NodeRequest::post("confirm an answer of a fleet", &path));
    request.with_body(json!({ "answer": answer })).list().task().json()
}

/// Lets a fleet manage an infrastructure that exists.
pub fn adopt(fleet: &FleetId, infra: &InfraId, node: Option<&NodeId>) -> Call<ManagedFound> {
    let path = ["fleets", fleet.as_str(), "infrastructures", infra.as_str()];
    let request = ours(NodeRequest::post("let a fleet manage an infrastructure", &path));
    request.with_body(json!({ "node": node })).task().json()
}

/// Takes an infrastructure from its fleet.
pub fn release(fleet: &FleetId, infra: &InfraId) -> Call<()> {
    let path = ["fleets", fleet.as_str(), "infrastructures", infra.as_str()];
    ours(NodeRequest::delete("take an infrastructure from its fleet", &path)).nothing()
}
