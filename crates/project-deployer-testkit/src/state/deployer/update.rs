use serde_json::{Value, json};

use super::{DeployerState, Deployment, Right};
use crate::answer::{Answer, Message, Refusal, report};
use crate::caller::Caller;
use crate::seed::Outcome;

/// An update of a deployment that has ended (wire-facts 2.11). What the product calls its type and
/// its status is unknown (8.2, item 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Update {
    pub(crate) start: i64,
    end: i64,
    pub(crate) requester: String,
    pub(crate) outcome: Outcome,
    pub(crate) lines: Vec<String>,
}

impl Update {
    fn summary(&self) -> Value {
        json!({"startTimestamp": self.start, "type": "UPDATE", "status": self.outcome.as_str()})
    }

    fn detail(&self) -> Value {
        json!({
            "startTimestamp": self.start,
            "endTimestamp": self.end,
            "requester": self.requester,
            "type": "UPDATE",
            "status": self.outcome.as_str(),
            "logs": {"lines": self.lines},
        })
    }

    /// What its future has at its end: messages, or the error of a task that failed.
    fn result(&self, id: &str) -> Answer<Value> {
        let text = || format!("Update of {id} ended with {}", self.outcome.as_str());
        match self.outcome {
            Outcome::Success => Ok(report(&[])),
            Outcome::Warning => {
                Ok(report(&[Message::warning("WARN_UPDATE", "Update with warnings", text())]))
            }
            Outcome::Failed | Outcome::Aborted => Err(Refusal::internal(text())),
        }
    }
}

impl Deployment {
    /// Carries an update out: settings reach the node when it goes well. Returns the result.
    fn update(
        &mut self,
        requester: &str,
        (start, end): (i64, i64),
        has_a_node: bool,
    ) -> Answer<Value> {
        let outcome = if has_a_node { self.update_outcome } else { Outcome::Failed };
        let mut lines = vec![format!("Update requested by {requester}")];
        if !has_a_node {
            lines.push("The infrastructure has no node".to_owned());
        }
        if matches!(outcome, Outcome::Success | Outcome::Warning) {
            lines.push(format!("Activated bundle {}", self.bundle_id()));
            self.sent = Some(self.settings.clone());
        }
        let requester = requester.to_owned();
        let update = Update { start, end, requester, outcome, lines };
        let result = update.result(self.id());
        self.updates.push(update);
        result
    }
}

impl DeployerState {
    /// Applies the settings of a deployment (row 27): the result of its future. It has its effect when
    /// it starts, as all tasks of the mock do.
    ///
    /// # Errors
    ///
    /// The caller may not deploy, or the bundle must not be deployed: no update is started then.
    pub(crate) fn update(
        &mut self,
        caller: &Caller,
        id: &str,
        times: (i64, i64),
    ) -> Answer<Answer<Value>> {
        let deployment = self.deployment(caller, id, Right::Deploy)?;
        if let Some(text) = self.superseded_by(caller, &deployment.settings) {
            return Err(Refusal::illegal(format!("Deployment {id} is {text}")));
        }
        let infra = self.infra(caller, deployment.infra_id(), Right::Deploy)?;
        let has_a_node = infra.has_a_node();
        self.must_be_approved(infra, deployment.project_key(), deployment.bundle_id(), true)?;
        let deployment = self.deployment_mut(caller, id)?;
        Ok(deployment.update(caller.name(), times, has_a_node))
    }

    /// The updates, newest first.
    pub(crate) fn updates_json(&self, caller: &Caller, id: &str) -> Answer<Value> {
        let deployment = self.deployment(caller, id, Right::Read)?;
        Ok(deployment.updates.iter().rev().map(Update::summary).collect())
    }

    /// The update that started then.
    pub(crate) fn update_json(&self, caller: &Caller, id: &str, start: &str) -> Answer<Value> {
        let deployment = self.deployment(caller, id, Right::Read)?;
        let found = deployment.updates.iter().find(|update| update.start.to_string() == start);
        found.map(Update::detail).ok_or_else(|| Refusal::not_found("Update", start))
    }

    pub(crate) fn last_update_json(&self, caller: &Caller, id: &str) -> Answer<Value> {
        let last = self.deployment(caller, id, Right::Read)?.updates.last();
        last.map(Update::detail).ok_or_else(|| Refusal::not_found("Update of deployment", id))
    }
}
