//! Who asks: API keys, and the principal that a request is carried out for.

mod api_key;
mod browser_session;
mod credential;
mod first_administrator;
mod password;
mod principal;
mod secret;

pub use self::api_key::{ApiKey, ApiKeyRequest, ApiKeyRights, NewApiKey};
pub use self::browser_session::{NewBrowserSession, SessionLimits};
pub(crate) use self::credential::Credential;
pub use self::first_administrator::FirstAdministrator;
pub use self::password::PasswordInfo;
pub(crate) use self::password::{HashedPassword, hash, is_password};
pub use self::principal::{Authentication, Principal};

use std::sync::Arc;

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::accounts::{Group, SourceType, User};
use project_deployer_core::rights::Caller;
use project_deployer_core::{GroupName, Login};

pub(crate) use self::secret::{KeyText, digits};
use crate::deployer::Deployer;
use crate::read_model::Snapshot;
use crate::session::{DeployerSession, RESERVED, Who};
use crate::state::{ApiKeyRecord, Record as _, StoredRights};

impl Deployer {
    /// The principal of an API key: its owner for a personal key, and otherwise the key itself or the user that it
    /// acts as. The rights of a user are read again by each operation; those of a global key are read here.
    ///
    /// # Errors
    ///
    /// [`DeployerError::KeyUnknown`] if there is no such key, and [`DeployerError::LoginUnknown`] or
    /// [`DeployerError::LoginDisabled`] if its user may not log in.
    pub async fn authenticate(&self, key: &str) -> Result<Principal, DeployerError> {
        let key = KeyText::parse(key).ok_or(DeployerError::KeyUnknown)?;
        let found = self.inner.repository.find::<ApiKeyRecord>(key.id()).await?;
        // A record is compared even where none was found: both answers take the same time.
        let digest = found.as_ref().map_or("", |found| &found.value.digest);
        if !key.matches(digest) {
            return Err(DeployerError::KeyUnknown);
        }
        let found = found.ok_or(DeployerError::KeyUnknown)?;
        let mut credentials = vec![Credential::unchanged(&found)];
        let record = found.value;
        let authentication = Authentication::ApiKey { id: record.id.clone() };
        let model = self.snapshot().await?;
        let mut key = None;
        let who = match record.rights {
            StoredRights::Personal { user } => Who::User(enabled(&model, &user)?.login.clone()),
            StoredRights::Global { acts_as: Some(login), .. } => {
                key = Some(login_of_key(&record.id)?);
                Who::User(enabled(&model, &login)?.login.clone())
            }
            StoredRights::Global { admin, groups, acts_as: None } => {
                // Its rights are read here and nowhere else.
                credentials.extend(groups.iter().map(|name| group_as_it_is(&model, name)));
                let mut caller = caller_of_key(&model, &record.id, groups)?;
                caller.global_admin |= admin;
                Who::Caller(Arc::new(caller))
            }
        };
        let principal = Principal::authenticated(who, authentication).depending_on(credentials);
        Ok(Principal { key, ..principal })
    }

    /// The principal of a user on whose behalf an administrator asks.
    ///
    /// # Errors
    ///
    /// The principal is no global administrator, or the login is unknown or disabled.
    pub async fn impersonate(
        &self,
        principal: &Principal,
        login: &Login,
    ) -> Result<Principal, DeployerError> {
        let made = self.impersonated(principal, login).await;
        if let Err(error) = &made {
            let user = ResourceRef::new(User::NOUN, login);
            self.record_refused_impersonation(principal, user, error).await;
        }
        made
    }

    async fn impersonated(
        &self,
        principal: &Principal,
        login: &Login,
    ) -> Result<Principal, DeployerError> {
        let caller = self.acting_as_principal(principal).caller().await?;
        if !caller.global_admin {
            let text = format!("`{}` may not act as another user", caller.login);
            return Err(DeployerError::Denied(text));
        }
        let model = self.snapshot().await?;
        Ok(Principal {
            who: Who::User(enabled(&model, login)?.login.clone()),
            authentication: principal.authentication.clone(),
            impersonated_by: Some(caller.login),
            key: None,
            request: principal.request.clone(),
            credentials: Arc::clone(&principal.credentials),
        })
    }

    /// A session of this principal.
    #[must_use]
    pub fn acting_as_principal(&self, principal: &Principal) -> DeployerSession {
        DeployerSession::of(self.clone(), principal.clone())
    }
}

/// A user who may log in.
pub(crate) fn enabled<'a>(model: &'a Snapshot, login: &Login) -> Result<&'a User, DeployerError> {
    let user = model.user(login)?;
    let user = user.ok_or_else(|| DeployerError::LoginUnknown(login.clone()))?;
    match user.value.enabled {
        true => Ok(&user.value),
        false => Err(DeployerError::LoginDisabled(login.clone())),
    }
}

/// A user that an object is about, who has to be enabled. It is a matter of the object, and not of the caller.
pub(crate) fn enabled_object<'a>(
    model: &'a Snapshot,
    login: &Login,
) -> Result<&'a User, DeployerError> {
    enabled(model, login).map_err(|error| match error {
        DeployerError::LoginUnknown(login) => DeployerError::not_found(User::NOUN, login),
        DeployerError::LoginDisabled(login) => {
            let what = format!("user `{login}` is disabled on this Deployer");
            DeployerError::not_possible(what, "enable the user first")
        }
        other => other,
    })
}

/// A group that gives rights to a key, or would.
fn group_as_it_is(model: &Snapshot, name: &GroupName) -> Credential {
    match model.group(name) {
        Ok(Some(found)) => Credential::unchanged(found),
        // One that cannot be read gives no right until it is written anew.
        Ok(None) | Err(_) => Credential::absent(Group::KIND.key(name)),
    }
}

/// The login of a global key.
fn login_of_key(id: &str) -> Result<Login, DeployerError> {
    Login::parse(format!("{RESERVED}{id}"))
        .map_err(|error| DeployerError::state("an API key", error))
}

/// What a global key may do: as a user in its groups.
fn caller_of_key(
    model: &Snapshot,
    id: &str,
    groups: Vec<GroupName>,
) -> Result<Caller, DeployerError> {
    let login = login_of_key(id)?;
    let user = User::new(login, SourceType::Local).in_groups(groups);
    let known = user.groups.iter().filter_map(|name| model.group(name).ok()?);
    Ok(Caller::resolve(&user, known.map(|kept| &*kept.value)))
}
