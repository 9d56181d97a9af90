//! What a caller asks about itself (wire-facts 3.1, 3.2).

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use super::{Fetched, Node, Sent, Who};
use crate::answer::{Answer, Refusal, reported};
use crate::caller::Caller;
use crate::server::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/auth/ticket", post(ticket))
        .route("/current-user", get(current_user).put(save_current_user))
}

/// A ticket is as good as the caller who asked for it.
async fn ticket(State(node): Node, Extension(caller): Who) -> Fetched {
    let ticket = node.state().tickets.issue(&caller);
    Ok(Json(json!({"ticket": ticket})))
}

async fn current_user(State(node): Node, Extension(caller): Who) -> Fetched {
    let login = login(&caller)?;
    node.state().user(login).map(|user| Json(user.to_own_json()))
}

/// Properties, secrets, credentials and preferences change; the rest is for administrators.
async fn save_current_user(State(node): Node, Extension(caller): Who, sent: Sent) -> Fetched {
    const OWN: [&str; 4] = ["userProperties", "secrets", "credentials", "preferences"];
    let login = login(&caller)?;
    let mut change = sent.object()?;
    change.retain(|field, _| OWN.contains(&field.as_str()));
    node.state().edit_user(login, &change)?;
    Ok(reported(format!("Edited user {login}")))
}

fn login(caller: &Caller) -> Answer<&str> {
    caller.login.as_deref().ok_or_else(|| Refusal::illegal("A key is no user"))
}
