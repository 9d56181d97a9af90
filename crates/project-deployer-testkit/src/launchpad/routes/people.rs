//! Users, invites, groups and profiles of a space. Changes are there at once: there is no task to wait
//! for.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::{Launchpad, not_found};
use crate::launchpad::Space;
use crate::launchpad::collection::Collection;
use crate::routes::Sent;
use crate::server::Shared;

/// Which of them a route is about.
type Which = fn(&mut Space) -> &mut Collection;

const USERS: Which = |space| &mut space.users;
const INVITES: Which = |space| &mut space.invites;
const GROUPS: Which = |space| &mut space.groups;

pub(super) fn routes() -> Router<Arc<Shared<Space>>> {
    Router::new()
        .route("/users/search", search(USERS, "emails"))
        .route("/users", bulk_changes(USERS))
        .route("/user/{id}", one(USERS))
        .route("/invites/search", search(INVITES, "emails"))
        .route("/invites", bulk_changes(INVITES).post(create_invites))
        .route("/invite/{id}", one(INVITES))
        .route("/groups/search", search(GROUPS, "names"))
        .route("/group", post(create_group))
        .route("/group/{id}", one(GROUPS).put(save_group).delete(delete_group))
        .route("/profiles", get(profiles))
}

fn search(which: Which, field: &'static str) -> MethodRouter<Arc<Shared<Space>>> {
    post(move |State(launchpad): Launchpad, Sent(sent): Sent| async move {
        let names = sent.get(field).and_then(Value::as_array);
        Json(which(&mut launchpad.state()).search(names))
    })
}

fn one(which: Which) -> MethodRouter<Arc<Shared<Space>>> {
    get(move |State(launchpad): Launchpad, Path(id): Path<String>| async move {
        found(which(&mut launchpad.state()).get(&id), &id)
    })
}

fn bulk_changes(which: Which) -> MethodRouter<Arc<Shared<Space>>> {
    let save = move |State(launchpad): Launchpad, Sent(sent): Sent| async move {
        let mut space = launchpad.state();
        bulk(documents(&sent), |document| {
            let id = document.get("id")?.as_str()?.to_owned();
            which(&mut space).save(&id, document)
        })
    };
    let delete = move |State(launchpad): Launchpad, Sent(sent): Sent| async move {
        let mut space = launchpad.state();
        let emails = sent.get("emails").and_then(Value::as_array).cloned().unwrap_or_default();
        let named = emails.into_iter().map(|email| Map::from_iter([("email".to_owned(), email)]));
        bulk(named.collect(), |document| which(&mut space).remove(document.get("email")?.as_str()?))
    };
    MethodRouter::new().put(save).delete(delete)
}

async fn create_invites(State(launchpad): Launchpad, Sent(sent): Sent) -> Json<Value> {
    let mut space = launchpad.state();
    bulk(documents(&sent), |document| space.invites.create(document))
}

fn documents(sent: &Value) -> Vec<Map<String, Value>> {
    sent.as_array().into_iter().flatten().filter_map(Value::as_object).cloned().collect()
}

/// Changes one after the other. Failed changes are in the list of errors; their format is our choice.
fn bulk(
    sent: Vec<Map<String, Value>>,
    mut change: impl FnMut(Map<String, Value>) -> Option<Value>,
) -> Json<Value> {
    let (mut successes, mut errors) = (Vec::new(), Vec::new());
    for document in sent {
        let email = document.get("email").cloned();
        match change(document) {
            Some(done) => successes.push(done),
            None => errors.push(json!({"email": email, "error": "not found, or taken"})),
        }
    }
    Json(json!({"successes": successes, "errors": errors, "taskId": null}))
}

async fn create_group(State(launchpad): Launchpad, Sent(sent): Sent) -> Response {
    let created = sent.as_object().and_then(|sent| launchpad.state().groups.create(sent.clone()));
    match created {
        Some(group) => changed_group(&group),
        None => super::invalid("name", "write a name that no group has yet"),
    }
}

async fn save_group(
    State(launchpad): Launchpad,
    Path(id): Path<String>,
    Sent(sent): Sent,
) -> Response {
    let sent = sent.as_object().cloned().unwrap_or_default();
    match launchpad.state().groups.save(&id, sent) {
        Some(group) => changed_group(&group),
        None => not_found(&id),
    }
}

async fn delete_group(State(launchpad): Launchpad, Path(id): Path<String>) -> Response {
    match launchpad.state().groups.remove(&id) {
        Some(group) => changed_group(&group),
        None => not_found(&id),
    }
}

fn changed_group(group: &Value) -> Response {
    Json(json!({"group": group, "taskId": null})).into_response()
}

fn found(document: Option<Value>, id: &str) -> Response {
    document.map_or_else(|| not_found(id), |document| Json(document).into_response())
}

/// Seats without end: -1.
async fn profiles() -> Json<Value> {
    let seats = json!({"name": "designer", "totalSeats": -1, "usedSeats": 1, "isTrial": false});
    Json(json!([seats]))
}
