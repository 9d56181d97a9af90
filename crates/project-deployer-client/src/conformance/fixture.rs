//! What the cases share: the names of [`NodeSeed::usual`], bundles, and short ways to ask.

use std::collections::BTreeMap;
use std::sync::Arc;

use project_deployer_core::bundle::{
    BundleContents, BundleScenario, RequiredCodeEnv, RequiredConnection,
};
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::node::{NodeProject, Scenario};
use project_deployer_core::{BundleId, Login, ProjectKey};

use super::{NodeSeed, NodeUnderTest};
use crate::automation_node::{
    AutomationNode, BundleProjectOptions, ProjectChange, ProjectConfiguration,
};
use crate::connector::Identity;
use crate::error::{NodeError, NodeErrorKind};
use crate::upload::Upload;

pub(super) fn churn() -> ProjectKey {
    ProjectKey::parse("CHURN").unwrap()
}

pub(super) fn login(text: &str) -> Login {
    Login::parse(text).unwrap()
}

pub(super) fn bundle_id(text: &str) -> BundleId {
    BundleId::parse(text).unwrap()
}

/// A bundle of project `CHURN` that uses connection `sql-prod` and brings scenarios `NIGHTLY`, which
/// runs well, and `BROKEN`, a test that does not.
pub(super) fn bundle(id: &str) -> BundleContents {
    let scenario = |id: &str, marked_as_test| {
        BundleScenario::new(id.to_owned(), format!("Scenario {id}"))
            .with_marked_as_test(marked_as_test)
    };
    BundleContents::empty(churn(), bundle_id(id))
        .with_connections(vec![connection("sql-prod", "PostgreSQL")])
        .with_scenarios(vec![scenario("NIGHTLY", false), scenario("BROKEN", true)])
}

pub(super) fn connection(name: &str, kind: &str) -> RequiredConnection {
    RequiredConnection::new(name.to_owned(), Some(kind.to_owned()))
}

pub(super) fn python(name: &str) -> RequiredCodeEnv {
    RequiredCodeEnv::new(name.to_owned(), "PYTHON")
}

/// The codes of the messages that stopped an operation; none when it failed in another way.
pub(super) fn fatal_codes(error: &NodeError) -> Vec<&str> {
    let NodeErrorKind::Reported(messages) = &error.kind else {
        return Vec::new();
    };
    messages.0.iter().filter(|found| found.is_fatal).map(|found| found.code.as_str()).collect()
}

pub(super) fn is_refused(error: &NodeError) -> bool {
    matches!(error.kind, NodeErrorKind::Refused { .. })
}

/// Everything that is asked of a project in one value, to compare before and after.
#[derive(Debug, PartialEq)]
pub(super) struct Snapshot(NodeProject, ProjectConfiguration, Vec<Scenario>);

/// The usual node, seen by `dana`, who may create projects and is no administrator.
pub(super) struct Fixture<N> {
    pub(super) under_test: N,
    pub(super) node: Arc<dyn AutomationNode>,
}

impl<N: NodeUnderTest> Fixture<N> {
    pub(super) async fn new() -> Self {
        let under_test = N::start(NodeSeed::usual()).await;
        let node = under_test.node(Identity::Impersonate(login("dana"))).await;
        Self { under_test, node }
    }

    /// With project `CHURN`, created from this bundle.
    pub(super) async fn with_project(contents: &BundleContents) -> Self {
        let fixture = Self::new().await;
        fixture.create(contents).await.unwrap();
        fixture
    }

    /// With project `CHURN`, in which this bundle is active.
    pub(super) async fn with_active(contents: &BundleContents) -> Self {
        let fixture = Self::with_project(contents).await;
        fixture.activate(contents.bundle_id.as_str()).await.unwrap();
        fixture
    }

    pub(super) async fn as_login(&self, text: &str) -> Arc<dyn AutomationNode> {
        self.under_test.node(Identity::Impersonate(login(text))).await
    }

    pub(super) async fn as_key(&self) -> Arc<dyn AutomationNode> {
        self.under_test.node(Identity::ApiKey).await
    }

    pub(super) fn upload(&self, contents: &BundleContents) -> Upload {
        Upload::from_bytes("bundle.zip", self.under_test.bundle(contents))
    }

    pub(super) async fn create(&self, contents: &BundleContents) -> Result<ProjectKey, NodeError> {
        let options = BundleProjectOptions::default();
        self.node.create_project_from_bundle(self.upload(contents), &options).await
    }

    pub(super) async fn import(&self, contents: &BundleContents) -> Result<(), NodeError> {
        self.node.import_bundle(&churn(), self.upload(contents)).await
    }

    pub(super) async fn activate(&self, id: &str) -> Result<InfoMessages, NodeError> {
        self.node.activate_bundle(&churn(), &bundle_id(id), &BTreeMap::new()).await
    }

    pub(super) async fn configure(&self, change: ProjectChange) {
        self.node.configure_project(&churn(), &change).await.unwrap();
    }

    pub(super) async fn project(&self) -> NodeProject {
        self.node.project(&churn()).await.unwrap().unwrap()
    }

    pub(super) async fn active_bundle(&self) -> Option<String> {
        self.project().await.active_bundle.map(String::from)
    }

    pub(super) async fn configuration(&self) -> ProjectConfiguration {
        self.node.project_configuration(&churn()).await.unwrap()
    }

    pub(super) async fn scenario(&self, id: &str) -> Scenario {
        let scenarios = self.node.scenarios(&churn()).await.unwrap();
        scenarios.into_iter().find(|scenario| scenario.id == id).unwrap()
    }

    pub(super) async fn snapshot(&self) -> Snapshot {
        let scenarios = self.node.scenarios(&churn()).await.unwrap();
        Snapshot(self.project().await, self.configuration().await, scenarios)
    }
}
