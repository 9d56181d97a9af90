//! What must hold at every moment, and at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use project_deployer_client::Operation;
use project_deployer_core::ProjectKey;
use project_deployer_store::{Collection, Commit, JournalStream, ListedDocument, Listing, Write};
use serde_json::Value;

use super::journal::Chronicle;
use super::world::{Target, infra_of};
use crate::in_step::Shared;

/// Watches what processes write and send.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    chronicle: Chronicle,
    shared: Shared,
    /// The updates, by start, that changed the active bundle of a project on a node.
    activated: Arc<Mutex<BTreeSet<(String, String, String)>>>,
}

/// A record of an update, as the store has it.
#[derive(Debug, Clone)]
pub(super) struct Recorded {
    pub(super) deployment: String,
    pub(super) start: String,
    pub(super) status: String,
    /// The entries of its journal.
    pub(super) entries: Vec<Value>,
}

impl Watch {
    pub(super) fn new(chronicle: Chronicle, shared: Shared) -> Self {
        Self { chronicle, shared, activated: Arc::default() }
    }

    /// R5: only the holder of a project's lease changes it on nodes.
    pub(super) fn sends(
        &self,
        at: Duration,
        process: &str,
        node: &str,
        key: &ProjectKey,
        operation: Operation,
    ) {
        let lease = format!("deployed-project/{}/{key}", infra_of(node));
        let holder = self.shared.holder(&lease);
        if holder.as_deref() != Some(process) {
            let text =
                format!("{process} sends `{operation}` of {key} to {node}; {holder:?} holds it");
            self.chronicle.violation(at, text);
        }
    }

    /// R1: an update activates its bundle on a node once.
    pub(super) fn sends_activation(
        &self,
        at: Duration,
        process: &str,
        node: &str,
        key: &ProjectKey,
    ) {
        let Some(start) = self.running(node, key) else { return };
        let activated = self.activated.lock().unwrap_or_else(PoisonError::into_inner);
        if activated.contains(&(node.to_owned(), key.to_string(), start)) {
            let text = format!("{process} activates {key} on {node} a second time");
            self.chronicle.violation(at, text);
        }
    }

    /// An activation changed the active bundle.
    pub(super) fn activated(&self, node: &str, key: &ProjectKey) {
        let Some(start) = self.running(node, key) else { return };
        let mut activated = self.activated.lock().unwrap_or_else(PoisonError::into_inner);
        activated.insert((node.to_owned(), key.to_string(), start));
    }

    /// The start of the update that runs for a project on a node.
    fn running(&self, node: &str, key: &ProjectKey) -> Option<String> {
        let target = Target::of(infra_of(node), key.as_str());
        let updates = updates(&self.shared);
        let mut running = updates.iter().filter(|update| is_running(update));
        let found = running.find(|update| update["deployment"] == target.deployment);
        found.map(|update| update["start"].to_string())
    }

    /// R5: at most one update of a deployment runs.
    pub(super) fn committed(&self, at: Duration, shared: &Shared, commit: &Commit) {
        let writes_update = |write: &Write| write.expectation().0.collection.name() == "update";
        if !commit.writes.iter().any(writes_update) {
            return;
        }
        let mut running: BTreeMap<String, usize> = BTreeMap::new();
        for update in updates(shared).iter().filter(|update| is_running(update)) {
            *running.entry(update["deployment"].to_string()).or_default() += 1;
        }
        for (deployment, count) in running.into_iter().filter(|(_, count)| *count > 1) {
            self.chronicle.violation(at, format!("{count} updates of {deployment} run"));
        }
    }
}

fn is_running(update: &Value) -> bool {
    update["status"] == "RUNNING"
}

fn updates(shared: &Shared) -> Vec<Value> {
    let listing = Listing::of(Collection::new("update"), 10_000);
    let document = |found: ListedDocument| found.body["document"].clone();
    shared.list(&listing).into_iter().map(document).collect()
}

/// Every update, those of a deployment by their start.
pub(super) fn recorded(shared: &Shared) -> Vec<Recorded> {
    let read = |update: Value| {
        let task = update["task"].as_str().unwrap();
        let journal = shared.journal(&JournalStream(format!("update/{task}")));
        Recorded {
            deployment: update["deployment"].as_str().unwrap().to_owned(),
            start: update["start"].to_string(),
            status: update["status"].as_str().unwrap().to_owned(),
            entries: journal.into_iter().map(|entry| entry.body).collect(),
        }
    };
    updates(shared).into_iter().map(read).collect()
}

impl Recorded {
    fn has(&self, event: &str, step: &str) -> bool {
        self.entries.iter().any(|entry| entry["event"] == event && entry["step"] == step)
    }

    pub(super) fn succeeded(&self) -> bool {
        self.status == "SUCCESS" || self.status == "WARNING"
    }

    pub(super) fn was_resumed(&self) -> bool {
        self.entries.iter().any(|entry| entry["event"] == "resumed")
    }

    /// Whether it may have changed the active bundle.
    pub(super) fn may_have_activated(&self) -> bool {
        self.has("step-started", "activate")
    }

    pub(super) fn plan(&self) -> &Value {
        &self.entries[0]["plan"]
    }

    /// What is wrong with its record and its journal.
    pub(super) fn faults(&self) -> Vec<String> {
        let count =
            |event: &str| self.entries.iter().filter(|entry| entry["event"] == event).count();
        let mut faults = Vec::new();
        let named = format!("the update of {} at {}", self.deployment, self.start);
        if self.status == "RUNNING" {
            faults.push(format!("{named} has no end"));
        }
        if count("started") != 1 || self.entries[0]["event"] != "started" {
            faults.push(format!("{named} has no beginning, or several"));
        }
        if count("closed") != 1 || self.entries.last().unwrap()["event"] != "closed" {
            faults.push(format!("{named} was not closed once, at the end"));
        }
        if self.entries.last().unwrap()["status"].as_str() != Some(&self.status) {
            faults.push(format!("{named} has another status in its journal"));
        }
        faults
    }
}
