//! A Deployer, its three nodes over HTTP, and their users.

use project_deployer::{Deployer, DeployerSession};
use project_deployer_client::prelude::*;
use project_deployer_client::{HttpConnector, InfraCreation, Upload, Warnings};
use project_deployer_core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer_core::document::Document as _;
use project_deployer_core::health::Health;
use project_deployer_core::infra::{InfraSettings, NodeEntry, Target};
use project_deployer_core::rights::{Caller, GlobalRight, InfraGrant, InfraRight};
use project_deployer_core::status::{UpdateDetail, UpdateStatus};
use project_deployer_core::{ApiKeySecret, DeploymentId, NodeAddress};
use project_deployer_testkit::{
    BundleBuilder, BundleScenario, MockCodeEnv, MockDirectory, MockGroup, MockLdapSettings,
    MockNode, MockNodeBuilder, MockPerson, MockUser, Quirk,
};
use project_deployer_tests::{Canary, quick};
use serde_json::Value;

pub(crate) const ACTIVATE: &str = "/projects/*/bundles/imported/*/actions/activate";
pub(crate) const CREATE: &str = "/projectsFromBundle";

/// Infrastructures `dev`, `test` and `prod` on the stages of these names, with one node each, on which
/// `dana` may deploy. On production her account comes from the directory, at her first login.
pub(crate) struct Installation {
    pub(crate) deployer: Deployer,
    pub(crate) dev: MockNode,
    pub(crate) test: MockNode,
    pub(crate) prod: MockNode,
}

pub(crate) fn parsed<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is not valid"))
}

/// A node with what the bundles need, and the group of the users who deploy.
pub(crate) fn node(name: &str) -> MockNodeBuilder {
    MockNode::builder(format!("auto-{name}"))
        .admin_api_key(Canary::KEY)
        .connection("sql", "PostgreSQL")
        .code_env(MockCodeEnv::python("py-prod"))
        .group(MockGroup::creators("deployers").mapped_to("cn-data"))
}

/// The same with an account of `dana`.
pub(crate) fn node_of_dana(name: &str) -> MockNodeBuilder {
    node(name).user(MockUser::new("dana").in_group("deployers"))
}

/// A connector as in production, except that it polls tasks without a pause.
pub(crate) fn usual() -> HttpConnector {
    HttpConnector::builder().timeouts(quick()).build().unwrap()
}

fn production() -> MockNodeBuilder {
    let directory = MockDirectory::new().with(MockPerson::new("dana").in_group("cn-data"));
    node("prod")
        .ldap(MockLdapSettings::on().authorizing("cn-data"), &directory)
        .quirk(Quirk::TasksAnswerFutures)
}

impl Installation {
    /// Without any published bundle.
    pub(crate) async fn new() -> Self {
        let (dev, test) = (node_of_dana("dev").start().await, node_of_dana("test").start().await);
        let prod = production().start().await;
        let installation =
            Self { deployer: Deployer::builder(usual()).in_memory(), dev, test, prod };
        installation.register("dev", "Development", &[("dev", &installation.dev)]).await;
        installation.register("test", "Test", &[("test", &installation.test)]).await;
        installation.register("prod", "Production", &[("prod", &installation.prod)]).await;
        installation
    }

    /// With bundle `v1` of `CHURN` published, and deployment `churn-dev` of it.
    pub(crate) async fn with_deployment() -> Self {
        let installation = Self::new().await;
        installation.publish("v1").await;
        installation.deploy("churn-dev", "dev").await;
        installation
    }

    pub(crate) fn admin(&self) -> DeployerSession {
        self.deployer.acting_as(Caller::administrator(parsed("root")))
    }

    /// May deploy on every infrastructure, and publish projects.
    pub(crate) fn dana(&self) -> DeployerSession {
        let dana = Caller::new(parsed("dana")).in_groups([parsed("deployers")]);
        self.deployer.acting_as(dana.with_right(GlobalRight::CreatePublishedProjects))
    }

    pub(crate) async fn register(&self, id: &str, stage: &str, nodes: &[(&str, &MockNode)]) {
        let creation = InfraCreation::new(parsed(id), parsed(stage));
        self.admin().create_infra(&creation).await.unwrap();
        let mut entries: Vec<_> = nodes.iter().map(|(name, node)| entry(name, node)).collect();
        let target = match entries.len() {
            1 => Target::SingleNode(entries.remove(0)),
            _ => Target::MultiNode(entries),
        };
        self.change_infra(id, |settings| {
            settings.target = target;
            settings.permissions = vec![InfraGrant::new(parsed("deployers"), InfraRight::Deploy)];
        })
        .await;
    }

    pub(crate) async fn change_infra(&self, id: &str, change: impl FnOnce(&mut InfraSettings)) {
        let admin = self.admin();
        let mut settings = admin.infra_settings(&parsed(id)).await.unwrap();
        change(&mut settings);
        admin.save_infra_settings(&settings).await.unwrap();
    }

    pub(crate) async fn publish(&self, bundle: &str) {
        let archive = Upload::from_bytes(format!("{bundle}.zip"), archive(bundle));
        self.dana().upload_bundle(archive, None).await.unwrap();
    }

    /// Creates a deployment of `v1`.
    pub(crate) async fn deploy(&self, id: &str, infra: &str) {
        let creation =
            DeploymentCreation::new(parsed(id), parsed("CHURN"), parsed(infra), parsed("v1"));
        self.dana().create_deployment(&creation, Warnings::AsErrors).await.unwrap();
    }

    /// Changes the settings of a deployment by their document.
    pub(crate) async fn change(&self, id: &str, change: impl FnOnce(&mut Value)) {
        let dana = self.dana();
        let settings = dana.deployment_settings(&parsed::<DeploymentId>(id)).await.unwrap();
        let mut document = settings.to_document();
        change(&mut document);
        let settings = DeploymentSettings::from_document(document).unwrap();
        dana.save_deployment_settings(&settings, Warnings::AsErrors).await.unwrap();
    }

    /// Runs an update to its end, and returns its status and log. Checks that the log has no secret
    /// (R13).
    pub(crate) async fn update(&self, id: &str) -> (UpdateStatus, String) {
        let dana = self.dana();
        let task = dana.start_update(&parsed(id)).await.unwrap();
        let detail = dana.wait(&task).await.unwrap();
        assert!(!Canary::is_in(&format!("{detail:?}")), "{detail:?}");
        (detail.status, log(&detail))
    }

    /// Runs an update to its end and checks that it succeeded.
    pub(crate) async fn update_well(&self, id: &str) {
        let (status, log) = self.update(id).await;
        assert_eq!(status, UpdateStatus::Success, "{log}");
    }

    pub(crate) async fn health(&self, id: &str) -> Health {
        let status = self.dana().deployment_status(&parsed(id)).await.unwrap();
        assert!(!Canary::is_in(&format!("{status:?}")), "{status:?}");
        status.health
    }
}

fn entry(name: &str, node: &MockNode) -> NodeEntry {
    NodeEntry::new(
        NodeAddress::parse(node.url()).unwrap(),
        ApiKeySecret::new(node.admin_api_key()).unwrap(),
    )
    .with_node_id(Some(parsed(&format!("auto-{name}"))))
}

fn log(detail: &UpdateDetail) -> String {
    detail.logs.as_ref().map(|logs| logs.lines.join("\n")).unwrap_or_default()
}

pub(crate) fn archive(bundle: &str) -> Vec<u8> {
    BundleBuilder::new("CHURN", bundle)
        .connection("sql", "PostgreSQL")
        .python_env("py-prod")
        .scenario(BundleScenario::new("NIGHTLY").trigger("nightly", "temporal"))
        .build()
        .unwrap()
}

/// The bundle that is active in `CHURN`.
pub(crate) fn active(node: &MockNode) -> Option<String> {
    node.project("CHURN").and_then(|project| project.active_bundle)
}
