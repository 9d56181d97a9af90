use project_deployer::client::RemoteDeployer;
use project_deployer::core::{GroupName, Login};
use project_deployer::{ApiKey, ApiKeyRequest, ApiKeyRights};
use project_deployer_client::request::accounts;
use project_deployer_client::request::keys::{
    self, GlobalKey, GlobalKeyRights, ListedPersonalKey, NewGlobalKey,
};
use project_deployer_client::{AutomationNode as _, NewPersonalKey};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::json;

use super::{Face, Seen, unchanged};
use crate::failure::Failure;

type Answer<T> = Result<T, Failure>;

/// What messages call a key.
const KEY: &str = "key";

/// Which keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    /// Those of the caller.
    Own,
    /// Those that belong to no user.
    Global,
}

/// A key without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyFacts {
    id: String,
    label: String,
    description: String,
    /// Whose key it is, or whom a global key acts as.
    user: Option<Login>,
    global: bool,
    admin: bool,
    groups: Vec<GroupName>,
}

/// What a new key may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyRights {
    /// What its owner may do; none is the caller.
    Of(Option<Login>),
    /// What these groups may do.
    Groups(Vec<GroupName>),
    /// Everything.
    Admin,
}

/// A key to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewKey {
    pub(crate) label: String,
    pub(crate) description: String,
    pub(crate) rights: KeyRights,
}

/// What an edit of a key changes. The rest stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KeyChange {
    pub(crate) label: Option<String>,
    pub(crate) description: Option<String>,
    /// Other rights of a global key.
    pub(crate) rights: Option<GlobalKeyRights>,
}

/// API keys.
///
/// # Errors
///
/// The Deployer refuses the call or does not answer.
impl Face {
    pub(crate) async fn keys(&self, kind: KeyKind) -> Answer<Vec<KeyFacts>> {
        match self {
            Self::Engine(session) => {
                let caller = session.caller().await?.login;
                let all = session.api_keys().await?.into_iter().map(KeyFacts::from);
                Ok(all.filter(|key| key.is(kind, &caller)).collect())
            }
            Self::Remote(remote) => {
                let node = remote.node();
                Ok(match kind {
                    KeyKind::Own => {
                        node.call(&keys::own()).await?.into_iter().map(KeyFacts::from).collect()
                    }
                    KeyKind::Global => {
                        node.call(&keys::global()).await?.into_iter().map(KeyFacts::from).collect()
                    }
                })
            }
        }
    }

    pub(crate) async fn key(&self, id: &str, kind: KeyKind) -> Answer<KeyFacts> {
        match self {
            Self::Engine(session) => {
                let (caller, key) =
                    (session.caller().await?.login, KeyFacts::from(session.api_key(id).await?));
                if key.is(kind, &caller) { Ok(key) } else { Err(wrong_kind(id, kind)) }
            }
            Self::Remote(remote) => Ok(match kind {
                KeyKind::Own => own_key(remote, id).await?.value.into(),
                KeyKind::Global => global_key(remote, id).await?.value.into(),
            }),
        }
    }

    /// The id and the secret, which nobody can read again.
    pub(crate) async fn create_key(&self, key: NewKey) -> Answer<(String, SecretString)> {
        match self {
            Self::Engine(session) => {
                let rights = match key.rights {
                    KeyRights::Of(Some(user)) => ApiKeyRights::Personal { user },
                    KeyRights::Of(None) => {
                        ApiKeyRights::Personal { user: session.caller().await?.login }
                    }
                    KeyRights::Groups(groups) => {
                        ApiKeyRights::Global { admin: false, groups, acts_as: None }
                    }
                    KeyRights::Admin => {
                        ApiKeyRights::Global { admin: true, groups: Vec::new(), acts_as: None }
                    }
                };
                let request =
                    ApiKeyRequest::new(rights, key.label).with_description(key.description);
                let made = session.create_api_key(request).await?;
                Ok((made.key.id, made.secret))
            }
            Self::Remote(remote) => {
                let (node, NewKey { label, description, rights }) = (remote.node(), key);
                let global =
                    |rights| NewGlobalKey::new(&label, rights).with_description(&description);
                let (id, secret) = match rights {
                    KeyRights::Of(None) => {
                        let made = node.call(&keys::create_own(&label, &description)).await?;
                        (made.id, made.secret)
                    }
                    KeyRights::Of(Some(user)) => {
                        let new = NewPersonalKey::new(user, label).with_description(description);
                        let made = node.call(&accounts::create_personal_key(&new)).await?;
                        (made.id, made.secret)
                    }
                    KeyRights::Groups(groups) => {
                        let call = keys::create_global(&global(GlobalKeyRights::Groups(groups)));
                        let made = node.call(&call).await?;
                        (made.id, made.secret)
                    }
                    KeyRights::Admin => {
                        let made = node
                            .call(&keys::create_global(&global(GlobalKeyRights::Admin)))
                            .await?;
                        (made.id, made.secret)
                    }
                };
                Ok((id, SecretString::from(secret.expose())))
            }
        }
    }

    /// Its secret stays.
    pub(crate) async fn edit_key(&self, id: &str, kind: KeyKind, change: KeyChange) -> Answer<()> {
        match self {
            Self::Engine(session) => {
                let (caller, seen) = (session.caller().await?.login, session.api_key_at(id).await?);
                let now = seen.value;
                if !KeyFacts::from(now.clone()).is(kind, &caller) {
                    return Err(wrong_kind(id, kind));
                }
                let label = change.label.unwrap_or(now.label);
                let rights = with_rights(now.rights, change.rights);
                let request = ApiKeyRequest::new(rights, label)
                    .with_description(change.description.unwrap_or(now.description));
                session.expecting(seen.revision).edit_api_key(id, request).await?;
                Ok(())
            }
            Self::Remote(remote) => {
                let node = remote.node();
                if kind == KeyKind::Own {
                    let Seen { value: mut key, revision } = own_key(remote, id).await?;
                    set(&mut key.label, change.label);
                    set(&mut key.description, change.description);
                    unchanged(KEY, id, &own_key(remote, id).await?, &revision)?;
                    return Ok(node.call(&keys::save_own(id, &key)).await?);
                }
                let Seen { value: mut key, revision } = global_key(remote, id).await?;
                set(&mut key.label, change.label);
                set(&mut key.description, change.description);
                if let Some(rights) = change.rights {
                    key.set_rights(rights);
                }
                unchanged(KEY, id, &global_key(remote, id).await?, &revision)?;
                Ok(node.call(&keys::save_global(id, &key)).await?)
            }
        }
    }

    pub(crate) async fn delete_key(&self, id: &str, kind: KeyKind) -> Answer<()> {
        match self {
            Self::Engine(session) => {
                self.key(id, kind).await?;
                Ok(session.delete_api_key(id).await?)
            }
            Self::Remote(remote) => {
                let call = match kind {
                    KeyKind::Own => {
                        own_key(remote, id).await?;
                        keys::delete_own(id)
                    }
                    KeyKind::Global => keys::delete_global(id),
                };
                Ok(remote.node().call(&call).await?)
            }
        }
    }
}

/// A key of the caller. A Deployer gives an administrator those of everybody by the same call.
async fn own_key(remote: &RemoteDeployer, id: &str) -> Answer<Seen<ListedPersonalKey>> {
    let key = remote.node().call(&keys::own_one(id)).await?;
    if let Some(user) = &key.user {
        let caller = remote.node().auth_info().await?.auth_identifier;
        if user.as_str() != caller {
            return Err(wrong_kind(id, KeyKind::Own));
        }
    }
    let document = serde_json::to_value(KeyFacts::from(key.clone()))?;
    Ok(Seen::digested(key, &document))
}

/// A global key. Of its other fields only rights count: a Deployer may keep there when it was used last.
async fn global_key(remote: &RemoteDeployer, id: &str) -> Answer<Seen<GlobalKey>> {
    let key = remote.node().call(&keys::global_one(id)).await?;
    let rights = serde_json::to_value(&key.global_permissions)?;
    let facts = serde_json::to_value(KeyFacts::from(key.clone()))?;
    let document = json!([facts, rights, key.extra.get("projects")]);
    Ok(Seen::digested(key, &document))
}

fn set(field: &mut String, changed: Option<String>) {
    if let Some(changed) = changed {
        *field = changed;
    }
}

/// The rights of a key with those of a change. Whom a global key acts as stays.
fn with_rights(now: ApiKeyRights, change: Option<GlobalKeyRights>) -> ApiKeyRights {
    match (now, change) {
        (ApiKeyRights::Global { acts_as, .. }, Some(GlobalKeyRights::Admin)) => {
            ApiKeyRights::Global { admin: true, groups: Vec::new(), acts_as }
        }
        (ApiKeyRights::Global { acts_as, .. }, Some(GlobalKeyRights::Groups(groups))) => {
            ApiKeyRights::Global { admin: false, groups, acts_as }
        }
        (now, _) => now,
    }
}

fn wrong_kind(id: &str, kind: KeyKind) -> Failure {
    Failure::failed(match kind {
        KeyKind::Own => {
            format!("key `{id}` is not one of yours; if it belongs to no user, pass --global")
        }
        KeyKind::Global => format!("key `{id}` belongs to a user; leave --global out"),
    })
}

impl KeyFacts {
    fn is(&self, kind: KeyKind, caller: &Login) -> bool {
        match kind {
            KeyKind::Own => !self.global && self.user.as_ref() == Some(caller),
            KeyKind::Global => self.global,
        }
    }
}

impl From<ApiKey> for KeyFacts {
    fn from(key: ApiKey) -> Self {
        let (user, global, admin, groups) = match key.rights {
            ApiKeyRights::Global { admin, groups, acts_as } => (acts_as, true, admin, groups),
            ApiKeyRights::Personal { user } => (Some(user), false, false, Vec::new()),
            _ => (None, false, false, Vec::new()),
        };
        let (id, label, description) = (key.id, key.label, key.description);
        Self { id, label, description, user, global, admin, groups }
    }
}

impl From<GlobalKey> for KeyFacts {
    fn from(key: GlobalKey) -> Self {
        Self {
            admin: key.is_admin(),
            id: key.id,
            label: key.label,
            description: key.description,
            user: key.dss_user_for_impersonation,
            global: true,
            groups: key.groups,
        }
    }
}

impl From<ListedPersonalKey> for KeyFacts {
    fn from(key: ListedPersonalKey) -> Self {
        Self {
            id: key.id,
            label: key.label,
            description: key.description,
            user: key.user,
            global: false,
            admin: false,
            groups: Vec::new(),
        }
    }
}
