//! The official client on our own service: the operations of a Deployer, and those of accounts, keys, settings and tasks,
//! called unmodified.

use project_deployer::core::accounts::{SourceType, User};
use project_deployer::core::infra::{NodeEntry, Target};
use project_deployer::core::{Login, NodeId};
use project_deployer::prelude::*;
use project_deployer::{Deployer, HttpConnector, InfraCreation, Upload};
use project_deployer_server::DeployerService;
use project_deployer_testkit::{BundleBuilder, MockNode, MockUser};
use project_deployer_tests::{Canary, quick};
use secrecy::ExposeSecret as _;

use crate::official::{Called, Service, Version, node, write_bundles};

fn parsed<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is not valid"))
}

/// A Deployer behind the service, with the nodes that the operations are about.
struct Installation {
    service: Service,
    single: MockNode,
    _pair: [MockNode; 2],
}

impl Installation {
    async fn start() -> Self {
        let single = node().start().await;
        let pair = [member("auto-1").await, member("auto-2").await];
        let connector = HttpConnector::builder().timeouts(quick()).build().unwrap();
        let deployer = Deployer::builder(connector).in_memory();
        let first = deployer.first_administrator(parsed("admin")).await.unwrap().unwrap();
        let key = first.create().await.unwrap();
        prepare(&deployer, &pair).await;
        let router = DeployerService::new(deployer).into_router();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let environment =
            vec![("AUTO_URL", single.url().to_owned()), ("AUTO_KEY", single.admin_api_key())];
        let service = Service {
            name: "deployer",
            url,
            key: key.secret.expose_secret().to_owned(),
            environment,
            ..Service::default()
        };
        Self { service, single, _pair: pair }
    }
}

async fn member(id: &str) -> MockNode {
    MockNode::builder(id).admin_api_key(Canary::KEY).user(MockUser::new("dana")).start().await
}

/// What the operations do not create themselves.
async fn prepare(deployer: &Deployer, pair: &[MockNode; 2]) {
    let admin = deployer.acting_as_user(parsed::<Login>("admin"));
    admin.create_user(&User::new(parsed("dana"), SourceType::Local)).await.unwrap();
    let nodes = pair.iter().enumerate().map(|(place, node)| {
        let id: NodeId = parsed(&format!("auto-{}", place + 1));
        let entry = NodeEntry::new(parsed(node.url()), parsed(&node.admin_api_key()));
        entry.with_node_id(Some(id))
    });
    let both = InfraCreation::new(parsed("both"), parsed("Production"))
        .with_target(Target::MultiNode(nodes.collect()));
    admin.create_infra(&both).await.unwrap();
    let archive = BundleBuilder::new("SCORED", "v1").build().unwrap();
    admin.upload_bundle(Upload::from_bytes("v1.zip", archive), None).await.unwrap();
}

/// Calls every operation of a Deployer; none when this run has to do without the client.
pub(crate) async fn call_service(version: Version) -> Option<Called> {
    let python = version.python()?;
    let bundles = tempfile::tempdir().unwrap();
    let installation = Installation::start().await;
    write_bundles(bundles.path(), &installation.single);
    let mut called = Called::default();
    called.add(version, &python, &installation.service, bundles.path()).await;
    let accounts = Service { name: "accounts", ..installation.service };
    called.add(version, &python, &accounts, bundles.path()).await;
    Some(called)
}
