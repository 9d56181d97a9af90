//! Users, invites, groups and profiles of a space. Changes are there at once: there is no task to wait
//! for.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use super::not_found;
use crate::answer::Answer;
use crate::api::{ApiCall, Routes};
use crate::launchpad::Space;
use crate::launchpad::collection::Collection;

/// Which of them a route is about.
type Which = fn(&mut Space) -> &mut Collection;

const USERS: Which = |space| &mut space.users;
const INVITES: Which = |space| &mut space.invites;
const GROUPS: Which = |space| &mut space.groups;

pub(super) fn routes() -> Routes<Space> {
    let table = [
        (USERS, "/users/search", "emails", "/user/{id}"),
        (INVITES, "/invites/search", "emails", "/invite/{id}"),
        (GROUPS, "/groups/search", "names", "/group/{id}"),
    ];
    let routes = table.into_iter().fold(Routes::new(), |routes, (which, search, names, one)| {
        routes
            .post(search, move |space: &mut Space, call: &ApiCall| -> Answer<Value> {
                let names = call.json()?.get(names).and_then(Value::as_array);
                Ok(which(space).search(names))
            })
            .get(one, move |space: &mut Space, call: &ApiCall| {
                answer(which(space).get(call.id()), call)
            })
    });
    bulk_changes(bulk_changes(routes, "/users", USERS), "/invites", INVITES)
        .post("/invites", |space, call| -> Answer<Value> {
            Ok(bulk(documents(call)?, |document| space.invites.create(document)))
        })
        .post("/group", create_group)
        .put("/group/{id}", |space, call| -> Answer<Response> {
            let sent = call.json()?.as_object().cloned().unwrap_or_default();
            Ok(answer(space.groups.save(call.id(), sent).as_ref().map(changed_group), call))
        })
        .delete("/group/{id}", |space, call| {
            answer(space.groups.remove(call.id()).as_ref().map(changed_group), call)
        })
        // Seats without end: -1.
        .get("/profiles", |_, _| {
            json!([{"name": "designer", "totalSeats": -1, "usedSeats": 1, "isTrial": false}])
        })
}

fn bulk_changes(routes: Routes<Space>, path: &str, which: Which) -> Routes<Space> {
    routes
        .put(path, move |space: &mut Space, call: &ApiCall| -> Answer<Value> {
            Ok(bulk(documents(call)?, |document| {
                let id = document.get("id")?.as_str()?.to_owned();
                which(space).save(&id, document)
            }))
        })
        .delete(path, move |space: &mut Space, call: &ApiCall| -> Answer<Value> {
            let emails = call.json()?.get("emails").and_then(Value::as_array).cloned();
            let emails = emails.unwrap_or_default().into_iter();
            let named = emails.map(|email| Map::from_iter([("email".to_owned(), email)]));
            Ok(bulk(named.collect(), |document| {
                which(space).remove(document.get("email")?.as_str()?)
            }))
        })
}

fn documents(call: &ApiCall) -> Answer<Vec<Map<String, Value>>> {
    let sent = call.json()?.as_array().into_iter().flatten();
    Ok(sent.filter_map(Value::as_object).cloned().collect())
}

/// Changes one after the other. Failed changes are in the list of errors; their format is our choice.
fn bulk(
    sent: Vec<Map<String, Value>>,
    mut change: impl FnMut(Map<String, Value>) -> Option<Value>,
) -> Value {
    let (mut successes, mut errors) = (Vec::new(), Vec::new());
    for document in sent {
        let email = document.get("email").cloned();
        match change(document) {
            Some(done) => successes.push(done),
            None => errors.push(json!({"email": email, "error": "not found, or taken"})),
        }
    }
    json!({"successes": successes, "errors": errors, "taskId": null})
}

fn create_group(space: &mut Space, call: &ApiCall) -> Answer<Response> {
    let sent = call.json()?.as_object();
    let created =
        sent.and_then(|sent| space.groups.create(sent.clone())).as_ref().map(changed_group);
    let taken = || super::invalid("name", "write a name that no group has yet");
    Ok(created.map_or_else(taken, |group| Json(group).into_response()))
}

fn changed_group(group: &Value) -> Value {
    json!({"group": group, "taskId": null})
}

/// A document, or that none has the id of the path.
fn answer(document: Option<Value>, call: &ApiCall) -> Response {
    document.map_or_else(|| not_found(call.id()), |document| Json(document).into_response())
}
