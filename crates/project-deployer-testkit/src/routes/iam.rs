//! The LDAP supplier: settings, people, accounts on demand (wire-facts 5.4, 5.6).

use serde::Deserialize;

use super::Fetched;
use crate::answer::reported;
use crate::api::{ApiCall, Routes};
use crate::state::NodeState;
use crate::state::supplier::Search;

pub(super) fn routes() -> Routes {
    Routes::of_node()
        .for_admins()
        .get("/admin/iam/ldap-settings", |node, _| node.ldap_settings_json())
        .put("/admin/iam/ldap-settings", save_ldap_settings)
        .get("/admin/external-users", external_users)
        .get("/admin/external-groups", external_groups)
        // The REST reference documents other paths than the client uses (wire-facts 7.9).
        .get("/admin/users/actions/external-users", external_users)
        .get("/admin/users/actions/external-groups", external_groups)
        .post("/admin/users/actions/provision", provision)
        .post("/admin/users/actions/resync-multi", |node, call| {
            let logins: Option<Vec<String>> = call.read()?;
            resync(node, call, logins.as_deref())
        })
        .post("/admin/users/{login}/actions/resync", |node, call| {
            node.user(call.id())?;
            resync(node, call, Some(&[call.id().to_owned()]))
        })
}

fn save_ldap_settings(node: &mut NodeState, call: &ApiCall) -> Fetched {
    node.set_ldap_settings(call.json()?.clone())?;
    Ok(reported("Saved LDAP settings"))
}

fn external_users(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let source = call.needed("userSourceType")?;
    let wanted = Search {
        login: call.query("login"),
        email: call.query("email"),
        group: call.query("groupName"),
    };
    let found = node.external_users(&source, &wanted);
    node.start_task(&call.caller, found)
}

fn external_groups(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let found = node.external_groups(&call.needed("userSourceType")?);
    node.start_task(&call.caller, found)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Provisioning {
    user_source_type: String,
    users: Vec<Provisioned>,
}

#[derive(Deserialize)]
struct Provisioned {
    login: String,
}

fn provision(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let wanted: Provisioning = call.read()?;
    let logins: Vec<String> = wanted.users.into_iter().map(|user| user.login).collect();
    node.must_allow_provisioning(&wanted.user_source_type)?;
    let result = node.provision(&logins);
    node.start_task(&call.caller, result)
}

fn resync(node: &mut NodeState, call: &ApiCall, logins: Option<&[String]>) -> Fetched {
    node.must_allow_sync()?;
    let result = node.resync(logins);
    node.start_task(&call.caller, result)
}
