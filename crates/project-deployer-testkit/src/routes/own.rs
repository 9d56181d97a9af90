//! What a caller asks about itself (wire-facts 3.1, 3.2).

use serde_json::json;

use super::Fetched;
use crate::answer::{Answer, Refusal, reported};
use crate::api::{ApiCall, Routes};
use crate::state::NodeState;

pub(super) fn routes() -> Routes {
    Routes::of_node()
        // A ticket is as good as the caller who asked for it.
        .post("/auth/ticket", |node, call| json!({"ticket": node.tickets.issue(&call.caller)}))
        .get("/current-user", |node, call| node.user(login(call)?).map(|user| user.to_own_json()))
        .put("/current-user", save_current_user)
}

/// Properties, secrets, credentials and preferences change; the rest is for administrators.
fn save_current_user(node: &mut NodeState, call: &ApiCall) -> Fetched {
    const OWN: [&str; 4] = ["userProperties", "secrets", "credentials", "preferences"];
    let login = login(call)?;
    let mut change = call.object()?;
    change.retain(|field, _| OWN.contains(&field.as_str()));
    node.edit_user(login, &change)?;
    Ok(reported(format!("Edited user {login}")))
}

fn login(call: &ApiCall) -> Answer<&str> {
    call.caller.login.as_deref().ok_or_else(|| Refusal::illegal("A key is no user"))
}
