use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::document::Document;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::problem::ProblemCode;
use project_deployer_core::stage::StageCatalogue;
use project_deployer_core::{ApiKeySecret, FleetId, InfraId, NodeAddress, NodeId, Problems};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::template::misspelt;

/// What stands for the id of the node in [`FleetSettings::infra_id`].
const NODE: &str = "{node}";

/// How often a fleet is read at most, in seconds.
const SHORTEST: u64 = 30;

/// How seldom a fleet is read at most, in seconds: a week.
const LONGEST: u64 = 7 * 24 * 3600;

/// The fields of an infrastructure that a fleet sets by itself, and hooks, which have secrets of their own.
pub(super) const NOT_IN_TEMPLATE: [&str; 10] = [
    "id",
    "type",
    "nodeId",
    "automationNodeUrl",
    "automationNodeExternalUrl",
    "adminApiKey",
    "trustAllSSLCertificates",
    "autoconfigureFromNodesDirectory",
    "automationNodes",
    "hooks",
];

/// A fleet: where its nodes come from, and what their infrastructures begin with.
///
/// It serializes without its secrets: a placeholder stands for each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct FleetSettings {
    /// The id, which never changes.
    pub id: FleetId,
    /// Where the nodes come from.
    pub source: FleetOrigin,
    /// The id of the infrastructure of a node; `{node}` stands for the id of the node.
    #[serde(default = "node_alone")]
    pub infra_id: String,
    /// What a new infrastructure begins with, by the names of the product's settings: `stage` is required, and `permissions`,
    /// `remapping`, `deployAsUser` and others may follow. Later changes of it do not change infrastructures that exist.
    pub new_infras: Map<String, Value>,
    /// Whether calls to the nodes accept any certificate. The fleet manages this of its infrastructures.
    #[serde(default)]
    pub trust_node_certificates: bool,
    /// Whether nodes are registered as well whose network the Fleet Manager does not register with a Deployer.
    #[serde(default)]
    pub register_all: bool,
    /// Nodes that are not registered.
    #[serde(default)]
    pub ignored_nodes: BTreeSet<NodeId>,
    /// The largest share of registered nodes that may be missing from an answer without a confirmation, in percent.
    #[serde(default = "usual_share")]
    pub most_missing_percent: u8,
    /// How often the fleet is synchronized in the background, in seconds.
    #[serde(default = "usual_interval")]
    pub interval_seconds: u64,
    /// Whether it is synchronized in the background. By hand it always can be.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// Where the nodes of a fleet come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum FleetOrigin {
    /// A Fleet Manager of Cloud Stacks.
    FleetManager {
        /// Its address.
        url: NodeAddress,
        /// The tenant.
        #[serde(default = "main_tenant")]
        tenant: String,
        /// The id of its key.
        key_id: String,
        /// The secret of its key.
        #[serde(default, with = "withheld", skip_serializing_if = "Option::is_none")]
        key_secret: Option<ApiKeySecret>,
        /// Accept any certificate of the Fleet Manager.
        #[serde(default)]
        trust_all_certificates: bool,
        /// Whether the admin keys of the nodes are read from it as well. Without them they are set by hand.
        #[serde(default = "yes")]
        read_admin_keys: bool,
    },
    /// The Launchpad of a space of Dataiku Cloud. It reports no addresses and no keys: set these by hand, once.
    Launchpad {
        /// Its address; none is the one of Dataiku Cloud.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<NodeAddress>,
        /// The space.
        space: String,
        /// The id of its key.
        key_id: String,
        /// The secret of its key.
        #[serde(default, with = "withheld", skip_serializing_if = "Option::is_none")]
        key_secret: Option<ApiKeySecret>,
    },
    /// A list of nodes, such as one that another program writes into a file.
    List {
        /// The nodes.
        nodes: Vec<ListedNode>,
    },
}

/// A node of a [list](FleetOrigin::List).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ListedNode {
    /// The id that the node reports.
    pub node_id: NodeId,
    /// Its address. Without one it is set by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<NodeAddress>,
    /// Its admin key. Without one it is set by hand.
    #[serde(default, with = "withheld", skip_serializing_if = "Option::is_none")]
    pub admin_key: Option<ApiKeySecret>,
}

fn node_alone() -> String {
    NODE.to_owned()
}

fn main_tenant() -> String {
    "main".to_owned()
}

fn usual_share() -> u8 {
    20
}

fn usual_interval() -> u64 {
    300
}

fn yes() -> bool {
    true
}

/// A secret in a document: the placeholder stands for one that is withheld, and is read as none.
mod withheld {
    use super::{ApiKeySecret, Deserialize as _, Deserializer, Serialize as _, Serializer, Value};

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(
        secret: &Option<ApiKeySecret>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        secret.as_ref().map(|_| ApiKeySecret::PLACEHOLDER).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<ApiKeySecret>, D::Error> {
        // Errors of serde show the value.
        match Option::<Value>::deserialize(deserializer)? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text == ApiKeySecret::PLACEHOLDER => Ok(None),
            Some(Value::String(text)) => {
                ApiKeySecret::new(text).map(Some).map_err(serde::de::Error::custom)
            }
            Some(_) => Err(serde::de::Error::custom("the secret is no text; write it in quotes")),
        }
    }
}

impl ListedNode {
    /// A node without address and key.
    #[must_use]
    pub fn new(node_id: NodeId) -> Self {
        Self { node_id, url: None, admin_key: None }
    }
}

project_deployer_core::setters!(ListedNode {
    with_url(url: Option<NodeAddress>),
    with_admin_key(admin_key: Option<ApiKeySecret>),
});

impl FleetSettings {
    /// A fleet whose infrastructures begin on a stage, and that is synchronized every five minutes.
    #[must_use]
    pub fn new(id: FleetId, source: FleetOrigin, stage: &str) -> Self {
        Self {
            id,
            source,
            infra_id: node_alone(),
            new_infras: Map::from_iter([("stage".to_owned(), Value::from(stage))]),
            trust_node_certificates: false,
            register_all: false,
            ignored_nodes: BTreeSet::new(),
            most_missing_percent: usual_share(),
            interval_seconds: usual_interval(),
            enabled: true,
        }
    }

    /// Every rule that these settings break.
    pub(crate) fn problems(&self) -> Problems {
        let mut problems = Problems::none();
        let mut note = |path: &str, what: &str, hint: &str| {
            problems.note(path, ProblemCode::Invalid, what, hint);
        };
        if !self.infra_id.contains(NODE) {
            let what = "the id would be the same for every node";
            note("infraId", what, "write `{node}` where the id of the node belongs");
        } else if let Err(error) = InfraId::parse(self.infra_id.replace(NODE, "x")) {
            note("infraId", &error.to_string(), "write another id");
        }
        if !(SHORTEST..=LONGEST).contains(&self.interval_seconds) {
            let hint = "write a number from 30 to 604800";
            note("intervalSeconds", "the interval is too short or too long", hint);
        }
        if self.most_missing_percent > 100 {
            note("mostMissingPercent", "a share has 100 percent at most", "write 0 to 100");
        }
        if let FleetOrigin::List { nodes } = &self.source {
            let mut seen = BTreeSet::new();
            if let Some(twice) = nodes.iter().find(|node| !seen.insert(&node.node_id)) {
                let what = format!("node `{}` is listed twice", twice.node_id);
                note("source.nodes", &what, "list it once");
            }
        }
        for field in NOT_IN_TEMPLATE.iter().filter(|field| self.new_infras.contains_key(**field)) {
            let what = "infrastructures of a fleet do not begin with this field";
            note(&format!("newInfras.{field}"), what, "remove it, and set it by hand if need be");
        }
        if let Err(found) = self.new_infra(InfraId::parse("x").ok()) {
            for problem in found.iter() {
                let path = format!("newInfras.{}", problem.path);
                problems.note(path, problem.code, problem.what.clone(), problem.hint.clone());
            }
        }
        problems
    }

    /// Every rule that these settings break on a Deployer with these stages, where those of the fleet are now `current`.
    pub(crate) fn problems_on(&self, stages: &StageCatalogue, current: Option<&Self>) -> Problems {
        let mut problems = self.problems();
        let none = Map::new();
        let current = current.map_or(&none, |current| &current.new_infras);
        problems.extend(misspelt(&self.new_infras, current));
        if problems.is_empty()
            && let Ok(new) = self.new_infra(InfraId::parse("x").ok())
            && let Err(found) = new.validate(stages)
        {
            problems.extend(found);
        }
        problems
    }

    /// The settings that the infrastructure of a new node begins with, without its node.
    pub(crate) fn new_infra(&self, id: Option<InfraId>) -> Result<InfraSettings, Problems> {
        let mut fields = self.new_infras.clone();
        for field in NOT_IN_TEMPLATE {
            fields.remove(field);
        }
        if let Some(id) = id {
            fields.insert("id".to_owned(), Value::from(id.as_str()));
        }
        InfraSettings::from_document(Value::Object(fields))
    }

    /// The id of the infrastructure of a node, or why there is none.
    pub(crate) fn infra_id_of(&self, node: &NodeId) -> Result<InfraId, String> {
        let id = self.infra_id.replace(NODE, node.as_str());
        InfraId::parse(id).map_err(|error| error.to_string())
    }

    /// These settings without their secrets.
    pub(crate) fn without_secrets(mut self) -> Self {
        match &mut self.source {
            FleetOrigin::FleetManager { key_secret, .. }
            | FleetOrigin::Launchpad { key_secret, .. } => {
                *key_secret = None;
            }
            FleetOrigin::List { nodes } => nodes.iter_mut().for_each(|node| node.admin_key = None),
        }
        self
    }

    /// These settings, in which an absent secret keeps its value from `current`: only where the service has the same
    /// address, so that whoever edits a fleet cannot send its key elsewhere.
    pub(crate) fn keeping_secrets_of(mut self, current: &Self) -> Self {
        if self.source.place() == current.source.place() {
            let known = current.source.secrets();
            self.source.restore(&known);
        }
        self
    }
}

/// Reads settings from a document. The problems name fields, and no secret.
impl Document for FleetSettings {
    fn from_document(document: Value) -> Result<Self, Problems> {
        serde_path_to_error::deserialize(document).map_err(|error| {
            let mut problems = Problems::none();
            let path = match error.path().to_string() {
                whole if whole == "." => String::new(),
                path => path,
            };
            let what = error.inner().to_string();
            let hint = "write the field as docs/fleets.md shows it";
            problems.note(path, ProblemCode::Invalid, what, hint);
            problems
        })
    }
}

impl FleetOrigin {
    pub(crate) const KEY: &str = "keySecret";

    /// The tenant of a Fleet Manager that names none.
    pub(crate) fn main_tenant() -> String {
        main_tenant()
    }

    /// The word for it in a document.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::FleetManager { .. } => "fleet-manager",
            Self::Launchpad { .. } => "launchpad",
            Self::List { .. } => "list",
        }
    }

    /// Whether the service asks for a secret, and there is none.
    pub(crate) fn needs_a_secret(&self) -> bool {
        match self {
            Self::FleetManager { key_secret, .. } | Self::Launchpad { key_secret, .. } => {
                key_secret.is_none()
            }
            Self::List { .. } => false,
        }
    }

    /// What the secrets are sent to.
    fn place(&self) -> Option<(&'static str, Option<&NodeAddress>, bool)> {
        match self {
            Self::FleetManager { url, trust_all_certificates, .. } => {
                Some(("fleet-manager", Some(url), *trust_all_certificates))
            }
            Self::Launchpad { url, .. } => Some(("launchpad", url.as_ref(), false)),
            Self::List { .. } => None,
        }
    }

    /// The secrets by their names.
    pub(crate) fn secrets(&self) -> BTreeMap<String, ApiKeySecret> {
        match self {
            Self::FleetManager { key_secret, .. } | Self::Launchpad { key_secret, .. } => {
                key_secret.iter().map(|key| (Self::KEY.to_owned(), key.clone())).collect()
            }
            Self::List { nodes } => {
                let keys = nodes
                    .iter()
                    .filter_map(|node| Some((node.secret_name(), node.admin_key.clone()?)));
                keys.collect()
            }
        }
    }

    /// Puts secrets back where there are none.
    pub(crate) fn restore(&mut self, known: &BTreeMap<String, ApiKeySecret>) {
        match self {
            Self::FleetManager { key_secret, .. } | Self::Launchpad { key_secret, .. } => {
                *key_secret = key_secret.take().or_else(|| known.get(Self::KEY).cloned());
            }
            Self::List { nodes } => {
                for node in nodes {
                    let found = known.get(&node.secret_name()).cloned();
                    node.admin_key = node.admin_key.take().or(found);
                }
            }
        }
    }

    /// The same secrets in the type of the store.
    pub(crate) fn sealed(&self) -> project_deployer_store::Secrets {
        let secrets = self.secrets().into_iter();
        secrets.map(|(name, secret)| (name, secret.to_secret_string())).collect()
    }

    /// Puts secrets of the store back.
    pub(crate) fn unsealed(
        &mut self,
        secrets: &project_deployer_store::Secrets,
    ) -> Result<(), project_deployer_core::ApiKeySecretError> {
        let known = secrets.iter().map(|(name, secret)| {
            ApiKeySecret::new(secret.expose_secret()).map(|secret| (name.clone(), secret))
        });
        self.restore(&known.collect::<Result<_, _>>()?);
        Ok(())
    }
}

impl ListedNode {
    /// With the address: a key does not stay where the node has moved to another one.
    fn secret_name(&self) -> String {
        let url = self.url.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("node {} {url}", self.node_id)
    }
}
