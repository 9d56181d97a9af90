//! Sessions of browsers. They are in the store, so every process of a Deployer knows them.

use std::time::Duration;

use project_deployer_client::DeployerError;
use project_deployer_core::{Login, Timestamp};
use project_deployer_store::{Commit, Expected, Listing};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::secret::{digits, random_digits};
use super::{Authentication, Credential, Principal, enabled, password};
use crate::audit::{Action, Asked, Change};
use crate::deployer::Deployer;
use crate::session::Who;
use crate::state::{
    ApiKeyRecord, BrowserSessionRecord, OpenedBy, PasswordRecord, Record as _, RecordCommit as _,
    VersionedRecord, read,
};

/// How old the record of the last use may be, in milliseconds, so that not every request writes.
const SEEN_WITHIN: u64 = 60_000;

/// How many other sessions a new one looks at, to remove those that have ended.
const SWEPT: usize = 20;

/// How often the end of a session is tried, beside requests that use it.
const ATTEMPTS: usize = 10;

/// How many digits of a token say whose it is, and how many it has.
const OWNER: usize = 16;
const TOKEN: usize = OWNER + 64;

/// How long sessions of browsers last, and how many a user has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionLimits {
    /// Without any request.
    pub idle: Duration,
    /// At most.
    pub absolute: Duration,
    /// How many sessions a user has. One more ends the one that was not used for the longest time.
    pub of_one_user: usize,
}

impl Default for SessionLimits {
    fn default() -> Self {
        let (idle, absolute) = (Duration::from_secs(3600), Duration::from_secs(12 * 3600));
        Self { idle, absolute, of_one_user: 32 }
    }
}

project_deployer_core::setters!(SessionLimits {
    with_idle(idle: Duration),
    with_absolute(absolute: Duration),
    with_of_one_user(of_one_user: usize),
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
    /// Opens a session for a user with a password. The audit names the request, if it has an id.
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
        request_id: Option<&str>,
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
        self.open_session(login.clone(), opened_by, limits, request_id).await
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
        self.sign_in_as(&self.authenticate(key.expose_secret()).await?, limits).await
    }

    /// The same for a principal that [`authenticate`](Self::authenticate) returned.
    ///
    /// # Errors
    ///
    /// It is no key of a user.
    pub async fn sign_in_as(
        &self,
        principal: &Principal,
        limits: SessionLimits,
    ) -> Result<NewBrowserSession, DeployerError> {
        match (&principal.who, &principal.authentication) {
            (Who::User(login), Authentication::ApiKey { id }) => {
                let opened_by = OpenedBy::ApiKey { id: id.clone() };
                self.open_session(login.clone(), opened_by, limits, principal.request_id()).await
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
        let found = self.session_of(token).await?.ok_or(DeployerError::SessionEnded)?;
        let (session, now) = (&found.value, self.now());
        let opened_by = self.still_valid(session).await?;
        let Some(opened_by) = opened_by.filter(|_| !session.has_ended(now, limits)) else {
            return Err(DeployerError::SessionEnded);
        };
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
        let principal = Principal::authenticated(Who::User(login), Authentication::Session);
        Ok(principal.depending_on(vec![Credential::existing(&found), opened_by]))
    }

    /// Ends a session, as its user asks. One that has ended already is no error. The audit names the request, if it has
    /// an id.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn end_session(
        &self,
        token: &SecretString,
        request_id: Option<&str>,
    ) -> Result<(), DeployerError> {
        let mut attempts = 0;
        while let Some(found) = self.session_of(token).await? {
            let login = &found.value.login;
            let change = Change::of(Action::Delete, BrowserSessionRecord::NOUN, login);
            attempts += 1;
            let asked = asked_by(login, request_id);
            match self.commit_change(asked, Commit::new().remove(&found), change).await {
                // A request used it meanwhile.
                Err(DeployerError::ChangedMeanwhile(_)) if attempts < ATTEMPTS => {}
                other => return other.map(|_| ()),
            }
        }
        Ok(())
    }

    async fn session_of(
        &self,
        token: &SecretString,
    ) -> Result<Option<VersionedRecord<BrowserSessionRecord>>, DeployerError> {
        match id_of(token.expose_secret()) {
            Some(id) => self.inner.repository.find(&id).await,
            None => Ok(None),
        }
    }

    async fn open_session(
        &self,
        login: Login,
        opened_by: OpenedBy,
        limits: SessionLimits,
        request_id: Option<&str>,
    ) -> Result<NewBrowserSession, DeployerError> {
        let token = owner_of(&login) + &random_digits::<32>()?;
        let now = self.now();
        let id = id_of(&token).ok_or(DeployerError::SessionEnded)?;
        let session = BrowserSessionRecord {
            id: id.clone(),
            login: login.clone(),
            opened_by,
            opened: now,
            seen: now,
        };
        // Its digest is nobody's business.
        let change = Change::of(Action::Create, BrowserSessionRecord::NOUN, &login);
        let commit = Commit::new().create(&session)?;
        self.commit_change(asked_by(&login, request_id), commit, change).await?;
        self.end_oldest(&login, &id, limits, request_id).await;
        self.sweep_sessions(limits).await;
        let ends = now.as_millis().saturating_add(millis(limits.absolute));
        Ok(NewBrowserSession { token: token.into(), login, ends: Timestamp::from_millis(ends) })
    }

    /// The password or key that opened a session, if it is still the same.
    async fn still_valid(
        &self,
        session: &BrowserSessionRecord,
    ) -> Result<Option<Credential>, DeployerError> {
        let repository = &self.inner.repository;
        Ok(match &session.opened_by {
            OpenedBy::Password { generation } => {
                let found = repository.find::<PasswordRecord>(&session.login).await?;
                let found = found.filter(|found| found.value.generation == *generation);
                found.map(|found| Credential::unchanged(&found))
            }
            OpenedBy::ApiKey { id } => {
                let found = repository.find::<ApiKeyRecord>(id).await?;
                let is_of = |key: &ApiKeyRecord| key.rights.user() == Some(&session.login);
                let found = found.filter(|found| is_of(&found.value));
                found.map(|found| Credential::unchanged(&found))
            }
        })
    }

    /// Ends the sessions of a user that were not used for the longest time, if there are too many. The new one stays.
    async fn end_oldest(
        &self,
        login: &Login,
        new: &str,
        limits: SessionLimits,
        request_id: Option<&str>,
    ) {
        let prefix = format!("{}/", owner_of(login));
        let found = self.inner.repository.readable_below::<BrowserSessionRecord>(&prefix).await;
        let mut others = found.unwrap_or_default();
        others.retain(|session| session.id != new);
        others.sort_by_key(|session| std::cmp::Reverse((session.seen, session.opened)));
        let mut over = Commit::new();
        for session in others.iter().skip(limits.of_one_user.saturating_sub(1)) {
            let key = BrowserSessionRecord::KIND.key(&session.id);
            if session.has_ended(self.now(), limits) {
                over = over.delete(key, Expected::Any);
                continue;
            }
            let change = Change::of(Action::Delete, BrowserSessionRecord::NOUN, login);
            let commit = Commit::new().delete(key, Expected::Any);
            if let Err(error) =
                self.commit_change(asked_by(login, request_id), commit, change).await
            {
                tracing::warn!(%error, "a session too many could not be ended");
            }
        }
        self.end_sessions(over).await;
    }

    /// Removes a few sessions that have ended. Ids are as good as random, so those after a random one are a sample: each
    /// session that is opened removes more than one on average, as long as there are any.
    async fn sweep_sessions(&self, limits: SessionLimits) {
        let Ok(after) = random_digits::<8>() else { return };
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
        self.end_sessions(commit).await;
    }

    async fn end_sessions(&self, commit: Commit) {
        if !commit.writes.is_empty()
            && let Err(error) = self.inner.repository.commit_unaudited(commit).await
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

/// The first digits of the tokens and ids of a user's sessions.
fn owner_of(login: &Login) -> String {
    let mut owner = digits(&Sha256::digest(login.as_str()));
    owner.truncate(OWNER);
    owner
}

/// The id of the session of a token. No session has another token.
fn id_of(token: &str) -> Option<String> {
    let is_token = token.len() == TOKEN && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    let owner = token.get(..OWNER).filter(|_| is_token)?;
    Some(format!("{owner}/{}", digits(&Sha256::digest(token))))
}

/// A user who signs in or out.
fn asked_by(login: &Login, request_id: Option<&str>) -> Asked {
    let who = Who::User(login.clone());
    let principal = Principal::authenticated(who, Authentication::Session);
    Asked::of(&match request_id {
        Some(id) => principal.with_request_id(id),
        None => principal,
    })
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
