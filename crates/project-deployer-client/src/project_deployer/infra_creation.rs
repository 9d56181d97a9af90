use project_deployer_core::infra::{GovernCheckPolicy, InfraSettings, NodeEntry, Target};
use project_deployer_core::remapping::Remapping;
use project_deployer_core::rights::{InfraGrant, InfraRight};
use project_deployer_core::{ApiKeySecret, GroupName, InfraId, NodeAddress, StageId};

/// An infrastructure to create, with as many of its settings as are known at that time.
///
/// [`Self::new`] is all that the product's own creation takes. Everything else is saved with it: by the
/// engine in the same commit, by another Deployer in a second call (see
/// [`InfraOperations::create_infra`](super::InfraOperations::create_infra)).
///
/// ```
/// use project_deployer_client::InfraCreation;
/// use project_deployer_core::rights::InfraRight;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let prod = InfraCreation::new("prod".parse()?, "Production".parse()?)
///     .with_node("https://auto-prod.example:11200".parse()?, "the-admin-key".parse()?)
///     .granting("ops".parse()?, InfraRight::Deploy);
/// # assert_eq!(prod.settings().target.entries().len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InfraCreation {
    settings: InfraSettings,
}

impl InfraCreation {
    /// An infrastructure that asks for no approval. It has no node yet, and only global administrators
    /// may use it.
    #[must_use]
    pub fn new(id: InfraId, stage: StageId) -> Self {
        Self { settings: InfraSettings::new(id, stage) }
    }

    /// With its single node: where the Deployer reaches it, and the secret of an admin global API key of
    /// the node.
    #[must_use]
    pub fn with_node(self, address: NodeAddress, admin_api_key: ApiKeySecret) -> Self {
        self.with_target(Target::SingleNode(NodeEntry::new(address, admin_api_key)))
    }

    /// With its node or nodes in full: with ids, with addresses for people, several nodes.
    #[must_use]
    pub fn with_target(mut self, target: Target) -> Self {
        self.settings.target = target;
        self
    }

    /// With a right for a group, once for each group. A right implies those before it.
    #[must_use]
    pub fn granting(mut self, group: GroupName, right: InfraRight) -> Self {
        self.settings.permissions.push(InfraGrant::new(group, right));
        self
    }

    /// With the remappings that its deployments start with (R-C4).
    #[must_use]
    pub fn with_remapping(mut self, remapping: Remapping) -> Self {
        self.settings.remapping = remapping;
        self
    }

    /// With a rule for bundles that are not approved.
    #[must_use]
    pub fn with_govern_check_policy(mut self, policy: GovernCheckPolicy) -> Self {
        self.settings.govern_check_policy = policy;
        self
    }

    /// The new id.
    #[must_use]
    pub fn id(&self) -> &InfraId {
        &self.settings.id
    }

    /// Its stage.
    #[must_use]
    pub fn stage(&self) -> &StageId {
        &self.settings.stage
    }

    /// What it does with bundles that are not approved.
    #[must_use]
    pub fn govern_check_policy(&self) -> GovernCheckPolicy {
        self.settings.govern_check_policy
    }

    /// The settings that it starts with.
    pub fn settings(&self) -> &InfraSettings {
        &self.settings
    }
}

/// For settings that are there already: an export of another Deployer, a file.
impl From<InfraSettings> for InfraCreation {
    fn from(settings: InfraSettings) -> Self {
        Self { settings }
    }
}
