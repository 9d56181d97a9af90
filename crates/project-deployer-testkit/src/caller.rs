//! Who is asking: credentials and impersonation (wire-facts 1.4).

use std::collections::BTreeSet;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::answer::{Answer, Refusal};
use crate::state::NodeState;
use crate::state::keys::{ApiKey, KeyRights};

/// A caller that the node has authenticated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The id of the key.
    pub(crate) key_id: String,
    /// The user whose rights count; none when the key's own do.
    pub(crate) login: Option<String>,
    pub(crate) groups: BTreeSet<String>,
    /// Whether the caller is a global administrator.
    pub(crate) admin: bool,
    pub(crate) may_create_projects: bool,
    pub(crate) may_write_in_root_folder: bool,
    pub(crate) may_create_published_projects: bool,
}

impl Caller {
    /// Under which name things are done: a login, or the id of a key.
    pub(crate) fn name(&self) -> &str {
        self.login.as_deref().unwrap_or(&self.key_id)
    }

    /// # Errors
    ///
    /// The caller is no global administrator.
    pub(crate) fn must_be_admin(&self) -> Answer<()> {
        if self.admin {
            return Ok(());
        }
        Err(Refusal::forbidden(format!("{} is no administrator of this node", self.name())))
    }

    /// # Errors
    ///
    /// The caller may not create published projects (R-P10).
    pub(crate) fn must_create_published_projects(&self) -> Answer<()> {
        if self.admin || self.may_create_published_projects {
            return Ok(());
        }
        Err(Refusal::forbidden(format!("{} may not create published projects", self.name())))
    }
}

/// The caller of a request, by its headers.
///
/// # Errors
///
/// There is no key, the node does not know it, or it may not act as the user that the request names.
pub(crate) fn recognise(state: &NodeState, headers: &HeaderMap) -> Answer<Caller> {
    let offered = offered_keys(headers);
    if let (Some(ticket), true) = (headers.get("x-dku-apiticket"), offered.is_empty()) {
        return as_ticket(state, ticket.to_str().unwrap_or_default());
    }
    if offered.is_empty() {
        return Err(Refusal::unauthorized("Authentication required: no API key in the request"));
    }
    let key = offered
        .iter()
        .find_map(|secret| state.keys.by_secret(secret))
        .ok_or_else(|| Refusal::unauthorized("Unknown API key"))?;
    let caller = as_key(state, key)?;
    match acting_login(headers)? {
        None => Ok(caller),
        Some(_) if !caller.admin => Err(Refusal::forbidden(format!(
            "API key {} may not act as another user: it is no administrator",
            key.id
        ))),
        Some(login) => as_user(state, &key.id, &login).map_err(Refusal::forbidden),
    }
}

/// The login that a request asks to act as.
///
/// # Errors
///
/// The header is no text.
pub(crate) fn acting_login(headers: &HeaderMap) -> Answer<Option<String>> {
    match headers.get("x-dku-proxyuser") {
        None => Ok(None),
        Some(value) => match std::str::from_utf8(value.as_bytes()) {
            Ok(login) if !login.is_empty() => Ok(Some(login.to_owned())),
            _ => Err(Refusal::illegal("X-DKU-ProxyUser holds no login")),
        },
    }
}

/// What may be the key: a bearer token, or either half of basic credentials, since sources disagree
/// which (wire-facts 7.9).
fn offered_keys(headers: &HeaderMap) -> Vec<String> {
    let Some(text) = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()) else {
        return Vec::new();
    };
    let Some((scheme, rest)) = text.split_once(' ') else {
        return Vec::new();
    };
    if scheme.eq_ignore_ascii_case("bearer") {
        return vec![rest.trim().to_owned()];
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Vec::new();
    }
    let decoded = STANDARD.decode(rest.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = decoded.as_deref().and_then(|text| text.split_once(':'));
    let halves = pair.into_iter().flat_map(|(user, password)| [user, password]);
    halves.filter(|half| !half.is_empty()).map(str::to_owned).collect()
}

/// A ticket authenticates the caller that created it, as long as the key or the user is there.
fn as_ticket(state: &NodeState, ticket: &str) -> Answer<Caller> {
    let holder = state.tickets.holder(ticket);
    let holder = holder.ok_or_else(|| Refusal::unauthorized("Unknown ticket"))?;
    match &holder.login {
        Some(login) => as_user(state, &holder.key_id, login).map_err(Refusal::unauthorized),
        None => as_key(state, state.keys.get(&holder.key_id)?),
    }
}

fn as_key(state: &NodeState, key: &ApiKey) -> Answer<Caller> {
    match &key.rights {
        // R-L11: the keys of a disabled user are refused.
        KeyRights::Personal { login } => {
            as_user(state, &key.id, login).map_err(Refusal::unauthorized)
        }
        KeyRights::Global { acts_as: Some(login), .. } => {
            as_user(state, &key.id, login).map_err(Refusal::forbidden)
        }
        KeyRights::Global { admin, groups, acts_as: None } => {
            let caller = with_rights_of(state, key.id.clone(), None, groups.clone());
            Ok(Caller { admin: *admin || caller.admin, ..caller })
        }
    }
}

fn as_user(state: &NodeState, key_id: &str, login: &str) -> Result<Caller, String> {
    let Some(user) = state.users.get(login) else {
        return Err(format!("Unknown user: {login}"));
    };
    if !user.enabled {
        return Err(format!("User is disabled: {login}"));
    }
    let groups = user.groups.iter().cloned().collect();
    Ok(with_rights_of(state, key_id.to_owned(), Some(login.to_owned()), groups))
}

fn with_rights_of(
    state: &NodeState,
    key_id: String,
    login: Option<String>,
    groups: BTreeSet<String>,
) -> Caller {
    let known: Vec<_> = groups.iter().filter_map(|name| state.groups.get(name)).collect();
    Caller {
        key_id,
        login,
        admin: known.iter().any(|group| group.admin),
        may_create_projects: known.iter().any(|group| group.may_create_projects),
        may_write_in_root_folder: known.iter().any(|group| group.may_write_in_root_project_folder),
        may_create_published_projects: known
            .iter()
            .any(|group| group.may_create_published_projects),
        groups,
    }
}

#[cfg(test)]
mod tests;
