use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use project_deployer_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which record: the day by the Deployer's clock, in UTC, and the number within the day, counted from 1 without gaps.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditId {
    pub(crate) day: String,
    pub(crate) number: u64,
}

/// One record: a change, or an attempt that was refused. It holds no secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuditRecord {
    /// When, by the clock of the process.
    #[serde(with = "as_text")]
    pub time: Timestamp,
    /// The login of whoever acted: a user, `api:` and the id of a global API key, or a caller of the host. None is the
    /// Deployer itself, or somebody who is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// How the actor was authenticated: `host`, or `api-key` and the id of the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<String>,
    /// The login on whose behalf the actor acted, if it is another one. The rights were those of this login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
    /// What was done, such as `edit`.
    pub action: String,
    /// The kind of the object, such as `infrastructure`.
    pub kind: String,
    /// The id of the object.
    pub id: String,
    /// Other objects that the same commit wrote, each as its kind, `/` and its id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// What the object was. Of an object that was changed, only what differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What the object is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// The id of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The address of a client that did not authenticate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Whether it was done.
    pub outcome: AuditOutcome,
    /// The code of the error, if it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Refused attempts without a record of their own: how many there were of each code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attempts: BTreeMap<String, u64>,
    /// The process that wrote the record.
    pub process: String,
}

/// Whether something was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AuditOutcome {
    /// It was done, in the commit of the record.
    Done,
    /// It was refused, or it failed.
    Refused,
}

/// A record with its place.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AuditEntry {
    /// Which record.
    pub id: AuditId,
    /// What it says.
    pub record: AuditRecord,
    /// The bytes that were hashed: JSON of the record.
    pub text: String,
    /// Its place in the chain. None if it was not sealed when it was read, or if its place was not read.
    pub sealed: Option<AuditHead>,
}

/// A place in the chain: the number of a block and a hash. The place of the last block is the head of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuditHead {
    /// The number of the block, counted from 1.
    pub block: u64,
    /// The hash, in hexadecimal digits.
    pub hash: String,
}

impl AuditHead {
    /// The place of this number and hash.
    #[must_use]
    pub fn new(block: u64, hash: impl Into<String>) -> Self {
        Self { block, hash: hash.into() }
    }
}

impl AuditEntry {
    /// The record as one line of JSON, with its id and its place in the chain.
    #[must_use]
    pub fn to_json_line(&self) -> String {
        let text = &self.text;
        match &self.sealed {
            Some(AuditHead { block, hash }) => {
                format!(r#"{{"id":"{}","block":{block},"hash":"{hash}","record":{text}}}"#, self.id)
            }
            None => format!(r#"{{"id":"{}","record":{text}}}"#, self.id),
        }
    }
}

impl AuditRecord {
    /// When, as RFC 3339 with milliseconds.
    #[must_use]
    pub fn time_as_text(&self) -> String {
        self.time.to_rfc3339()
    }
}

impl fmt::Display for AuditId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.day, self.number)
    }
}

impl FromStr for AuditId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = text.split_once('/').and_then(|(day, number)| {
            let number = number.parse().ok()?;
            let is_day = !day.is_empty()
                && day.len() <= 20
                && day.bytes().all(|byte| byte.is_ascii_graphic());
            is_day.then(|| Self { day: day.to_owned(), number })
        });
        found.ok_or_else(|| {
            format!("`{text}` is no id of an audit record; write for example 2026-11-29/17")
        })
    }
}

impl fmt::Display for AuditHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.block, self.hash)
    }
}

impl FromStr for AuditHead {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = text.split_once(':').and_then(|(block, hash)| {
            let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_hash.then_some(Self { block: block.parse().ok()?, hash: hash.to_ascii_lowercase() })
        });
        found.ok_or_else(|| {
            "this is no head of a chain; write its block, a colon and its 64 hexadecimal digits"
                .to_owned()
        })
    }
}

impl fmt::Display for AuditOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "done",
            Self::Refused => "refused",
        })
    }
}

mod as_text {
    use project_deployer_core::Timestamp;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(
        time: &Timestamp,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        time.to_rfc3339().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        Timestamp::parse(&text).ok_or_else(|| D::Error::custom("it is no time"))
    }
}
