use std::collections::BTreeMap;

use serde_json::Value;

use super::hooks::Hooks;
use super::node::{NodeEntry, Target};
use super::policy::{GovernCheckPolicy, PermissionsPropagationPolicy};
use crate::document::{Fields, FromFields, Writer, without_keys};
use crate::identifier::{InfraId, Login, StageId};
use crate::remapping::Remapping;
use crate::rights::InfraGrant;
use crate::secret::ApiKeySecret;
use crate::unknown_fields::UnknownFields;

/// The settings of an infrastructure (wire-facts 2.3), with names of our choice where no
/// source gives one (`docs/choices.md`).
///
/// It does not serialize by itself: [`Self::to_document`] withholds the keys of the nodes, and
/// [`Self::to_document_with_keys`] is the one function that writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct InfraSettings {
    /// The id, which never changes.
    pub id: InfraId,
    /// The lifecycle stage (R-I1).
    pub stage: StageId,
    /// The policy for bundles that are not approved in Govern.
    pub govern_check_policy: GovernCheckPolicy,
    /// The node or nodes.
    pub target: Target,
    /// The rights of groups, one entry each (R-P1).
    pub permissions: Vec<InfraGrant>,
    /// Remappings that deployments created from now on start with (R-C4).
    pub remapping: Remapping,
    /// Which permissions a new project on the node gets (R-S1).
    pub permissions_propagation: PermissionsPropagationPolicy,
    /// The deploy-as user, who changes the node; none means the requester of the update (R-S7).
    pub deploy_as_user: Option<Login>,
    /// The run-as user of scenarios, set at each update (R-S8).
    pub scenarios_run_as_user: Option<Login>,
    /// The run-as user of webapps, set at each update (R-S8).
    pub webapps_run_as_user: Option<Login>,
    /// Whether an update adds the authorized objects of the bundle to those of the project (wire-facts 9.4).
    pub merge_authorized_objects: bool,
    /// The hooks before and after an update (R-H1).
    pub hooks: Hooks,
    /// All other fields, unchanged.
    pub extra: UnknownFields,
}

impl InfraSettings {
    /// A single-node infrastructure without a node description. Only global administrators have rights on
    /// it. This is what `POST /infras` creates (wire-facts 2.1, row 3).
    pub fn new(id: InfraId, stage: StageId) -> Self {
        Self {
            id,
            stage,
            govern_check_policy: GovernCheckPolicy::default(),
            target: Target::SingleNode(NodeEntry::default()),
            permissions: Vec::new(),
            remapping: Remapping::default(),
            permissions_propagation: PermissionsPropagationPolicy::default(),
            deploy_as_user: None,
            scenarios_run_as_user: None,
            webapps_run_as_user: None,
            merge_authorized_objects: false,
            hooks: Hooks::default(),
            extra: UnknownFields::default(),
        }
    }

    /// These settings with other nodes.
    pub fn with_target(mut self, target: Target) -> Self {
        self.target = target;
        self
    }

    /// The product's document with a placeholder in the place of each key. There is no other node key
    /// in it: one that was put among the unknown fields is left out.
    #[must_use]
    pub fn to_document(&self) -> Value {
        without_keys(self.write(&|_| ApiKeySecret::PLACEHOLDER))
    }

    /// The product's document with the keys of the nodes and the secrets of hooks, only for callers who may administer the
    /// infrastructure.
    #[must_use]
    pub fn to_document_with_keys(&self) -> Value {
        self.write(&ApiKeySecret::expose)
    }

    /// The keys of the nodes and the secrets of hooks, by field path, for storage in sealed slots.
    #[must_use]
    pub fn keys(&self) -> BTreeMap<String, ApiKeySecret> {
        let entries = self.target.entries().iter().enumerate();
        let key = |(index, entry): (usize, &NodeEntry)| {
            entry.admin_api_key.clone().map(|key| (self.key_path(index), key))
        };
        entries.filter_map(key).chain(self.hooks.secrets()).collect()
    }

    /// Restores keys and secrets that [`Self::keys`] returned.
    pub fn with_keys(mut self, keys: &BTreeMap<String, ApiKeySecret>) -> Self {
        let paths: Vec<String> =
            (0..self.target.entries().len()).map(|i| self.key_path(i)).collect();
        for (entry, path) in self.target.entries_mut().iter_mut().zip(paths) {
            if let Some(key) = keys.get(&path) {
                entry.admin_api_key = Some(key.clone());
            }
        }
        self.hooks.restore(keys);
        self
    }

    /// These settings, in which an absent or withheld key keeps its value from `current`.
    ///
    /// A node is recognised by its id, else by its address. Its key is kept only where protocol, host
    /// and port of its address and the trust in its certificate are unchanged: a user who may change an
    /// address must not send the key of a node to another host that way. After such a change the key is
    /// absent and has to be written again.
    ///
    /// What a PUT with a masked key does in the product is unknown (wire-facts 8.2, item 7).
    pub fn keeping_keys_of(mut self, current: &Self) -> Self {
        let known = current.target.entries();
        for entry in self.target.entries_mut().iter_mut().filter(|e| e.admin_api_key.is_none()) {
            let same_id = |old: &&NodeEntry| old.node_id.is_some() && old.node_id == entry.node_id;
            let same_address =
                |old: &&NodeEntry| old.address.is_some() && old.address == entry.address;
            let old = known.iter().find(same_id).or_else(|| known.iter().find(same_address));
            entry.admin_api_key = old
                .filter(|old| old.is_same_place(entry))
                .and_then(|old| old.admin_api_key.clone());
        }
        self.hooks.keep_secrets_of(&current.hooks);
        self
    }

    fn key_path(&self, index: usize) -> String {
        if self.target.is_multi_node() {
            format!("{MEMBERS}[{index}].{}", ApiKeySecret::FIELD)
        } else {
            ApiKeySecret::FIELD.to_owned()
        }
    }

    /// Writes the document. `shown` is the text for a key or secret.
    fn write<'a>(&'a self, shown: &dyn Fn(&'a ApiKeySecret) -> &'a str) -> Value {
        let key = |entry: &'a NodeEntry| entry.admin_api_key.as_ref().map(shown);
        let writer = Writer::default()
            .set("id", &self.id)
            .set("stage", &self.stage)
            .set("governCheckPolicy", self.govern_check_policy)
            .set("permissions", &self.permissions)
            .set("remapping", &self.remapping)
            .set("permissionsPropagationPolicy", self.permissions_propagation)
            .set_some("deployAsUser", self.deploy_as_user.as_ref())
            .set_some("scenariosRunAsUser", self.scenarios_run_as_user.as_ref())
            .set_some("webappsRunAsUser", self.webapps_run_as_user.as_ref())
            .set_some("mergeAuthorizedObjects", self.merge_authorized_objects.then_some(true));
        let writer = self.hooks.write(writer, shown);
        match &self.target {
            Target::SingleNode(entry) | Target::Fleet(entry) => entry
                .write_known(writer, key(entry))
                .set("type", "AUTOMATION_NODE")
                .set(FROM_FLEET, matches!(self.target, Target::Fleet(_))),
            Target::MultiNode(entries) => {
                let members = entries.iter().map(|entry| entry.to_member(key(entry)));
                writer
                    .set("type", "MULTI_AUTOMATION_NODE")
                    .set(MEMBERS, members.collect::<Vec<_>>())
            }
        }
        .rest(&self.extra)
    }
}

const FROM_FLEET: &str = "autoconfigureFromNodesDirectory";
const MEMBERS: &str = "automationNodes";

/// The kind of infrastructure on the wire; an absent one is a single node.
const KINDS: [(&str, bool); 2] = [("AUTOMATION_NODE", false), ("MULTI_AUTOMATION_NODE", true)];

impl FromFields for InfraSettings {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let id = fields.required("id", "an id such as `prod-eu`");
        let stage = fields.required("stage", "the name of a stage");
        let govern_check_policy =
            fields.word("governCheckPolicy", &GovernCheckPolicy::WORDS, GovernCheckPolicy::NoCheck);
        let target = read_target(fields);
        let permissions_propagation = fields.word(
            "permissionsPropagationPolicy",
            &PermissionsPropagationPolicy::WORDS,
            PermissionsPropagationPolicy::None,
        );
        let settings = Self {
            govern_check_policy,
            target,
            permissions: fields.list("permissions"),
            remapping: fields.object("remapping").unwrap_or_default(),
            permissions_propagation,
            deploy_as_user: fields.parsed("deployAsUser"),
            scenarios_run_as_user: fields.parsed("scenariosRunAsUser"),
            webapps_run_as_user: fields.parsed("webappsRunAsUser"),
            merge_authorized_objects: fields.flag("mergeAuthorizedObjects"),
            hooks: fields.object("hooks").unwrap_or_default(),
            extra: fields.rest_without_keys(),
            id: id?,
            stage: stage?,
        };
        Some(settings)
    }
}

/// Reads the node or nodes. Also removes the fields of the other kind, so that no key stays among the
/// unknown fields, which are shown (R13).
fn read_target(fields: &mut Fields<'_>) -> Target {
    if fields.word("type", &KINDS, false) {
        let hint = "write it in the entry of the node, or remove it";
        let what = "a multi-node infrastructure lists its nodes in `automationNodes`";
        fields.refuse(&NodeEntry::FIELDS, what, hint);
        let what = "a multi-node infrastructure does not take its nodes from a fleet";
        fields.refuse(&[FROM_FLEET], what, "write false or remove it");
        return Target::MultiNode(fields.list(MEMBERS));
    }
    let from_fleet = fields.flag(FROM_FLEET);
    let entry = NodeEntry::read_known(fields);
    let hint = "remove it, or write the type `MULTI_AUTOMATION_NODE`";
    fields.refuse(&[MEMBERS], "a single-node infrastructure has no list of nodes", hint);
    if from_fleet { Target::Fleet(entry) } else { Target::SingleNode(entry) }
}
