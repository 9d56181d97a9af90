use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{DeployerState, Document, Guarded, Right, exists, in_use, must_keep, needed, text};
use crate::answer::{Answer, Refusal};
use crate::caller::Caller;
use crate::state::keys::MASK;

/// The field of a node's key.
const KEY: &str = "adminApiKey";
/// The field of the nodes of a multi-node infrastructure.
const NODES: &str = "automationNodes";

/// An infrastructure: its settings with the keys in clear (wire-facts 2.3).
#[derive(Clone, Default)]
pub(crate) struct Infra {
    pub(crate) settings: Document,
    /// The logins that a node lacks, by node.
    pub(crate) unknown_users: BTreeMap<String, BTreeSet<String>>,
    /// The logins that a node has disabled, by node.
    pub(crate) disabled_users: BTreeMap<String, BTreeSet<String>>,
}

/// Without the keys of nodes.
impl std::fmt::Debug for Infra {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Infra").field("id", &self.id()).finish_non_exhaustive()
    }
}

impl Guarded for Infra {
    fn grants(&self, caller: &Caller, right: Right) -> bool {
        right.is_granted(&self.settings, caller)
    }
}

impl Infra {
    pub(super) fn id(&self) -> &str {
        text(&self.settings, "id")
    }

    pub(super) fn stage(&self) -> &str {
        text(&self.settings, "stage")
    }

    pub(super) fn policy(&self) -> &str {
        text(&self.settings, "governCheckPolicy")
    }

    /// The ids of the nodes of a multi-node infrastructure; none for one with a single node.
    pub(super) fn nodes(&self) -> Option<Vec<&str>> {
        let is_multi = text(&self.settings, "type") == "MULTI_AUTOMATION_NODE";
        let nodes = self.settings.get(NODES).and_then(Value::as_array);
        let ids = nodes.into_iter().flatten().filter_map(|node| node.get("nodeId")?.as_str());
        is_multi.then(|| ids.collect())
    }

    /// Whether it says where its node is, or which one of the fleet it is.
    pub(super) fn has_a_node(&self) -> bool {
        match self.nodes() {
            Some(nodes) => !nodes.is_empty(),
            None => ["automationNodeUrl", "nodeId"]
                .iter()
                .any(|field| !text(&self.settings, field).is_empty()),
        }
    }

    /// The fields for every caller that sees it (wire-facts 2.4).
    pub(super) fn basic_info(&self) -> Value {
        const REPORTED: [&str; 6] = [
            "id",
            "type",
            "stage",
            "governCheckPolicy",
            "automationNodeUrl",
            "automationNodeExternalUrl",
        ];
        let reported = |field: &str| {
            let value = self.settings.get(field).cloned().unwrap_or_default();
            (field.to_owned(), value)
        };
        Value::Object(REPORTED.into_iter().map(reported).collect())
    }

    /// The settings; keys are for global administrators.
    fn settings_for(&self, caller: &Caller) -> Value {
        let mut reported = self.settings.clone();
        if !caller.admin {
            mask(&mut reported);
        }
        Value::Object(reported)
    }

    /// Settings that were sent, where a key that is masked or left out is the one that is known.
    fn with_known_keys(&self, mut sent: Document) -> Document {
        keep_key(&mut sent, self.settings.get(KEY));
        let known = self.settings.get(NODES).and_then(Value::as_array);
        let key_of = |id: Option<&Value>| {
            let node = known?.iter().find(|node| node.get("nodeId") == id)?;
            node.get(KEY).cloned()
        };
        for node in nodes_mut(&mut sent) {
            let key = key_of(node.get("nodeId"));
            keep_key(node, key.as_ref());
        }
        sent
    }
}

fn nodes_mut(settings: &mut Document) -> impl Iterator<Item = &mut Document> {
    let nodes = settings.get_mut(NODES).and_then(Value::as_array_mut);
    nodes.into_iter().flatten().filter_map(Value::as_object_mut)
}

fn mask(settings: &mut Document) {
    let hide = |document: &mut Document| {
        if let Some(key) = document.get_mut(KEY) {
            *key = json!(MASK);
        }
    };
    hide(settings);
    nodes_mut(settings).for_each(hide);
}

fn keep_key(sent: &mut Document, known: Option<&Value>) {
    let is_told = |key: &Value| key.as_str().is_some_and(|key| key != MASK);
    if let (false, Some(known)) = (sent.get(KEY).is_some_and(is_told), known) {
        sent.insert(KEY.to_owned(), known.clone());
    }
}

impl DeployerState {
    /// The infrastructures that the caller sees.
    pub(crate) fn infras_json(&self, caller: &Caller) -> Value {
        let seen = self.infras.values().filter(|infra| infra.grants(caller, Right::Read));
        seen.map(|infra| self.infra_status(caller, infra)).collect()
    }

    pub(crate) fn infra_json(&self, caller: &Caller, id: &str) -> Answer<Value> {
        self.infra(caller, id, Right::Read).map(|infra| self.infra_status(caller, infra))
    }

    fn infra_status(&self, caller: &Caller, infra: &Infra) -> Value {
        let here = self.seen(caller).filter(|found| found.infra_id() == infra.id());
        json!({
            "isAdmin": infra.grants(caller, Right::Admin),
            "canDeploy": infra.grants(caller, Right::Deploy),
            "infraBasicInfo": infra.basic_info(),
            "deployments": here.map(super::Deployment::summary).collect::<Vec<_>>(),
        })
    }

    /// Creates one without permissions, whose node is described later (row 3, R-P9).
    pub(crate) fn create_infra(&mut self, caller: &Caller, sent: &Document) -> Answer<()> {
        caller.must_be_admin()?;
        let (id, stage) = (needed(sent, "id")?, needed(sent, "stage")?);
        if self.infras.contains_key(&id) {
            return Err(exists("Infrastructure", &id));
        }
        self.must_have_stage(&stage)?;
        let policy = match text(sent, "governCheckPolicy") {
            "" => "NO_CHECK",
            known @ ("NO_CHECK" | "WARN" | "PREVENT") => known,
            other => return Err(Refusal::illegal(format!("Unknown governCheckPolicy: {other}"))),
        };
        let mut infra = Infra::default();
        for (field, value) in [
            ("id", json!(id)),
            ("type", json!("AUTOMATION_NODE")),
            ("stage", json!(stage)),
            ("governCheckPolicy", json!(policy)),
            ("autoconfigureFromNodesDirectory", json!(false)),
            ("trustAllSSLCertificates", json!(false)),
            ("permissions", json!([])),
        ] {
            infra.settings.insert(field.to_owned(), value);
        }
        self.infras.insert(id, infra);
        Ok(())
    }

    pub(crate) fn delete_infra(&mut self, caller: &Caller, id: &str) -> Answer<()> {
        self.infra(caller, id, Right::Admin)?;
        if self.deployments.values().any(|found| found.infra_id() == id) {
            return Err(in_use("Infrastructure", id));
        }
        self.infras.remove(id);
        Ok(())
    }

    pub(crate) fn infra_settings(&self, caller: &Caller, id: &str) -> Answer<Value> {
        self.infra(caller, id, Right::Admin).map(|infra| infra.settings_for(caller))
    }

    /// Replaces the settings; the id stays.
    pub(crate) fn save_infra_settings(
        &mut self,
        caller: &Caller,
        id: &str,
        sent: Map<String, Value>,
    ) -> Answer<()> {
        let infra = self.infra(caller, id, Right::Admin)?;
        must_keep(&infra.settings, &sent, "id")?;
        self.must_have_stage(&needed(&sent, "stage")?)?;
        let settings = infra.with_known_keys(sent);
        if let Some(infra) = self.infras.get_mut(id) {
            infra.settings = settings;
        }
        Ok(())
    }
}
