//! What browsers sign in with, and their sessions.

use project_deployer_core::{Login, Timestamp};
use project_deployer_store::{Collection, Secrets};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Failure;
use crate::state::repository::{Record, Stored};
use crate::state::unreadable::typed;

/// The password of a user: a hash that is sealed besides.
#[derive(Debug, Clone)]
pub(crate) struct PasswordRecord {
    pub(crate) login: Login,
    /// In the format of PHC strings, with its parameters. None in a list.
    pub(crate) hash: Option<SecretString>,
    /// New with every password: sessions that were opened with another one have ended.
    pub(crate) generation: String,
    pub(crate) changed_on: Timestamp,
}

impl PasswordRecord {
    const HASH: &str = "hash";
}

impl Record for PasswordRecord {
    const KIND: Collection = Collection::new("password");
    const NOUN: &'static str = "password";

    fn id(&self) -> String {
        self.login.to_string()
    }

    fn write(&self) -> Result<(Value, Secrets), Failure> {
        let body = json!({
            "login": self.login,
            "generation": self.generation,
            "changedOn": self.changed_on,
        });
        let hash = self.hash.iter().map(|hash| (Self::HASH.to_owned(), hash.clone()));
        Ok((body, hash.collect()))
    }

    fn read(Stored { mut body, mut secrets }: Stored) -> Result<Self, Failure> {
        let mut take = |field| body.get_mut(field).map(Value::take).unwrap_or_default();
        Ok(Self {
            login: typed(take("login"))?,
            generation: typed(take("generation"))?,
            changed_on: typed(take("changedOn"))?,
            hash: secrets.remove(Self::HASH),
        })
    }
}

/// A session of a browser. Its token is not kept: only a digest of it, which opens nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BrowserSessionRecord {
    /// A digest of the login, so that the sessions of a user are together, and SHA-256 of the token, both in hexadecimal
    /// digits. The token is random, so nobody can guess it from this.
    #[serde(alias = "digest")]
    pub(crate) id: String,
    pub(crate) login: Login,
    pub(crate) opened_by: OpenedBy,
    pub(crate) opened: Timestamp,
    /// When it was used last, within a minute.
    pub(crate) seen: Timestamp,
}

/// What a session was opened with. It ends with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum OpenedBy {
    Password { generation: String },
    ApiKey { id: String },
}

/// The answer to a request that is sent again.
#[derive(Debug, Clone)]
pub(crate) struct IdempotencyRecord {
    pub(crate) id: String,
    /// What was asked, as a digest.
    pub(crate) fingerprint: String,
    pub(crate) at: Timestamp,
    /// None while the request runs.
    pub(crate) answer: Option<KeptAnswer>,
}

/// An answer that is kept. Its body is sealed.
#[derive(Debug, Clone)]
pub(crate) struct KeptAnswer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: SecretString,
}

impl IdempotencyRecord {
    const BODY: &str = "body";
}

impl Record for IdempotencyRecord {
    const KIND: Collection = Collection::new("idempotency-key");
    const NOUN: &'static str = "idempotency key";

    fn id(&self) -> String {
        self.id.clone()
    }

    fn write(&self) -> Result<(Value, Secrets), Failure> {
        let answer = self.answer.as_ref();
        let body = json!({
            "id": self.id,
            "fingerprint": self.fingerprint,
            "at": self.at,
            "status": answer.map(|answer| answer.status),
            "headers": answer.map(|answer| &answer.headers),
        });
        let secret = answer.map(|answer| (Self::BODY.to_owned(), answer.body.clone()));
        // An empty secret is none.
        Ok((
            body,
            secret.into_iter().filter(|(_, body)| !body.expose_secret().is_empty()).collect(),
        ))
    }

    fn read(Stored { mut body, mut secrets }: Stored) -> Result<Self, Failure> {
        let mut take = |field| body.get_mut(field).map(Value::take).unwrap_or_default();
        let status: Option<u16> = typed(take("status"))?;
        let headers: Option<Vec<(String, String)>> = typed(take("headers"))?;
        let body = secrets.remove(Self::BODY).unwrap_or_default();
        Ok(Self {
            id: typed(take("id"))?,
            fingerprint: typed(take("fingerprint"))?,
            at: typed(take("at"))?,
            answer: status.map(|status| KeptAnswer {
                status,
                headers: headers.unwrap_or_default(),
                body,
            }),
        })
    }
}
