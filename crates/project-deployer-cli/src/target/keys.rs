use std::fmt;

use async_trait::async_trait;
use project_deployer::client::RemoteDeployer;
use project_deployer::core::{GroupName, Login};
use project_deployer::{ApiKey, ApiKeyRequest, ApiKeyRights, DeployerSession};
use project_deployer_client::NewPersonalKey;
use project_deployer_client::request::accounts;
use project_deployer_client::request::keys::{
    self, GlobalKey, GlobalKeyRights, ListedPersonalKey, NewGlobalKey,
};
use secrecy::SecretString;
use serde::Serialize;

use crate::failure::Failure;

type Answer<T> = Result<T, Failure>;

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
#[async_trait]
pub(crate) trait Keychain: fmt::Debug + Send + Sync {
    async fn keys(&self, kind: KeyKind) -> Answer<Vec<KeyFacts>>;
    async fn key(&self, id: &str, kind: KeyKind) -> Answer<KeyFacts>;
    /// The id and the secret, which nobody can read again.
    async fn create_key(&self, key: NewKey) -> Answer<(String, SecretString)>;
    /// Its secret stays.
    async fn edit_key(&self, id: &str, kind: KeyKind, change: KeyChange) -> Answer<()>;
    async fn delete_key(&self, id: &str, kind: KeyKind) -> Answer<()>;
}

#[async_trait]
impl Keychain for DeployerSession {
    async fn keys(&self, kind: KeyKind) -> Answer<Vec<KeyFacts>> {
        let caller = self.caller().await?.login;
        let all = self.api_keys().await?.into_iter().map(KeyFacts::from);
        Ok(all.filter(|key| key.is(kind, &caller)).collect())
    }

    async fn key(&self, id: &str, kind: KeyKind) -> Answer<KeyFacts> {
        let (caller, key) = (self.caller().await?.login, KeyFacts::from(self.api_key(id).await?));
        if key.is(kind, &caller) { Ok(key) } else { Err(wrong_kind(id, kind)) }
    }

    async fn create_key(&self, key: NewKey) -> Answer<(String, SecretString)> {
        let rights = match key.rights {
            KeyRights::Of(Some(user)) => ApiKeyRights::Personal { user },
            KeyRights::Of(None) => ApiKeyRights::Personal { user: self.caller().await?.login },
            KeyRights::Groups(groups) => {
                ApiKeyRights::Global { admin: false, groups, acts_as: None }
            }
            KeyRights::Admin => {
                ApiKeyRights::Global { admin: true, groups: Vec::new(), acts_as: None }
            }
        };
        let request = ApiKeyRequest::new(rights, key.label).with_description(key.description);
        let made = self.create_api_key(request).await?;
        Ok((made.key.id, made.secret))
    }

    async fn edit_key(&self, id: &str, kind: KeyKind, change: KeyChange) -> Answer<()> {
        self.key(id, kind).await?;
        let now = self.api_key(id).await?;
        let label = change.label.unwrap_or(now.label);
        let rights = with_rights(now.rights, change.rights);
        let request = ApiKeyRequest::new(rights, label)
            .with_description(change.description.unwrap_or(now.description));
        self.edit_api_key(id, request).await?;
        Ok(())
    }

    async fn delete_key(&self, id: &str, kind: KeyKind) -> Answer<()> {
        self.key(id, kind).await?;
        Ok(self.delete_api_key(id).await?)
    }
}

#[async_trait]
impl Keychain for RemoteDeployer {
    async fn keys(&self, kind: KeyKind) -> Answer<Vec<KeyFacts>> {
        let node = self.node();
        Ok(match kind {
            KeyKind::Own => {
                node.call(&keys::own()).await?.into_iter().map(KeyFacts::from).collect()
            }
            KeyKind::Global => {
                node.call(&keys::global()).await?.into_iter().map(KeyFacts::from).collect()
            }
        })
    }

    async fn key(&self, id: &str, kind: KeyKind) -> Answer<KeyFacts> {
        Ok(match kind {
            KeyKind::Own => self.node().call(&keys::own_one(id)).await?.into(),
            KeyKind::Global => self.node().call(&keys::global_one(id)).await?.into(),
        })
    }

    async fn create_key(&self, key: NewKey) -> Answer<(String, SecretString)> {
        let (node, NewKey { label, description, rights }) = (self.node(), key);
        let global = |rights| NewGlobalKey::new(&label, rights).with_description(&description);
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
                let made = node.call(&keys::create_global(&global(GlobalKeyRights::Admin))).await?;
                (made.id, made.secret)
            }
        };
        Ok((id, SecretString::from(secret.expose())))
    }

    async fn edit_key(&self, id: &str, kind: KeyKind, change: KeyChange) -> Answer<()> {
        let node = self.node();
        if kind == KeyKind::Own {
            let mut key = node.call(&keys::own_one(id)).await?;
            set(&mut key.label, change.label);
            set(&mut key.description, change.description);
            return Ok(node.call(&keys::save_own(id, &key)).await?);
        }
        let mut key = node.call(&keys::global_one(id)).await?;
        set(&mut key.label, change.label);
        set(&mut key.description, change.description);
        if let Some(rights) = change.rights {
            key.set_rights(rights);
        }
        Ok(node.call(&keys::save_global(id, &key)).await?)
    }

    async fn delete_key(&self, id: &str, kind: KeyKind) -> Answer<()> {
        let call = match kind {
            KeyKind::Own => keys::delete_own(id),
            KeyKind::Global => keys::delete_global(id),
        };
        Ok(self.node().call(&call).await?)
    }
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
        KeyKind::Own => format!("key `{id}` is not one of yours; look for it with --global"),
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
