use serde_json::{Map, Value};

use crate::seed::Outcome;
use crate::state::deployer::{Deployment, Update};

/// The state of a deployment on a [`MockDeployer`](super::MockDeployer).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MockDeployment {
    /// Its settings.
    pub settings: Value,
    /// Who created it: a login, or the id of a key.
    pub created_by: String,
    /// The settings that the last update that went well has applied.
    pub applied: Option<Value>,
    /// Its updates in order.
    pub updates: Vec<MockUpdate>,
}

/// An update of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MockUpdate {
    /// When it started, in milliseconds.
    pub start: i64,
    /// Who asked for it.
    pub requester: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Its log.
    pub log: Vec<String>,
}

impl MockDeployment {
    pub(super) fn of(deployment: &Deployment) -> Self {
        let document = |document: &Map<String, Value>| Value::Object(document.clone());
        Self {
            settings: document(&deployment.settings),
            created_by: deployment.created_by.clone(),
            applied: deployment.sent.as_ref().map(document),
            updates: deployment.updates.iter().map(MockUpdate::of).collect(),
        }
    }
}

impl MockUpdate {
    fn of(update: &Update) -> Self {
        Self {
            start: update.start,
            requester: update.requester.clone(),
            outcome: update.outcome,
            log: update.lines.clone(),
        }
    }
}
