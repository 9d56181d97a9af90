//! API keys (wire-facts 5.5).

use std::collections::BTreeSet;

use serde_json::Value;

use super::Fetched;
use crate::answer::{Answer, Refusal};
use crate::api::{ApiCall, Routes};
use crate::caller::Caller;
use crate::seed::Profile;
use crate::state::NodeState;
use crate::state::keys::{ApiKey, KeyRights, NewKey};

pub(super) fn routes() -> Routes {
    const GLOBAL: &str = "/admin/global-api-keys/{id}";
    const PERSONAL: &str = "/admin/personal-api-keys/{id}";
    const OWN: &str = "/personal-api-keys/{id}";
    Routes::of_node()
        .get("/personal-api-keys", |node, call| {
            Value::from(node.keys.list(|rights| belongs_to(rights, &call.caller)))
        })
        .post("/personal-api-keys", create_own_key)
        .get(OWN, |node, call| owned(node, call).map(ApiKey::to_json))
        .put(OWN, save_own_key)
        .delete(OWN, |node, call| {
            owned(node, call)?;
            node.keys.remove(call.id())
        })
        .for_admins()
        .get("/admin/global-api-keys", |node, _| Value::from(node.keys.list_global(in_clear(node))))
        .post("/admin/global-api-keys", create_global_key)
        .get(GLOBAL, global_key)
        .put(GLOBAL, save_key)
        .delete(GLOBAL, |node, call| node.keys.remove(call.id()))
        .get("/admin/personal-api-keys", |node, _| {
            Value::from(node.keys.list(|rights| !is_global(rights)))
        })
        .post("/admin/personal-api-keys", create_personal_key)
        .get(PERSONAL, |node, call| node.keys.get(call.id()).map(ApiKey::to_json))
        .delete(PERSONAL, |node, call| node.keys.remove(call.id()))
}

fn is_global(rights: &KeyRights) -> bool {
    matches!(rights, KeyRights::Global { .. })
}

fn belongs_to(rights: &KeyRights, caller: &Caller) -> bool {
    matches!(rights, KeyRights::Personal { login } if caller.login.as_ref() == Some(login))
}

/// Keys may be stored hashed since 13.1; an earlier release stores and returns them in clear text.
fn in_clear(node: &NodeState) -> bool {
    node.profile < Profile::V13
}

fn create_global_key(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let rights = KeyRights::Global {
        admin: sent_admin(call)?.unwrap_or_default(),
        groups: sent_groups(call)?,
        acts_as: call.text("dssUserForImpersonation")?,
    };
    make(node, call, rights)
}

fn create_personal_key(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let login = call.needed_text("user")?;
    node.user(&login)?;
    make(node, call, KeyRights::Personal { login })
}

fn create_own_key(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let login = call.caller.login.clone();
    let login = login.ok_or_else(|| Refusal::illegal("A key has no personal keys"))?;
    make(node, call, KeyRights::Personal { login })
}

fn make(node: &mut NodeState, call: &ApiCall, rights: KeyRights) -> Fetched {
    let new = NewKey {
        label: call.text("label")?.unwrap_or_default(),
        description: call.text("description")?.unwrap_or_default(),
        created_by: call.caller.name().to_owned(),
        created_on: node.clock.now(),
        rights,
    };
    Ok(node.keys.make(&node.node_id, new).to_json_with_secret())
}

fn global_key(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let key = node.keys.get(call.id())?;
    Ok(if in_clear(node) { key.to_json_with_secret() } else { key.to_json() })
}

/// Changes what people call a key, and the rights that are named of a global one.
fn save_key(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let rename = renamed(call)?;
    let (sent, named_admin, named_groups) = (call.json()?, sent_admin(call)?, sent_groups(call)?);
    let acting = call.text("dssUserForImpersonation")?;
    let change = |key: &mut ApiKey| {
        rename(key);
        if let KeyRights::Global { admin, groups, acts_as } = &mut key.rights {
            *admin = named_admin.unwrap_or(*admin);
            if sent.get("groups").is_some() {
                *groups = named_groups;
            }
            if sent.get("dssUserForImpersonation").is_some() {
                *acts_as = acting;
            }
        }
    };
    node.keys.update(call.id(), change)
}

fn sent_admin(call: &ApiCall) -> Answer<Option<bool>> {
    Ok(call.json()?.pointer("/globalPermissions/admin").and_then(Value::as_bool))
}

fn sent_groups(call: &ApiCall) -> Answer<BTreeSet<String>> {
    let groups = call.json()?.get("groups").and_then(Value::as_array).into_iter().flatten();
    Ok(groups.filter_map(Value::as_str).map(str::to_owned).collect())
}

fn renamed(call: &ApiCall) -> Answer<impl FnOnce(&mut ApiKey) + use<>> {
    let (label, description) = (call.text("label")?, call.text("description")?);
    Ok(|key: &mut ApiKey| {
        key.label = label.unwrap_or_default();
        key.description = description.unwrap_or_default();
    })
}

fn save_own_key(node: &mut NodeState, call: &ApiCall) -> Fetched {
    owned(node, call)?;
    node.keys.update(call.id(), renamed(call)?)
}

/// The key that the path names, which has to be the caller's own.
fn owned<'a>(node: &'a NodeState, call: &ApiCall) -> Answer<&'a ApiKey> {
    let key = node.keys.get(call.id())?;
    if belongs_to(&key.rights, &call.caller) {
        Ok(key)
    } else {
        Err(Refusal::not_found("API key", &key.id))
    }
}
