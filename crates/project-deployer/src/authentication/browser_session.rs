//! Sessions of browsers. They are in the store, so every process of a Deployer knows them.

use std::time::Duration;

use project_deployer_client::DeployerError;
use project_deployer_core::{Login, Timestamp};
use project_deployer_store::{Commit, Expected, Listing};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::secret::{digits, random_digits};
use super::{Authentication, Principal, enabled, password};
use crate::audit::{Action, Asked, Change};
use crate::deployer::Deployer;
use crate::session::Who;
use crate::state::{
    ApiKeyRecord, BrowserSessionRecord, OpenedBy, PasswordRecord, Record as _, RecordCommit as _,
    read, unavailable,
};

/// How old the record of the last use may be, in milliseconds, so that not every request writes.
const SEEN_WITHIN: u64 = 60_000;

/// How many other sessions a new one looks at, to remove those that have ended.
const SWEPT: usize = 20;

/// How long sessions of browsers last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionLimits {
    /// Without any request.
    pub idle: Duration,
    /// At most.
    pub absolute: Duration,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self { idle: Duration::from_secs(3600), absolute: Duration::from_secs(12 * 3600) }
    }
}

project_deployer_core::setters!(SessionLimits {
    with_idle(idle: Duration),
    with_absolute(absolute: Duration),
});

/// A session that was just opened.
#[derive(Debug)]
#[non_exhaustive]
pub struct NewBrowserSession {
    /// The text that authenticates. Nobody can read it again.
    pub token: SecretString,
    /// The user.
    pub login: Login,
    /// When it ends at the latest.
    pub ends: Timestamp,
}

impl Deployer {
    /// Opens a session for a user with a password.
    ///
    /// # Errors
    ///
    /// [`DeployerError::PasswordWrong`], whether there is no such user, the user is disabled, has no password, or
    /// another one: the answer does not say which, and takes as long in each case.
    pub async fn sign_in(
        &self,
        login: &Login,
        password: SecretString,
        limits: SessionLimits,
    ) -> Result<NewBrowserSession, DeployerError> {
        let found = self.inner.repository.find::<PasswordRecord>(login).await?;
        let found = found.map(|found| found.value);
        let hash = found.as_ref().and_then(|found| found.hash.clone());
        let is_right = password::is_password(password, hash).await?;
        let Some(found) = found.filter(|_| is_right) else {
            return Err(DeployerError::PasswordWrong);
        };
        let model = self.snapshot().await?;
        enabled(&model, login).map_err(|error| match error {
            DeployerError::LoginUnknown(_) | DeployerError::LoginDisabled(_) => {
                DeployerError::PasswordWrong
            }
            other => other,
        })?;
        let opened_by = OpenedBy::Password { generation: found.generation };
        self.open_session(login.clone(), opened_by, limits).await
    }

    /// Opens a session for the user of a personal API key. It ends with the key.
    ///
    /// # Errors
    ///
    /// The key is unknown, its user may not log in, or it is no key of a user.
    pub async fn sign_in_with_key(
        &self,
        key: &SecretString,
        limits: SessionLimits,
    ) -> Result<NewBrowserSession, DeployerError> {
        let principal = self.authenticate(key.expose_secret()).await?;
        match (principal.who, principal.authentication) {
            (Who::User(login), Authentication::ApiKey { id }) => {
                self.open_session(login, OpenedBy::ApiKey { id }, limits).await
            }
            _ => Err(DeployerError::not_possible(
                "a global API key is no user, so it opens no session",
                "sign in with a personal API key or a password",
            )),
        }
    }

    /// The principal of a session.
    ///
    /// # Errors
    ///
    /// [`DeployerError::SessionEnded`] if there is no such session, or its time is over, or the password or key that
    /// opened it is another one now; or the user may not log in any more.
    pub async fn resume_session(
        &self,
        token: &SecretString,
        limits: SessionLimits,
    ) -> Result<Principal, DeployerError> {
        let repository = &self.inner.repository;
        let digest = digest_of(token);
        let found = repository.find::<BrowserSessionRecord>(&digest).await?;
        let found = found.ok_or(DeployerError::SessionEnded)?;
        let (session, now) = (&found.value, self.now());
        if session.has_ended(now, limits) || !self.is_still_valid(session).await? {
            return Err(DeployerError::SessionEnded);
        }
        let model = self.snapshot().await?;
        let login = enabled(&model, &session.login)?.login.clone();
        if now.millis_since(session.seen) > SEEN_WITHIN {
            let seen = BrowserSessionRecord { seen: now, ..session.clone() };
            match repository.commit_unaudited(Commit::new().replace(&found, &seen)?).await {
                // Another request did the same.
                Ok(()) | Err(DeployerError::ChangedMeanwhile(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Principal::authenticated(Who::User(login), Authentication::Session))
    }

    /// Ends a session. One that has ended already is no error.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn end_session(&self, token: &SecretString) -> Result<(), DeployerError> {
        let key = BrowserSessionRecord::KIND.key(digest_of(token));
        self.inner.repository.commit_unaudited(Commit::new().delete(key, Expected::Any)).await
    }

    async fn open_session(
        &self,
        login: Login,
        opened_by: OpenedBy,
        limits: SessionLimits,
    ) -> Result<NewBrowserSession, DeployerError> {
        let token: SecretString = random_digits::<32>()?.into();
        let now = self.now();
        let digest = digest_of(&token);
        let session = BrowserSessionRecord {
            digest: digest.clone(),
            login: login.clone(),
            opened_by,
            opened: now,
            seen: now,
        };
        let who = Principal::authenticated(Who::User(login.clone()), Authentication::Session);
        // Its digest is nobody's business.
        let change = Change::of(Action::Create, BrowserSessionRecord::NOUN, &login);
        let commit = Commit::new().create(&session)?;
        self.commit_change(Asked::of(&who), commit, change).await?;
        self.sweep_sessions(digest, limits).await;
        let ends = now.as_millis().saturating_add(millis(limits.absolute));
        Ok(NewBrowserSession { token, login, ends: Timestamp::from_millis(ends) })
    }

    /// Whether the password or key that opened a session is still the same.
    async fn is_still_valid(&self, session: &BrowserSessionRecord) -> Result<bool, DeployerError> {
        let repository = &self.inner.repository;
        Ok(match &session.opened_by {
            OpenedBy::Password { generation } => {
                let found = repository.find::<PasswordRecord>(&session.login).await?;
                found.is_some_and(|found| found.value.generation == *generation)
            }
            OpenedBy::ApiKey { id } => {
                let found = repository.find::<ApiKeyRecord>(id).await?;
                found.is_some_and(|found| found.value.rights.user() == Some(&session.login))
            }
        })
    }

    /// Removes a few sessions that have ended. Digests are random, so those after a new one are a sample: each session
    /// that is opened removes more than one on average, as long as there are any.
    async fn sweep_sessions(&self, after: String, limits: SessionLimits) {
        let store = &self.inner.repository.store;
        let listing = Listing::of(BrowserSessionRecord::KIND, SWEPT).after(after);
        let page = store.list(&listing).await.unwrap_or_default();
        let mut commit = Commit::new();
        for document in page {
            let key = BrowserSessionRecord::KIND.key(&document.id);
            let Ok(session) = read::<BrowserSessionRecord>(document) else { continue };
            if session.has_ended(self.now(), limits) {
                commit = commit.delete(key, Expected::Any);
            }
        }
        if !commit.writes.is_empty()
            && let Err(error) = store.commit(commit).await.map_err(unavailable)
        {
            tracing::warn!(%error, "sessions that have ended could not be removed");
        }
    }
}

impl BrowserSessionRecord {
    fn has_ended(&self, now: Timestamp, limits: SessionLimits) -> bool {
        let over = |since: Timestamp, limit: Duration| {
            u128::from(now.millis_since(since)) >= limit.as_millis()
        };
        over(self.opened, limits.absolute) || over(self.seen, limits.idle)
    }
}

fn digest_of(token: &SecretString) -> String {
    digits(&Sha256::digest(token.expose_secret()))
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
