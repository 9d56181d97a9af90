//! What the JSON of a Deployer means. Every field of an answer may be absent or null
//! (wire-facts 0.2), addresses may be half written, times may be texts: none of that hides an
//! object, let alone a list of them (R-I9).

use project_deployer_core::stage::StageCatalogue;
use project_deployer_core::status::{NodeKeyCreation, UpdateSummary};
use project_deployer_core::{Login, NodeAddress, NodeId};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::error::NodeErrorKind;
use crate::response::decode;

type Read<T> = Result<T, NodeErrorKind>;

/// A status document, or a list of them.
pub(super) fn status<T: DeserializeOwned>(mut answer: Value) -> Read<T> {
    tidy(&mut answer);
    decode(answer)
}

pub(super) fn stages(answer: Value) -> Read<StageCatalogue> {
    let stages = StageCatalogue::from_document(answer);
    stages.map_err(|problems| NodeErrorKind::Malformed(problems.to_string()))
}

/// Updates, newest first. In which order they come is unknown (wire-facts 8.2, item 2).
pub(super) fn update_list(answer: Value) -> Read<Vec<UpdateSummary>> {
    let mut updates: Vec<UpdateSummary> = status(answer)?;
    updates.sort_by_key(|update| std::cmp::Reverse(update.start_timestamp));
    Ok(updates)
}

/// What became of the keys on the nodes. No source names the fields of an entry, and the secret is
/// returned only here: an entry that names no node is left out, and a text is the node's id.
pub(super) fn node_keys(mut answer: Value) -> Read<NodeKeyCreation> {
    for list in ["nodesAndKeys", "nodesWhereUserDoesNotExist", "nodesWhereUserIsDisabled"] {
        if let Some(entries) = answer.get_mut(list).and_then(Value::as_array_mut) {
            *entries = entries.drain(..).filter_map(node_reference).collect();
        }
    }
    decode(answer)
}

fn node_reference(entry: Value) -> Option<Value> {
    let entry = match entry {
        Value::String(id) => json!({ "nodeId": id }),
        other => other,
    };
    let id = entry.get("nodeId").and_then(Value::as_str)?;
    NodeId::parse(id).is_ok().then_some(entry)
}

/// Makes a status document readable, all the way down. Null, and words that are newer than we are,
/// the types themselves understand.
fn tidy(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(object) => {
            object.retain(|name, value| is_readable(name, value));
            object.iter_mut().for_each(|(name, value)| as_number(name, value));
            name_project(object);
            object.values_mut().for_each(tidy);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether a field for people, a link or a name, has a value that can be read.
fn is_readable(name: &str, value: &Value) -> bool {
    let Some(text) = value.as_str() else {
        return true;
    };
    match name {
        "automationNodeUrl" | "automationNodeExternalUrl" => NodeAddress::parse(text).is_ok(),
        "publishedBy" => Login::parse(text).is_ok(),
        "nodeId" => NodeId::parse(text).is_ok(),
        _ => true,
    }
}

/// A time may be a number or a text (wire-facts 2.11).
fn as_number(name: &str, value: &mut Value) {
    let millis = value.as_str().and_then(|text| text.parse::<i64>().ok());
    if let ("startTimestamp" | "endTimestamp" | "publishedOn", Some(millis)) = (name, millis) {
        *value = json!(millis);
    }
}

/// The status of a deployment names its published project twice; once will do.
fn name_project(status: &mut Map<String, Value>) {
    let deployment = status.get("deploymentBasicInfo");
    let key = deployment.and_then(|deployment| deployment.get("publishedProjectKey")).cloned();
    let reported = status.get("projectBasicInfo").is_some_and(Value::is_object);
    if let (Some(key), false) = (key, reported) {
        status.insert("projectBasicInfo".to_owned(), json!({ "id": key }));
    }
}

#[cfg(test)]
mod tests;
