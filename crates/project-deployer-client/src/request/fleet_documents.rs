//! What the JSON of a fleet's service means.

use project_deployer_core::{ApiKeySecret, NodeId};
use serde_json::Value;

use crate::error::NodeErrorKind;
use crate::fleet::{
    FleetAdminKey, FleetInstance, FleetNode, FleetNodeState, FleetUrl, Gap, Registration, Unknown,
    node_type, what_happened,
};
use crate::response::{NodeResponse, decode, excerpt};

type Read<T> = Result<T, NodeErrorKind>;

/// The admin key of a node. That there is none is no error.
pub(crate) fn admin_key(document: &Value) -> FleetAdminKey {
    match document.get("adminAPIKey").and_then(Value::as_str) {
        None | Some("") => FleetAdminKey::Unknown(Unknown::Absent),
        Some(text) => match ApiKeySecret::new(text) {
            Ok(key) => FleetAdminKey::Known(key),
            Err(error) => FleetAdminKey::Unknown(Unknown::Unusable(error.to_string())),
        },
    }
}

/// A node of a space of Dataiku Cloud: the Launchpad reports name and type and nothing else
/// (wire-facts 6.2). Its Deployer knows it as soon as it is there (R-I4).
fn launchpad_node(document: &Value) -> Result<FleetNode, String> {
    let text = |field: &str| document.get(field).and_then(Value::as_str);
    let name = text("name").ok_or("it has no `name`")?;
    let word = text("type").ok_or("it has no `type`")?;
    Ok(FleetNode {
        node_id: NodeId::parse(name).map_err(|error| error.to_string())?,
        label: name.to_owned(),
        instance: None,
        node_type: node_type(word),
        url: FleetUrl::NotPublished(Unknown::NeverReported),
        admin_key: FleetAdminKey::Unknown(Unknown::NeverReported),
        state: FleetNodeState::Unknown(Unknown::NeverReported),
        registration: Registration::Automatic,
    })
}

/// The entries of a list, each read for itself. What cannot be read is a gap with its name, as far as it has one.
fn entries<T>(
    listed: &[Value],
    name: &str,
    read: impl Fn(&Value) -> Result<T, String>,
) -> Vec<Result<T, Gap>> {
    let entry = |(position, entry): (usize, &Value)| {
        read(entry).map_err(|reason| {
            let label = entry.get(name).and_then(Value::as_str).map(excerpt);
            Gap::Unreadable { position, label, reason }
        })
    };
    listed.iter().enumerate().map(entry).collect()
}

/// The instances of a Fleet Manager.
pub(super) fn instances(listed: Value) -> Read<Vec<Result<FleetInstance, Gap>>> {
    let read = |entry: &Value| decode(entry.clone()).map_err(|kind| what_happened(&kind));
    Ok(entries(&decode::<Vec<_>>(listed)?, "label", read))
}

/// The nodes of a space of Dataiku Cloud. Of a request that the Launchpad finds invalid (wire-facts 6.2), the
/// reasons are next to the message.
pub(super) fn launchpad_nodes(answer: NodeResponse) -> Read<Vec<Result<FleetNode, Gap>>> {
    let reasons = refusal(&answer.body);
    let listed: Read<Vec<Value>> = answer.into_json().map_err(|kind| match (kind, reasons) {
        (NodeErrorKind::Refused { status: 422, .. }, Some(message)) => {
            NodeErrorKind::Refused { status: 422, message }
        }
        (kind, _) => kind,
    });
    Ok(entries(&listed?, "name", launchpad_node))
}

fn refusal(body: &[u8]) -> Option<String> {
    let document: Value = serde_json::from_slice(body).ok()?;
    let reasons = document.get("errors")?.get("json")?;
    Some(excerpt(&reasons.to_string()))
}
