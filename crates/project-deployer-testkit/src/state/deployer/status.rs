use serde_json::{Map, Value, json};

use super::ownership::SUPERSEDED;
use super::{DeployerState, Deployment, Right, text};
use crate::answer::{Answer, Message, report};
use crate::caller::Caller;
use crate::seed::Outcome;

impl DeployerState {
    /// The deployments that the caller sees.
    pub(crate) fn deployments_json(&self, caller: &Caller) -> Value {
        self.seen(caller).filter_map(|found| self.light_status(found)).collect()
    }

    pub(crate) fn deployment_json(&self, caller: &Caller, id: &str) -> Answer<Value> {
        let deployment = self.deployment(caller, id, Right::Read)?;
        Ok(self.light_status(deployment).unwrap_or_default())
    }

    /// wire-facts 2.9. What a deployment refers to is there as long as it is.
    fn light_status(&self, deployment: &Deployment) -> Option<Value> {
        let project = self.projects.get(deployment.project_key())?;
        let mut status = json!({
            "deploymentBasicInfo": deployment.summary(),
            "infraBasicInfo": self.infras.get(deployment.infra_id())?.basic_info(),
            "projectBasicInfo": project.basic_info(),
            "packages": project.packages(),
            "neverEverDeployed": deployment.updates.is_empty(),
        });
        if self.superseding(&deployment.settings).is_some() {
            status["superseded"] = json!(true);
        }
        Some(status)
    }

    /// wire-facts 2.10.
    pub(crate) fn heavy_status(&self, caller: &Caller, id: &str) -> Answer<Value> {
        let deployment = self.deployment(caller, id, Right::Read)?;
        let (health, messages) = match self.superseded_by(caller, &deployment.settings) {
            Some(text) => ("OUT_OF_SYNC", vec![Message::warning(SUPERSEDED, "Superseded", text)]),
            None => deployment.health(),
        };
        Ok(json!({
            "deploymentId": id,
            "health": health,
            "healthMessages": report(&messages),
            "monitoring": self.monitoring(deployment),
        }))
    }

    /// The scenarios of the bundle that is on the node.
    fn monitoring(&self, deployment: &Deployment) -> Value {
        let nothing = Map::new();
        let sent = deployment.sent.as_ref().unwrap_or(&nothing);
        let project = self.projects.get(deployment.project_key());
        let bundle = project.and_then(|project| project.bundle(text(sent, "bundleId")).ok());
        let scenarios =
            bundle.map(|bundle| bundle.contents.scenarios.as_slice()).unwrap_or_default();
        let is_active = |id: &str| {
            let place = sent.get("scenariosToActivate").and_then(|active| active.get(id));
            place == Some(&Value::Bool(true))
        };
        let ended = |wanted: Outcome| -> Vec<&str> {
            let has_ended = |id: &&str| deployment.scenario_outcomes.get(*id) == Some(&wanted);
            let ids = scenarios.iter().map(|scenario| text(scenario, "id"));
            ids.filter(has_ended).collect()
        };
        json!({
            "hasScenarios": !scenarios.is_empty(),
            "hasActiveScenarios": scenarios.iter().any(|known| is_active(text(known, "id"))),
            "failed": ended(Outcome::Failed),
            "warning": ended(Outcome::Warning),
            "successful": ended(Outcome::Success),
            "aborted": ended(Outcome::Aborted),
            "running": [],
        })
    }

    /// The response of Unified Monitoring (wire-facts 2.14); it spells some fields in its own way. Its
    /// status fields are unknown (8.1, item 8).
    pub(crate) fn monitored_json(&self, caller: &Caller, now: i64) -> Value {
        let reported = self.seen(caller).filter_map(|deployment| {
            let sent = deployment.sent.as_ref()?;
            Some(json!({
                "deploymentId": deployment.id(),
                "infrastructureId": deployment.infra_id(),
                "stage": self.infras.get(deployment.infra_id())?.stage(),
                "snapshotTimestamp": now,
                "bundleName": text(sent, "bundleId"),
                "deployedProjectKey": text(sent, "deployedProjectKey"),
                "publishedProjectKey": deployment.project_key(),
            }))
        });
        reported.collect()
    }
}

impl Deployment {
    /// What the test has chosen, else what follows from its updates. The product's rules are unknown
    /// (wire-facts 8.3, item 1).
    fn health(&self) -> (&str, Vec<Message>) {
        if let Some((health, message)) = &self.health {
            return (health, vec![Message::warning("WARN_HEALTH", "Health", message.clone())]);
        }
        match &self.sent {
            None => ("UNKNOWN", Vec::new()),
            Some(sent) if *sent == self.settings => ("HEALTHY", Vec::new()),
            Some(_) => {
                let text = "The settings have changed since they were applied".to_owned();
                ("OUT_OF_SYNC", vec![Message::warning("WARN_OUT_OF_SYNC", "Out of sync", text)])
            }
        }
    }
}
