//! The API of a Fleet Manager, below its tenant (wire-facts 6.1).

use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::state::{Action, FleetState};
use super::{MockInstance, MockNetwork};
use crate::answer::{Answer, Refusal};
use crate::api::{ApiCall, Routes};

type Fetched = Answer<Value>;

pub(super) fn routes() -> Routes<FleetState> {
    let routes = Routes::<FleetState>::new()
        .get("/virtual-networks", |fleet, _| -> Value {
            fleet.networks.values().map(MockNetwork::to_json).collect()
        })
        .post("/virtual-networks", |fleet, call| -> Fetched {
            Ok(fleet.create_network(call.object()?))
        })
        .get("/virtual-networks/{id}", |fleet, call| {
            fleet.network(call.id()).map(MockNetwork::to_json)
        })
        .put("/virtual-networks/{id}", |fleet, call| fleet.save_network(call.id(), call.object()?))
        .delete("/virtual-networks/{id}", |fleet, call| fleet.delete_network(call.id()))
        .get("/futures/{id}", |fleet, call| fleet.look(call.id(), call.is_set("peek")))
        .delete("/futures/{id}", |fleet, call| fleet.abort(call.id()));
    fixed(instances(routes))
}

fn instances(routes: Routes<FleetState>) -> Routes<FleetState> {
    const ONE: &str = "/instances/{id}";
    routes
        .get("/instances", |fleet, _| -> Value {
            fleet.instances.values().map(MockInstance::to_json).collect()
        })
        .post("/instances", |fleet, call| fleet.create(call.object()?))
        .get(ONE, |fleet, call| fleet.instance(call.id()).map(MockInstance::to_json))
        .put(ONE, |fleet, call| fleet.save(call.id(), call.object()?))
        .get(&format!("{ONE}/status"), |fleet, call| {
            fleet.instance(call.id()).map(MockInstance::status_json)
        })
        .get(&format!("{ONE}/admin-api-key"), |fleet, call| {
            fleet.instance(call.id()).map(MockInstance::admin_key_json)
        })
        .get(&format!("{ONE}/actions/{{action}}"), |fleet, call| {
            let action = Action::parse(call.second_id());
            let action = action.ok_or_else(|| Refusal::not_found("Action", call.second_id()))?;
            fleet.act(call.id(), action)
        })
        .post(&format!("{ONE}/actions/reset-user-password"), reset_password)
        .get(&format!("{ONE}/snapshots"), |fleet, call| fleet.snapshots(call.id()))
        .post(&format!("{ONE}/snapshots"), |fleet, call| {
            let reason = call.query("reasonForSnapshot").unwrap_or_default();
            fleet.take_snapshot(call.id(), &reason)
        })
}

/// What a tenant has beyond instances and networks: documents without effect, which stay as they are.
fn fixed(routes: Routes<FleetState>) -> Routes<FleetState> {
    let supplier = || json!({"enabled": false});
    [
        ("/images", json!([{"id": "dss-15.2.0", "label": "15.2.0"}])),
        ("/instance-settings-templates", json!([{"id": "ist-2", "label": "Default"}])),
        ("/load-balancers", json!([])),
        ("/cloud-accounts", json!([])),
        ("/cloud-credentials", json!({})),
        // The official client reads the tags out of a text.
        ("/cloud-tags", json!({"msg": "{}"})),
        ("/iam/sso-settings", supplier()),
        ("/iam/ldap-settings", supplier()),
        ("/iam/azure-ad-settings", supplier()),
        ("/licensing-summary", json!({})),
    ]
    .into_iter()
    .fold(routes, |routes, (path, document)| routes.get(path, move |_, _| document.clone()))
}

/// The password changes on the node, and the mock has no state for it.
fn reset_password(fleet: &mut FleetState, call: &ApiCall) -> Fetched {
    for field in ["userName", "password"] {
        call.text(field)?.ok_or_else(|| Refusal::illegal(format!("Missing field: {field}")))?;
    }
    fleet.act(call.id(), Action::Other)
}

pub(super) fn unknown_key() -> Response {
    Refusal::unauthorized("Unknown API key").into_response()
}
