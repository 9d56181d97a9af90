use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::instance::MockInstance;
use super::network::MockNetwork;
use crate::answer::{Answer, Refusal};
use crate::state::futures::Futures;

/// What a Fleet Manager knows.
#[derive(Debug, Clone, Default)]
pub(crate) struct FleetState {
    pub(super) instances: BTreeMap<String, MockInstance>,
    pub(super) networks: BTreeMap<String, MockNetwork>,
    pub(super) task_polls: u32,
    pub(super) next_failure: Option<String>,
    futures: Futures,
    /// What tasks that are not over yet will have done, by the id of the task.
    effects: BTreeMap<String, Effect>,
    snapshots: BTreeMap<String, Vec<Value>>,
    created: u32,
}

/// What a task does once it ends.
#[derive(Debug, Clone)]
enum Effect {
    OnInstance { id: String, action: Action },
    NetworkIsGone(String),
}

/// The actions on an instance (wire-facts 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Start,
    Stop,
    Reprovision,
    Deprovision,
    Delete,
    /// What leaves the machine as it is.
    Other,
}

impl Action {
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "start" => Some(Self::Start),
            "stop" => Some(Self::Stop),
            "reprovision" => Some(Self::Reprovision),
            "deprovision" => Some(Self::Deprovision),
            "delete" => Some(Self::Delete),
            "restart-dss" | "replay-setup-actions" | "get-initial-password" => Some(Self::Other),
            _ => None,
        }
    }

    fn needs_a_machine(self) -> bool {
        match self {
            Self::Start | Self::Stop | Self::Other => true,
            Self::Reprovision | Self::Deprovision | Self::Delete => false,
        }
    }
}

impl FleetState {
    pub(super) fn new() -> Self {
        Self { task_polls: 1, ..Self::default() }
    }

    pub(super) fn put(&mut self, instance: MockInstance) {
        self.instances.insert(instance.id.clone(), instance);
    }

    pub(super) fn instance(&self, id: &str) -> Answer<&MockInstance> {
        self.instances.get(id).ok_or_else(|| Refusal::not_found("Instance", id))
    }

    pub(super) fn network(&self, id: &str) -> Answer<&MockNetwork> {
        self.networks.get(id).ok_or_else(|| Refusal::not_found("Virtual network", id))
    }

    /// Creates an instance without a machine.
    pub(super) fn create(&mut self, mut sent: Map<String, Value>) -> Answer<Value> {
        let label = taken(&mut sent, "label")?;
        let network = taken(&mut sent, "virtualNetworkId")?;
        for needed in ["instanceSettingsTemplateId", "imageId"] {
            if !sent.get(needed).is_some_and(Value::is_string) {
                return Err(Refusal::illegal(format!("Missing field: {needed}")));
            }
        }
        self.network(&network)?;
        let node_type = taken(&mut sent, "dssNodeType").unwrap_or_else(|_| "design".to_owned());
        self.created += 1;
        let id = format!("i-new-{}", self.created);
        let instance = MockInstance::automation(label).with_id(id).of_type(node_type);
        let instance = instance.in_network(network).not_provisioned();
        let instance = MockInstance { others: sent, ..instance };
        let reported = instance.to_json();
        self.put(instance);
        Ok(reported)
    }

    /// Replaces what is known of an instance; its id and its machine stay.
    pub(super) fn save(&mut self, id: &str, mut sent: Map<String, Value>) -> Answer<()> {
        let label = taken(&mut sent, "label")?;
        let network = taken(&mut sent, "virtualNetworkId")?;
        self.network(&network)?;
        let instance = self.instances.get_mut(id);
        let instance = instance.ok_or_else(|| Refusal::not_found("Instance", id))?;
        (instance.label, instance.network, instance.others) = (label, network, sent);
        Ok(())
    }

    pub(super) fn create_network(&mut self, sent: Map<String, Value>) -> Value {
        self.created += 1;
        let network = MockNetwork::saved(&format!("vn-new-{}", self.created), sent);
        let reported = network.to_json();
        self.networks.insert(network.id.clone(), network);
        reported
    }

    pub(super) fn save_network(&mut self, id: &str, sent: Map<String, Value>) -> Answer<()> {
        self.network(id)?;
        self.networks.insert(id.to_owned(), MockNetwork::saved(id, sent));
        Ok(())
    }

    /// Starts to delete a network, which must be empty; no source says so.
    pub(super) fn delete_network(&mut self, id: &str) -> Answer<Value> {
        self.network(id)?;
        if self.instances.values().any(|instance| instance.network == id) {
            return Err(Refusal::illegal(format!("Virtual network has instances: {id}")));
        }
        self.start(Effect::NetworkIsGone(id.to_owned()))
    }

    /// The snapshots of an instance, in order.
    pub(super) fn snapshots(&self, id: &str) -> Answer<Value> {
        self.instance(id)?;
        Ok(self.snapshots.get(id).cloned().unwrap_or_default().into())
    }

    /// Takes a snapshot. Its fields besides the id are our choice.
    pub(super) fn take_snapshot(&mut self, id: &str, reason: &str) -> Answer<Value> {
        self.instance(id)?;
        let known = self.snapshots.entry(id.to_owned()).or_default();
        let place = known.len() + 1;
        let snapshot = json!({"id": format!("{id}-snapshot-{place}"), "reasonForSnapshot": reason});
        known.push(snapshot.clone());
        Ok(snapshot)
    }

    /// Starts a task on an instance, whose effect is there when it has ended.
    pub(super) fn act(&mut self, id: &str, action: Action) -> Answer<Value> {
        let instance = self.instance(id)?;
        if action.needs_a_machine() && !instance.provisioned {
            return Err(Refusal::illegal(format!("Instance is not provisioned: {id}")));
        }
        self.start(Effect::OnInstance { id: id.to_owned(), action })
    }

    /// Starts a task with an effect, which is there when it has ended.
    fn start(&mut self, effect: Effect) -> Answer<Value> {
        let result = match self.next_failure.take() {
            Some(reason) => Err(Refusal::internal(reason)),
            None => Ok(json!({})),
        };
        let fails = result.is_err();
        let reported = self.futures.start(self.task_polls, "fleet", 0, result)?;
        match reported.get("jobId").and_then(Value::as_str) {
            Some(_) if fails => {}
            Some(task) => {
                self.effects.insert(task.to_owned(), effect);
            }
            None => self.apply(&effect),
        }
        Ok(reported)
    }

    pub(super) fn look(&mut self, task: &str, peek: bool) -> Answer<Value> {
        let reported = self.futures.look(task, peek, false)?;
        let is = |field: &str| reported.get(field) == Some(&Value::Bool(true));
        if is("hasResult")
            && let Some(effect) = self.effects.remove(task)
            && !is("aborted")
        {
            self.apply(&effect);
        }
        Ok(reported)
    }

    pub(super) fn abort(&mut self, task: &str) -> Answer<()> {
        self.futures.abort(task)
    }

    pub(super) fn forget_tasks(&mut self) {
        self.futures.forget();
        for effect in std::mem::take(&mut self.effects).into_values() {
            self.apply(&effect);
        }
    }

    fn apply(&mut self, effect: &Effect) {
        let (id, action) = match effect {
            Effect::OnInstance { id, action } => (id, action),
            Effect::NetworkIsGone(id) => {
                self.networks.remove(id);
                return;
            }
        };
        let machine = match action {
            Action::Start | Action::Reprovision => (true, true),
            Action::Stop => (true, false),
            Action::Deprovision => (false, false),
            Action::Other => return,
            Action::Delete => {
                self.instances.remove(id);
                return;
            }
        };
        if let Some(instance) = self.instances.get_mut(id) {
            (instance.provisioned, instance.up) = machine;
        }
    }
}

fn taken(sent: &mut Map<String, Value>, field: &str) -> Answer<String> {
    match sent.remove(field) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        _ => Err(Refusal::illegal(format!("Missing field: {field}"))),
    }
}
