use futures::{StreamExt as _, stream};
use project_deployer_core::node::FutureState;
use project_deployer_core::{NodeAddress, NodeId};
use serde_json::Value;

use super::credentials::FleetCredentials;
use super::description::{Asked, fleet_node};
use super::discovery::{Discovery, Gap};
use super::error::FleetError;
use super::instance::{FleetInstance, InstanceId, InstanceStatus, NewInstance, VirtualNetwork};
use super::node::{FleetAdminKey, FleetNode, FleetUrl, Unknown};
use super::setup::{FleetSetupError, Setup, connecting, place};
use super::source::AdminKeys;
use super::task::FleetTask;
use crate::error::NodeErrorKind;
use crate::http::{TaskPoll, Transport};
use crate::request::{Call, NodeRequest, fleet_manager};
use crate::response::{excerpt, report};

/// How many instances are read at once.
const READS_AT_ONCE: usize = 4;

/// A Fleet Manager of Cloud Stacks (wire-facts 6.1).
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use project_deployer_client::fleet::{AdminKeys, FleetCredentials, FleetManager, NewInstance};
/// use project_deployer_core::NodeAddress;
///
/// let credentials = FleetCredentials::new("key-id", "secret-of-the-key")?;
/// let fleet = FleetManager::builder(NodeAddress::parse("https://fleet.example")?, credentials).build()?;
/// let created = fleet.create(&NewInstance::automation("auto-eu-2", "ist-2", "vn-1", "dss-15.2.0")).await?;
/// fleet.wait(fleet.provision(&created.id).await?).await?;
/// let discovery = fleet.discover(AdminKeys::Ask).await?;
/// # let _ = discovery;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FleetManager {
    tenant: String,
    transport: Transport,
}

/// Builds a [`FleetManager`].
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is built"]
pub struct FleetManagerBuilder {
    address: NodeAddress,
    tenant: String,
    setup: Setup,
}

connecting!(FleetManagerBuilder);

impl FleetManagerBuilder {
    /// Sets the tenant. The default is `main`.
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = tenant.into();
        self
    }

    /// Accepts any certificate: by default a Fleet Manager has a self-signed one.
    pub fn trust_all_certificates(mut self) -> Self {
        self.setup.trust_all_certificates = true;
        self
    }

    /// The Fleet Manager. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// The tenant is not valid in a path, a certificate authority cannot be read, the HTTP client cannot be
    /// set up, or the address is not allowed.
    pub fn build(self) -> Result<FleetManager, FleetSetupError> {
        place("tenant", &self.tenant)?;
        let transport = self.setup.transport(&self.address)?;
        Ok(FleetManager { tenant: self.tenant, transport })
    }
}

impl FleetManager {
    pub(super) fn over(tenant: String, transport: Transport) -> Self {
        Self { tenant, transport }
    }

    /// Starts with tenant `main`, the usual times and the system's authorities.
    pub fn builder(address: NodeAddress, credentials: FleetCredentials) -> FleetManagerBuilder {
        FleetManagerBuilder { address, tenant: "main".to_owned(), setup: Setup::new(credentials) }
    }

    /// All instances.
    ///
    /// # Errors
    ///
    /// The service does not answer, or an instance cannot be read. [`Self::discover`] leaves such an
    /// instance out and says so.
    pub async fn instances(&self) -> Result<Vec<FleetInstance>, FleetError> {
        let request = fleet_manager::instances(&self.tenant);
        let read: Result<_, Gap> = self.call(&request).await?.into_iter().collect();
        read.map_err(|gap| {
            self.transport.error(&request, NodeErrorKind::Malformed(gap.to_string())).into()
        })
    }

    /// One instance.
    ///
    /// # Errors
    ///
    /// The service does not answer, or does not know it.
    pub async fn instance(&self, id: &InstanceId) -> Result<FleetInstance, FleetError> {
        self.call(&fleet_manager::instance(&self.tenant, id)).await
    }

    /// Creates an instance, which has to be [provisioned](Self::provision).
    ///
    /// # Errors
    ///
    /// The service refuses it, or does not answer: then look for it before creating it again.
    pub async fn create(&self, instance: &NewInstance) -> Result<FleetInstance, FleetError> {
        self.call(&fleet_manager::create(&self.tenant, instance)).await
    }

    /// The state of an instance.
    ///
    /// # Errors
    ///
    /// The service does not answer, or does not know the instance.
    pub async fn status(&self, id: &InstanceId) -> Result<InstanceStatus, FleetError> {
        self.call(&fleet_manager::status(&self.tenant, id)).await
    }

    /// The admin key of the node on an instance.
    ///
    /// # Errors
    ///
    /// The service does not answer, or does not know the instance.
    pub async fn admin_api_key(&self, id: &InstanceId) -> Result<FleetAdminKey, FleetError> {
        self.call(&fleet_manager::admin_api_key(&self.tenant, id)).await
    }

    /// All virtual networks.
    ///
    /// # Errors
    ///
    /// The service does not answer.
    pub async fn virtual_networks(&self) -> Result<Vec<VirtualNetwork>, FleetError> {
        self.call(&fleet_manager::virtual_networks(&self.tenant)).await
    }

    /// Gives an instance its machine. One that has a machine gets a new one.
    ///
    /// # Errors
    ///
    /// The service refuses it, or does not answer: then look at the instance before asking again.
    pub async fn provision(&self, id: &InstanceId) -> Result<FleetTask, FleetError> {
        self.task(&fleet_manager::provision(&self.tenant, id)).await
    }

    /// Starts the machine of an instance that is provisioned.
    ///
    /// # Errors
    ///
    /// The service refuses it, or does not answer.
    pub async fn start(&self, id: &InstanceId) -> Result<FleetTask, FleetError> {
        self.task(&fleet_manager::start(&self.tenant, id)).await
    }

    /// Waits for the end of a task, as long as tasks may take, and returns its result.
    ///
    /// # Errors
    ///
    /// It failed, was stopped, was forgotten or takes too long; or the service does not answer.
    pub async fn wait(&self, task: FleetTask) -> Result<Value, FleetError> {
        let FleetTask { request, state } = task;
        let state_of = |id: &str| NodeRequest::clone(&fleet_manager::future(&self.tenant, id));
        let poll = TaskPoll { state: &state_of, caller: None };
        let within = self.transport.timeouts().task;
        let result = self.transport.end_of(&request, state, &poll, within).await?;
        if result.get("messages").is_some_and(Value::is_array) {
            report(result.clone()).map_err(|kind| self.transport.error(&request, kind))?;
        }
        Ok(result)
    }

    /// Reads all nodes: their addresses, whether they are up, whether they are registered with a Deployer,
    /// and, on request, the admin keys of Automation nodes.
    ///
    /// # Errors
    ///
    /// The list of instances itself cannot be read. Other unknown values are recorded at each node.
    pub async fn discover(&self, keys: AdminKeys) -> Result<Discovery, FleetError> {
        let listed = self.call(&fleet_manager::instances(&self.tenant)).await?;
        let networks = &self.virtual_networks().await.map_err(|error| error.kind);
        let described = listed.into_iter().enumerate().map(async |(position, entry)| {
            let instance: FleetInstance = entry?;
            let node_id = node_id(position, &instance.label)?;
            Ok(self.describe(instance, node_id, keys, networks).await)
        });
        let read = stream::iter(described).buffered(READS_AT_ONCE).collect().await;
        Ok(Discovery::of(self.transport.label(), read))
    }

    async fn describe(
        &self,
        instance: FleetInstance,
        node_id: NodeId,
        keys: AdminKeys,
        networks: &Result<Vec<VirtualNetwork>, NodeErrorKind>,
    ) -> FleetNode {
        let status = self.status(&instance.id).await.map_err(|error| error.kind);
        let mut asked = Asked { status, admin_key: None, networks };
        let node = fleet_node(&instance, node_id.clone(), &asked);
        if keys == AdminKeys::Leave || !node.is_automation_node() {
            return node;
        }
        asked.admin_key = Some(match node.url {
            FleetUrl::NotPublished(Unknown::NotProvisioned) => {
                Ok(FleetAdminKey::Unknown(Unknown::NotProvisioned))
            }
            FleetUrl::Known(_) | FleetUrl::NotPublished(_) => {
                self.admin_api_key(&instance.id).await.map_err(|error| error.kind)
            }
        });
        fleet_node(&instance, node_id, &asked)
    }

    async fn call<T>(&self, call: &Call<T>) -> Result<T, FleetError> {
        Ok(self.transport.call(call, None).await?)
    }

    async fn task(&self, call: &Call<FutureState>) -> Result<FleetTask, FleetError> {
        let state = self.call(call).await?;
        Ok(FleetTask { request: NodeRequest::clone(call), state })
    }
}

/// The id that the node of an instance reports.
fn node_id(position: usize, label: &str) -> Result<NodeId, Gap> {
    NodeId::parse(label).map_err(|error| Gap::Unreadable {
        position,
        label: Some(excerpt(label)),
        reason: error.to_string(),
    })
}
