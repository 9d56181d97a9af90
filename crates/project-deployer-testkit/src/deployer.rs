//! A Project Deployer for tests (wire-facts 2).

mod builder;
mod grant;
mod infra;
mod project;
mod view;

use std::fmt;
use std::net::SocketAddr;

use bytes::Bytes;
use serde_json::Value;

use crate::bundle::{BundleBuilder, BundleError, read};
use crate::closed_port::ClosedPort;
use crate::node::MockNode;
use crate::seed::Outcome;
use crate::state::deployer::{Deployment, PublishedBundle, PublishedProject};
use crate::traffic::{Traffic, faults_and_journal};

pub use builder::MockDeployerBuilder;
pub use grant::MockGrant;
pub use infra::{GovernPolicy, MockInfra};
pub use project::MockPublishedProject;
pub use view::{MockDeployment, MockUpdate};

/// A Project Deployer on a [`MockNode`], which has its users, groups, keys and futures. It keeps
/// infrastructures, published projects and deployments, decides by the rights of the caller, and contacts
/// no Automation node: an update ends as the test sets. It stops when it is dropped. Paths of faults
/// and of the journal are those after the API prefix.
///
/// ```
/// use project_deployer_testkit::{BundleBuilder, MockDeployer, MockInfra};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let infra = MockInfra::new("prod", "Production").node("auto-prod", "https://auto.example", "key");
/// let deployer = MockDeployer::builder("deployer-1").infra(infra).start().await;
/// deployer.publish(&BundleBuilder::new("CHURN", "v1"))?;
/// let answer = reqwest::Client::builder().build()?
///     .get(format!("{}/public/api/project-deployer/projects/CHURN", deployer.url()))
///     .bearer_auth(deployer.admin_api_key())
///     .send().await?;
/// assert!(answer.text().await?.contains("v1"));
/// # Ok(())
/// # }
/// ```
pub struct MockDeployer {
    node: MockNode,
}

impl MockDeployer {
    /// Starts to build a Deployer with a node id. It has what a fresh node has, the three stages that the
    /// product is shipped with, and nothing to deploy.
    pub fn builder(node_id: impl Into<String>) -> MockDeployerBuilder {
        Self::on(MockNode::builder(node_id))
    }

    /// Starts to build a Deployer on a node with these users, groups and quirks.
    pub fn on(node: crate::node::MockNodeBuilder) -> MockDeployerBuilder {
        MockDeployerBuilder::new(node)
    }

    /// The node that it runs on: accounts, keys, long tasks.
    #[must_use]
    pub fn node(&self) -> &MockNode {
        &self.node
    }

    /// The base URL: protocol, host and port.
    #[must_use]
    pub fn url(&self) -> &str {
        self.node.url()
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.node.address()
    }

    /// The secret of the key that administers the node.
    #[must_use]
    pub fn admin_api_key(&self) -> String {
        self.node.admin_api_key()
    }

    /// Stops the Deployer and closes its connections. New connections are refused until the returned port is
    /// dropped.
    ///
    /// # Panics
    ///
    /// The node has a fixed port, and another program took it in the meantime.
    pub async fn stop(self) -> ClosedPort {
        self.node.stop().await
    }

    fn traffic(&self) -> &Traffic {
        &self.node.shared().traffic
    }
}

faults_and_journal!(MockDeployer);

/// Changes of the contents while it runs. An object of the same name is replaced.
impl MockDeployer {
    /// Adds an infrastructure.
    pub fn put_infra(&self, infra: MockInfra) {
        let (id, infra) = infra.into_state();
        self.node.shared().state().deployer.infras.insert(id, infra);
    }

    /// Publishes a bundle as the user `admin`, who owns the project where it is new.
    ///
    /// # Errors
    ///
    /// The bundle cannot be written, or a file in it is not what belongs there.
    pub fn publish(&self, bundle: &BundleBuilder) -> Result<(), BundleError> {
        let archive = Bytes::from(bundle.build()?);
        let contents = read(&archive)?;
        let mut state = self.node.shared().state();
        let published_on = state.clock.now();
        let key = contents.project_key.clone();
        let fresh = || PublishedProject::new(&key, &contents.project_name, "admin");
        let project = state.deployer.projects.entry(key.clone()).or_insert_with(fresh);
        project.bundles.retain(|known| known.id() != contents.bundle_id);
        let published_by = "admin".to_owned();
        let published =
            PublishedBundle { contents, archive, published_on, published_by, report: None };
        project.bundles.push(published);
        Ok(())
    }

    /// Gives a bundle a Project Standards report (wire-facts 2.13).
    pub fn set_standards_report(&self, project: &str, bundle: &str, report: Value) {
        let mut state = self.node.shared().state();
        let project = state.deployer.projects.get_mut(project);
        let mut bundles = project.into_iter().flat_map(|project| &mut project.bundles);
        if let Some(bundle) = bundles.find(|known| known.id() == bundle) {
            bundle.report = Some(report);
        }
    }

    /// Approves a bundle, which matters where an infrastructure has a [`GovernPolicy`].
    pub fn approve(&self, project: impl Into<String>, bundle: impl Into<String>) {
        let approved = (project.into(), bundle.into());
        self.node.shared().state().deployer.approved.insert(approved);
    }

    /// Sets how the next updates of a deployment end. The result of a failed one is its error.
    pub fn set_update_outcome(&self, deployment: &str, outcome: Outcome) {
        self.change(deployment, |deployment| deployment.update_outcome = outcome);
    }

    /// Sets how the last run of a scenario of a deployment ended, and how the next ones will end.
    pub fn set_scenario_outcome(
        &self,
        deployment: &str,
        scenario: impl Into<String>,
        outcome: Outcome,
    ) {
        let scenario = scenario.into();
        self.change(deployment, |deployment| {
            deployment.scenario_outcomes.insert(scenario, outcome);
        });
    }

    /// Gives a deployment a health, such as `ERROR`, with a message, instead of the health that
    /// follows from its updates.
    pub fn set_health(
        &self,
        deployment: &str,
        health: impl Into<String>,
        message: impl Into<String>,
    ) {
        let health = (health.into(), message.into());
        self.change(deployment, |deployment| deployment.health = Some(health));
    }

    /// Forgets every long task: their ids are unknown from now on.
    pub fn forget_futures(&self) {
        self.node.forget_futures();
    }

    fn change(&self, deployment: &str, change: impl FnOnce(&mut Deployment)) {
        if let Some(known) = self.node.shared().state().deployer.deployments.get_mut(deployment) {
            change(known);
        }
    }
}

/// Inspection.
impl MockDeployer {
    /// The settings of an infrastructure, keys included.
    #[must_use]
    pub fn infra_settings(&self, id: &str) -> Option<Value> {
        let state = self.node.shared().state();
        state.deployer.infras.get(id).map(|infra| Value::Object(infra.settings.clone()))
    }

    /// The settings of a published project.
    #[must_use]
    pub fn project_settings(&self, key: &str) -> Option<Value> {
        let state = self.node.shared().state();
        state.deployer.projects.get(key).map(|project| Value::Object(project.settings.clone()))
    }

    /// The ids of the bundles of a published project, in the order of publication.
    #[must_use]
    pub fn bundles(&self, project: &str) -> Vec<String> {
        let state = self.node.shared().state();
        let bundles = state.deployer.projects.get(project).into_iter();
        bundles.flat_map(|project| &project.bundles).map(|bundle| bundle.id().to_owned()).collect()
    }

    /// The current state of a deployment.
    #[must_use]
    pub fn deployment(&self, id: &str) -> Option<MockDeployment> {
        self.node.shared().state().deployer.deployments.get(id).map(MockDeployment::of)
    }
}

impl fmt::Debug for MockDeployer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockDeployer").field("node", &self.node).finish()
    }
}
